import { decimal, flag, link, parent, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** A line of an invoice. Nothing of it is written through the API. */
export const invoiceItems = defineTable({
  path: "invoice_items",
  subject: "invoice_item",
  columns: {
    ...ARCHIVABLE.columns,
    name: text("Standard consultation"),
    code: text("500"),
    quantity: decimal("1.0"),
    unit_price: decimal("80.00"),
    net_price: decimal("80.00"),
    discounted_amount: decimal(),
    discount_percentage: decimal(),
    is_monetary_discount: flag(),
    tax_name: text("GST"),
    tax_rate: decimal("10.0"),
    concession_type_name: text(),
    invoice_id: parent("invoices"),
    billable_item_id: link("billable_items"),
    product_id: link("products"),
  },
  // A number, where every other amount is a text.
  extras: ({ net_price, tax_rate }) => ({
    total_including_tax: Math.round(Number(net_price) * (100 + Number(tax_rate))) / 100,
    tax_amount: (Math.round(Number(net_price) * Number(tax_rate)) / 100).toFixed(2),
  }),
  filters: ["archived_at", "deleted_at", "invoice_id"],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  facts: ARCHIVABLE.facts,
  noise: ["tax_amount"],
  acts: ARCHIVABLE.acts,
});
