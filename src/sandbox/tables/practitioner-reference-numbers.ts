import { parent, text } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

/** A number under which a practitioner bills at a business. */
export const practitionerReferenceNumbers = defineTable({
  path: "practitioner_reference_numbers",
  subject: "practitioner_reference_number",
  columns: {
    name: text("Provider number"),
    reference_number: text("2426621B"),
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
  },
  filters: ["business_id", "practitioner_id", "reference_number"],
  hiddenBy: [],
  api: {
    required: ["business_id", "practitioner_id"],
    writable: ["name", "reference_number", "business_id", "practitioner_id"],
    delete: "for_good",
  },
});
