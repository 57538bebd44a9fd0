import { instant, link, parent, text } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable, moved } from "./define-table.ts";
import { checkSlot, repeatRule, sampleSlot, SLOT } from "./visits.ts";

/** A time at which a practitioner sees nobody: lunch, a meeting, a holiday. */
export const unavailableBlocks = defineTable({
  path: "unavailable_blocks",
  subject: "unavailable_block",
  columns: {
    starts_at: instant(),
    ends_at: instant(),
    ...ARCHIVABLE.columns,
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
    unavailable_block_type_id: link("unavailable_block_types"),
    repeated_from_id: link("unavailable_blocks"),
    repeat_rule: repeatRule,
    notes: text(),
  },
  extras: (row, { self, links }) => ({
    repeats:
      row.repeat_rule === null ? null : links.toThose("unavailable_blocks", "repeated_from_id", row.id),
    conflicts: links.to(`${self}/conflicts`),
  }),
  filters: [
    "archived_at",
    "business_id",
    "deleted_at",
    "ends_at",
    "practitioner_id",
    "repeated_from_id",
    "starts_at",
    "unavailable_block_type_id",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  sample: sampleSlot,
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  api: {
    required: ["business_id", "practitioner_id", "starts_at", "ends_at"],
    writable: [
      "business_id",
      "ends_at",
      "notes",
      "practitioner_id",
      "repeat_rule",
      "starts_at",
      "unavailable_block_type_id",
    ],
    archive: true,
    delete: "archives",
    check: checkSlot,
  },
  facts: {
    ...ARCHIVABLE.facts,
    ...SLOT,
    type_changed: { ...moved("unavailable_block_type"), aside: true },
  },
  noise: ["conflicts", "repeats"],
  acts: ARCHIVABLE.acts,
});
