import { decimal, word } from "../storage/columns.ts";
import { defineTable, moved } from "./define-table.ts";

/** What is put on what is sold. */
export const taxes = defineTable({
  path: "taxes",
  subject: "tax",
  columns: { name: word("GST"), rate: decimal("10.0") },
  extras: ({ rate }) => ({ amount: rate }),
  filters: [],
  hiddenBy: [],
  api: { required: ["name", "rate"], writable: ["name", "rate"], delete: "for_good" },
  facts: { rate_changed: moved("rate") },
  noise: ["amount"],
});
