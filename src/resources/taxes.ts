import { defineResource } from "./define-resource.ts";
import { decimal, text } from "./field.ts";
import { differs } from "./rule-kinds.ts";
import { deletion } from "./rules.ts";

export const taxes = defineResource({
  path: "taxes",
  subject: "tax",
  group: "setup",
  tier: "daily",
  title: "Taxes",
  noun: "tax",
  one: "A tax that is put on what is sold",
  about:
    "One that is removed leaves no trace: it is reported as deleted when Cliniko has answered twice that it is gone.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: { name: text("What it is called."), rate: decimal("In percent.") },
  noise: { amount: decimal("The older form of `rate`, which decides.") },
  rules: [
    deletion,
    differs(["rate_changed", { title: "{it} rate changed", when: "`rate` is another number" }], {
      columns: ["rate"],
      example: () => ({ after: { rate: "12.5", amount: "12.5" } }),
    }),
  ],
  events: { updated: { when: "its name alone changed" } },
  sample: {
    id: "1085025583890441205",
    created_at: "2026-10-01T00:04:10Z",
    name: "GST",
    rate: "10.0",
    amount: "10.0",
  },
  examples: { updated: { after: { name: "Goods and services tax" } } },
});
