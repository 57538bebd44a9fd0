import { decimal, flag, parent } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

/** What a visit of a type puts on its invoice. */
export const appointmentTypeProducts = defineTable({
  path: "appointment_type_products",
  subject: "appointment_type_product",
  columns: {
    quantity: decimal("1.0"),
    discount_percentage: decimal(),
    discounted_amount: decimal(),
    is_monetary_discount: flag(),
    appointment_type_id: parent("appointment_types"),
    product_id: parent("products"),
  },
  filters: ["appointment_type_id", "product_id"],
  hiddenBy: [],
  api: {
    required: ["appointment_type_id", "product_id"],
    writable: [
      "appointment_type_id",
      "product_id",
      "quantity",
      "discount_percentage",
      "discounted_amount",
      "is_monetary_discount",
    ],
    delete: "for_good",
  },
});
