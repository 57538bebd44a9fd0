import { decimal, link, moment, oneOf, text, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";
import { PRICED } from "./priced.ts";

/** The price list of what is done. */
export const billableItems = defineTable({
  path: "billable_items",
  subject: "billable_item",
  columns: {
    archived_at: moment(),
    name: word("Standard consultation"),
    item_code: text(),
    item_type: oneOf(["Service", "Product", "Other"]),
    price: decimal("80.00"),
    tax_id: link("taxes"),
  },
  filters: ["archived_at", "tax_id"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["name", "item_type", "price"],
    writable: ["name", "item_code", "item_type", "price", "tax_id"],
    archive: true,
    delete: "archives",
  },
  facts: { ...ARCHIVABLE.facts, ...PRICED.facts },
  acts: { ...PRICED.acts, ...ARCHIVABLE.acts },
});
