import { flag, json, moment, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const patientFormTemplates = defineTable({
  path: "patient_form_templates",
  columns: {
    archived_at: moment(),
    name: word("New patient form"),
    content: json<object>(),
    restricted_to_practitioner: flag(false),
    email_to_patient_on_completion: flag(false),
  },
  filters: ["archived_at"],
  hiddenBy: ["archived_at"],
});
