import { defineResource } from "./define-resource.ts";
import { decimal, link } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { repricing } from "./rules-of-prices.ts";
import { deletion } from "./rules.ts";

export const concessionPrices = defineResource({
  path: "concession_prices",
  subject: "concession_price",
  group: "setup",
  tier: "daily",
  title: "Concession prices",
  noun: "concession price",
  one: "What somebody with a concession pays",
  about:
    "One a [billable item](billable_item.md) and [concession type](concession_type.md). One that is removed leaves no trace: it is reported as deleted when Cliniko has answered twice that it is gone.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    price: decimal("What is paid; null when the ordinary price holds."),
    billable_item: link("billable_items", "For what."),
    concession_type: link("concession_types", "By whom."),
  },
  noise: {},
  rules: [deletion, repricing({ price: "70.00" })],
  events: { updated: { when: "it came to be of another item or concession" } },
  sample: {
    id: "1085025583890436114",
    created_at: "2026-10-01T00:07:10Z",
    price: "64.00",
    billable_item: linkTo("billable_items/1085025583890431902"),
    concession_type: linkTo("concession_types/1085025583890434400"),
  },
  examples: {
    updated: { after: { concession_type: linkTo("concession_types/1085025583890434401") } },
  },
});
