import { count, flag, moment, word } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";

/** Why somebody is not available. New in 2025: an older account has none. */
export const unavailableBlockTypes = defineTable({
  path: "unavailable_block_types",
  subject: "unavailable_block_type",
  columns: {
    archived_at: moment(),
    name: word("Lunch"),
    color: word("#9aa5b1"),
    duration_in_minutes: count(60),
    /** True for Cliniko's own. */
    system_controlled: flag(false),
  },
  filters: ["archived_at"],
  hiddenBy: ["archived_at"],
  api: {
    required: ["name"],
    writable: ["name", "color", "duration_in_minutes"],
    archive: true,
  },
  facts: ARCHIVABLE.facts,
  acts: ARCHIVABLE.acts,
});
