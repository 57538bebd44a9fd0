import { json, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

const QUESTIONS = { sections: [{ name: "Subjective", questions: [{ name: "Complaint", type: "text" }] }] };

/** What a note begins as. */
export const treatmentNoteTemplates = defineTable({
  path: "treatment_note_templates",
  subject: "treatment_note_template",
  columns: {
    ...ARCHIVABLE.columns,
    name: word("Initial consultation"),
    content: json<object>({ sample: QUESTIONS }),
    print_settings: json<object>({ sample: { title: "Note", include_patient_address: true } }),
  },
  sample: () => ({ content: QUESTIONS }),
  filters: ["archived_at", "deleted_at"],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  api: {
    required: ["name", "content"],
    writable: ["name", "content", "print_settings"],
    archive: true,
    delete: "archives",
  },
  facts: ARCHIVABLE.facts,
  acts: ARCHIVABLE.acts,
});
