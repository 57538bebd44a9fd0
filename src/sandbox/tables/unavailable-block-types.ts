import { count, flag, moment, word } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";

export const unavailableBlockTypes = defineTable({
  path: "unavailable_block_types",
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
});
