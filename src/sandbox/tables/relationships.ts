import { integer, moment, parent } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

const RELATIONS = new Map([
  [10, "Parent"],
  [20, "Child"],
  [30, "Sibling"],
  [40, "Spouse"],
  [50, "Partner"],
  [60, "Relative"],
  [70, "Other"],
]);

/** One patient as seen from another. Whether the reverse is a record too is not known: here it is not. */
export const relationships = defineTable({
  path: "relationships",
  subject: "relationship",
  columns: {
    archived_at: moment(),
    patient_id: parent("patients"),
    related_patient_id: parent("patients"),
    relation: integer(70, { values: [...RELATIONS.keys()] }),
  },
  extras: ({ relation }) => ({ relation_description: RELATIONS.get(relation ?? 0) ?? null }),
  filters: ["archived_at", "patient_id"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["patient_id", "related_patient_id", "relation"],
    writable: ["patient_id", "related_patient_id", "relation"],
    archive: true,
  },
  facts: ARCHIVABLE.facts,
  noise: ["relation_description"],
  personal: ["related_patient_id", "relation"],
  acts: ARCHIVABLE.acts,
});
