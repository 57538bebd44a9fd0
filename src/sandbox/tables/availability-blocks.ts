import { instant, parent } from "../storage/columns.ts";
import { defineTable } from "./define-table.ts";
import { checkSlot, repeatRule, sampleSlot, SLOT } from "./visits.ts";

/** Hours of a practitioner on one day, beside those of every week. The API makes them, and never changes or removes one. */
export const availabilityBlocks = defineTable({
  path: "availability_blocks",
  subject: "availability_block",
  columns: {
    starts_at: instant(),
    ends_at: instant(),
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
    repeat_rule: repeatRule,
  },
  filters: ["business_id", "practitioner_id", "starts_at"],
  sample: sampleSlot,
  hiddenBy: [],
  api: {
    required: ["business_id", "practitioner_id", "starts_at", "ends_at"],
    check: checkSlot,
  },
  facts: SLOT,
});
