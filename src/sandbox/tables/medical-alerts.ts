import { parent, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** What everybody who treats the patient must know, in free words: no code, no severity. */
export const medicalAlerts = defineTable({
  path: "medical_alerts",
  subject: "medical_alert",
  columns: {
    ...ARCHIVABLE.columns,
    patient_id: parent("patients"),
    name: word("Sample alert"),
  },
  filters: ["archived_at", "deleted_at", "patient_id"],
  doubted: { deleted_at: "deletedAtFilterable" },
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  api: {
    required: ["name", "patient_id"],
    writable: ["name", "patient_id"],
    archive: true,
    delete: "archives",
  },
  facts: ARCHIVABLE.facts,
  personal: ["name"],
  acts: ARCHIVABLE.acts,
});
