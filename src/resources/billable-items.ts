import { defineResource } from "./define-resource.ts";
import { decimal, instant, optionalLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { repricing } from "./rules-of-prices.ts";
import { archiving, deletion } from "./rules.ts";

export const billableItems = defineResource({
  path: "billable_items",
  subject: "billable_item",
  group: "setup",
  tier: "daily",
  title: "Billable items",
  noun: "billable item",
  one: "Something that is put on an invoice",
  about: "The clinic's price list of what is done. What is sold, the [products](product.md) say.",
  reading: "whole",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    name: text("What it is called."),
    item_code: text("Its code."),
    item_type: text("Product, Service or Other."),
    price: decimal("What it costs. May be negative."),
    tax: optionalLink("taxes", "Its tax; left out when there is none."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: {},
  rules: [deletion, archiving, repricing({ price: "85.00" })],
  events: { updated: { when: "its name, code, kind or tax changed" } },
  sample: {
    id: "1085025583890431902",
    created_at: "2026-10-01T00:05:20Z",
    name: "Standard consultation",
    item_code: "500",
    item_type: "Service",
    price: "80.00",
    archived_at: null,
    tax: linkTo("taxes/1085025583890441205"),
  },
  examples: { updated: { after: { item_code: "505" } } },
});
