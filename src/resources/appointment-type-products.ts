import { defineResource } from "./define-resource.ts";
import { boolean, decimal, link } from "./field.ts";
import { linkTo } from "./link-to.ts";
import { deletion } from "./rules.ts";

export const appointmentTypeProducts = defineResource({
  path: "appointment_type_products",
  subject: "appointment_type_product",
  group: "setup",
  tier: "daily",
  title: "Products of appointment types",
  noun: "product of a type",
  one: "What a visit of a type puts on its invoice",
  about:
    "A [product](product.md) of an [appointment type](appointment_type.md), with how many of it. One that is taken away leaves no trace: it is reported as deleted when Cliniko has answered twice that it is gone.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: {
    quantity: decimal("How many."),
    discount_percentage: decimal("What part is taken off."),
    discounted_amount: decimal("What is taken off."),
    is_monetary_discount: boolean("Whether an amount is taken off, and not a part."),
    appointment_type: link("appointment_types", "On visits of which type."),
    product: link("products", "What."),
  },
  noise: {},
  rules: [deletion],
  events: { updated: { when: "how many, or what is taken off, changed" } },
  sample: {
    id: "1430115520884070448",
    created_at: "2026-10-06T05:02:18Z",
    quantity: "1.0",
    discount_percentage: null,
    discounted_amount: null,
    is_monetary_discount: null,
    appointment_type: linkTo("appointment_types/1085025583890441101"),
    product: linkTo("products/1430115520884016219"),
  },
  examples: { updated: { after: { quantity: "2.0" } } },
});
