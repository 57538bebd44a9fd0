import { flag, instant, integer, link, parent, text, word, type RowOf } from "../storage/columns.ts";
import { describeCancellation } from "./cancellation-reasons.ts";
import { ARCHIVABLE, defineTable, type Deed } from "./define-table.ts";
import {
  ATTENDANCE,
  CANCELLABLE,
  checkSlot,
  repeatRule,
  sampleSlot,
  SLOT,
  toTelehealthUrl,
} from "./visits.ts";

interface Marks {
  readonly patient_arrived: boolean | null;
  readonly did_not_arrive: boolean | null;
}

/** Only the screen can set a mark. Going from one straight to the other takes the first one back. */
function mark(row: Marks, name: keyof Marks, facts: readonly [string, string]): Deed<Marks> | undefined {
  const other = name === "patient_arrived" ? "did_not_arrive" : "patient_arrived";
  if (row[name] === true) return undefined;
  return {
    writes: { [name]: true, [other]: false },
    tells: row[other] === true ? facts : facts.slice(0, 1),
    moves: "arrivalMovesUpdatedAt",
  };
}

/** Never set is false/false; set and taken back is null/null. Both mean "not recorded". */
function clear(row: Marks, name: keyof Marks, fact: string): Deed<Marks> | undefined {
  if (row[name] !== true) return undefined;
  const writes = { patient_arrived: null, did_not_arrive: null };
  return { writes, tells: [fact], moves: "arrivalMovesUpdatedAt" };
}

/**
 * An individual appointment with every field of the specification and the empty values of real payloads: "" for the
 * description of no cancellation, {} for no repeat rule, and no key at all for a missing case or series.
 */
export const individualAppointments = defineTable({
  path: "individual_appointments",
  subject: "appointment",
  columns: {
    starts_at: instant(),
    ends_at: instant(),
    ...ARCHIVABLE.columns,
    ...CANCELLABLE.columns,
    appointment_type_id: parent("appointment_types"),
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
    patient_id: parent("patients"),
    patient_case_id: link("patient_cases"),
    repeated_from_id: link("individual_appointments"),
    repeat_rule: repeatRule,
    booking_ip_address: text(),
    notes: text(),
    patient_name: word(""),
    did_not_arrive: flag(false),
    patient_arrived: flag(false),
    email_reminder_sent: flag(false),
    sms_reminder_sent: flag(false),
    has_patient_appointment_notes: flag(false),
    online_booking_policy_accepted: flag(),
    invoice_status: integer(),
    treatment_note_status: integer(),
  },
  extras: (row, { self, links }) => ({
    cancellation_reason_description: describeCancellation(row.cancellation_reason),
    telehealth_url: toTelehealthUrl(row.id),
    // The shape of `repeats` inside a series is not documented: a link is the reading that fits its neighbours.
    repeats:
      row.repeat_rule === null ? null : links.toThose("individual_appointments", "repeated_from_id", row.id),
    attendees: links.to(`${self}/attendees`),
    conflicts: links.to(`${self}/conflicts`),
  }),
  filters: [
    "appointment_type_id",
    "archived_at",
    "business_id",
    "cancelled_at",
    "deleted_at",
    "did_not_arrive",
    "ends_at",
    "patient_id",
    "practitioner_id",
    "repeated_from_id",
    "starts_at",
  ],
  doubted: { deleted_at: "deletedAtFilterable" },
  sample: sampleSlot,
  hiddenBy: ["archived_at", "cancelled_at"],
  oldLists: { deleted: "whole", cancelled: "whole" },
  api: {
    required: ["appointment_type_id", "business_id", "patient_id", "practitioner_id", "starts_at"],
    writable: [
      "appointment_type_id",
      "business_id",
      "patient_id",
      "practitioner_id",
      "patient_case_id",
      "starts_at",
      "ends_at",
      "notes",
      "repeat_rule",
    ],
    archive: true,
    delete: "archives",
    check: checkSlot,
  },
  facts: { ...ARCHIVABLE.facts, ...CANCELLABLE.facts, ...ATTENDANCE, ...SLOT },
  noise: [
    "attendees",
    "conflicts",
    "repeats",
    "telehealth_url",
    "booking_ip_address",
    "online_booking_policy_accepted",
    "email_reminder_sent",
    "sms_reminder_sent",
    "has_patient_appointment_notes",
    "patient_name",
    "invoice_status",
    "treatment_note_status",
  ],
  personal: ["notes", "cancellation_note", "patient_case_id"],
  acts: {
    markDidNotArrive: (row) => mark(row, "did_not_arrive", ["did_not_arrive", "arrival_reverted"]),
    clearDidNotArrive: (row) => clear(row, "did_not_arrive", "did_not_arrive_reverted"),
    markArrived: (row) => mark(row, "patient_arrived", ["arrived", "did_not_arrive_reverted"]),
    clearArrival: (row) => clear(row, "patient_arrived", "arrival_reverted"),
    ...CANCELLABLE.acts,
    ...ARCHIVABLE.acts,
  },
});

export type AppointmentRow = RowOf<typeof individualAppointments.columns>;
