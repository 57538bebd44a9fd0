import { defineResource } from "./define-resource.ts";
import { decimal, instant, link, optionalLink, text } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { archiving, deletion } from "./rules.ts";

export const stockAdjustments = defineResource({
  path: "stock_adjustments",
  subject: "stock_adjustment",
  group: "money",
  tier: "quarter",
  title: "Stock adjustments",
  noun: "stock adjustment",
  one: "Why the stock of a product moved",
  about:
    "One record a movement; Cliniko's API never changes one. How much is there after it, the [product](product.md) says: it is read again at once, and its level is never added up from here.",
  reading: "window",
  hiddenBy: ["archived_at"],
  deletedHides: false,
  variants: {},
  comesInBursts: true,
  moves: ["product"],
  isHuge: true,
  version: 1,
  watched: {
    product: link("products", "What moved."),
    quantity: decimal("How much, and which way: less than 0 is out of stock."),
    adjustment_type: text(
      "Stock Purchase, Returned, Damaged, Out of Date, Item Sold, Correction or Other, in Cliniko's words.",
    ),
    notes: text("The note on it."),
    user: optionalLink("users", "Whose doing it was; left out when nobody's."),
    archived_at: instant("When it was archived; null otherwise."),
  },
  noise: { comment: text("The older name of `notes`.") },
  rules: [deletion, archiving],
  events: {
    created: { title: "Stock moved", when: "stock of a product came in, went out or was put right" },
    updated: { when: "what was written of the movement changed" },
  },
  sample: {
    id: "2089115006677215340",
    created_at: "2026-11-22T23:41:06Z",
    adjustment_type: "Item Sold",
    quantity: "-1.0",
    notes: null,
    comment: null,
    archived_at: null,
    product: linkTo("products/1430115520884016219"),
    user: linkTo("users/1085020411077230105"),
  },
  examples: { updated: { after: { notes: "Sold at the desk", comment: "Sold at the desk" } } },
});
