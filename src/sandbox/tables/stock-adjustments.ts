import { decimal, link, moment, oneOf, parent, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

const TYPES = [
  "Item Sold",
  "Stock Purchase",
  "Returned",
  "Damaged",
  "Out of Date",
  "Correction",
  "Other",
] as const;

/** One movement of a product's stock. The API makes them, and never changes one; nothing archives one but the screen, if that. */
export const stockAdjustments = defineTable({
  path: "stock_adjustments",
  subject: "stock_adjustment",
  columns: {
    archived_at: moment(),
    adjustment_type: oneOf(TYPES),
    quantity: decimal("-1.0"),
    notes: text(),
    product_id: parent("products"),
    user_id: link("users"),
  },
  extras: ({ notes }) => ({ comment: notes }),
  filters: ["archived_at", "product_id"],
  hiddenBy: ["archived_at"],
  api: { required: ["product_id", "adjustment_type", "quantity"] },
  facts: ARCHIVABLE.facts,
  noise: ["comment"],
  acts: ARCHIVABLE.acts,
});
