import { flag, json, moment, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

const QUESTIONS = { sections: [{ name: "About you", questions: [{ name: "Why now?", type: "text" }] }] };

/** What a form begins as. */
export const patientFormTemplates = defineTable({
  path: "patient_form_templates",
  subject: "patient_form_template",
  columns: {
    archived_at: moment(),
    name: word("New patient form"),
    content: json<object>({ sample: QUESTIONS }),
    restricted_to_practitioner: flag(false),
    email_to_patient_on_completion: flag(false),
  },
  filters: ["archived_at"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["name"],
    writable: ["name", "content", "restricted_to_practitioner", "email_to_patient_on_completion"],
    archive: true,
  },
  facts: ARCHIVABLE.facts,
  acts: ARCHIVABLE.acts,
});
