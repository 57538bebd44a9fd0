import { count, ids, instant, link, parent, text, type RowOf } from "../storage/columns.ts";
import { ARCHIVABLE, defineTable } from "./define-table.ts";
import { checkSlot, isCount, repeatRule, sampleSlot, SLOT, toTelehealthUrl } from "./visits.ts";

/** A class: no patient, no cancellation and no arrival of its own. All of that is on its attendees. */
export const groupAppointments = defineTable({
  path: "group_appointments",
  subject: "group_appointment",
  columns: {
    starts_at: instant(),
    ends_at: instant(),
    ...ARCHIVABLE.columns,
    appointment_type_id: parent("appointment_types"),
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
    repeated_from_id: link("group_appointments"),
    repeat_rule: repeatRule,
    max_attendees: count(8, {
      read: (given) => (isCount(given) ? { value: given } : { complaint: "must be greater than 0" }),
    }),
    notes: text(),
    /** Derived from the places that are neither cancelled nor archived. */
    patient_ids: ids(),
  },
  extras: (row, { self, links }) => ({
    telehealth_url: toTelehealthUrl(row.id),
    repeats:
      row.repeat_rule === null ? null : links.toThose("group_appointments", "repeated_from_id", row.id),
    attendees: links.to(`${self}/attendees`),
    conflicts: links.to(`${self}/conflicts`),
  }),
  // No cancelled_at: a class has none.
  filters: [
    "appointment_type_id",
    "archived_at",
    "business_id",
    "deleted_at",
    "ends_at",
    "patient_ids",
    "practitioner_id",
    "repeated_from_id",
    "starts_at",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  sample: sampleSlot,
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "whole" },
  api: {
    required: ["appointment_type_id", "business_id", "practitioner_id", "starts_at"],
    writable: [
      "appointment_type_id",
      "business_id",
      "practitioner_id",
      "starts_at",
      "ends_at",
      "notes",
      "max_attendees",
      "repeat_rule",
    ],
    // There is no cancel: a class is archived, and its places are cancelled one by one.
    archive: true,
    delete: "archives",
    check: checkSlot,
  },
  facts: { ...ARCHIVABLE.facts, ...SLOT },
  // Who comes is the attendees' to tell.
  noise: ["attendees", "conflicts", "repeats", "telehealth_url", "patient_ids"],
  acts: ARCHIVABLE.acts,
});

export type GroupAppointmentRow = RowOf<typeof groupAppointments.columns>;
