import { decimal, flag, parent } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

/** What a visit of a type puts on its invoice. */
export const appointmentTypeBillableItems = defineTable({
  path: "appointment_type_billable_items",
  subject: "appointment_type_billable_item",
  columns: {
    quantity: decimal("1.0"),
    discount_percentage: decimal(),
    discounted_amount: decimal(),
    is_monetary_discount: flag(),
    appointment_type_id: parent("appointment_types"),
    billable_item_id: parent("billable_items"),
  },
  filters: ["appointment_type_id", "billable_item_id"],
  hiddenBy: [],
  api: {
    required: ["appointment_type_id", "billable_item_id"],
    writable: [
      "appointment_type_id",
      "billable_item_id",
      "quantity",
      "discount_percentage",
      "discounted_amount",
      "is_monetary_discount",
    ],
    delete: "for_good",
  },
});
