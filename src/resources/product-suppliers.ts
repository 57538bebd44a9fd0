import { defineResource } from "./define-resource.ts";
import { text } from "./field.ts";
import { deletion } from "./rules.ts";

export const productSuppliers = defineResource({
  path: "product_suppliers",
  subject: "product_supplier",
  group: "setup",
  tier: "daily",
  title: "Product suppliers",
  noun: "supplier",
  one: "From whom products are bought",
  about:
    "One that is archived leaves the list without a sign. While it still answers by its id nothing is reported; when it does not, it is reported as deleted.",
  reading: "whole",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: { name: text("What it is called.") },
  noise: {},
  rules: [deletion],
  events: { updated: { when: "its name changed" } },
  sample: { id: "1085025583890450113", created_at: "2026-10-03T05:44:00Z", name: "Example Braces" },
  examples: { updated: { after: { name: "Example Braces and Tapes" } } },
});
