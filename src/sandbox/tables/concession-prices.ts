import { decimal, parent } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";
import { PRICED } from "./priced.ts";

/** What somebody with a concession pays. Only the screen writes them. */
export const concessionPrices = defineTable({
  path: "concession_prices",
  subject: "concession_price",
  columns: {
    price: decimal("64.00"),
    billable_item_id: parent("billable_items"),
    concession_type_id: parent("concession_types"),
  },
  filters: ["billable_item_id", "concession_type_id"],
  hiddenBy: [],
  facts: PRICED.facts,
  acts: PRICED.acts,
});
