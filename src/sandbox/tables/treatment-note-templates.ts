import { json, moment, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const treatmentNoteTemplates = defineTable({
  path: "treatment_note_templates",
  columns: {
    archived_at: moment(),
    deleted_at: moment(),
    name: word("Initial consultation"),
    content: json<object>(),
    print_settings: json<object>(),
  },
  filters: ["archived_at", "deleted_at"],
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
});
