import { moment, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** For whom another price holds. Only the screen archives them. */
export const concessionTypes = defineTable({
  path: "concession_types",
  subject: "concession_type",
  columns: { archived_at: moment(), name: word("Student") },
  filters: ["archived_at"],
  hiddenBy: ["archived_at"],
  api: { required: ["name"], writable: ["name"] },
  facts: ARCHIVABLE.facts,
  acts: ARCHIVABLE.acts,
});
