import { hashText } from "../clinic/random.ts";
import { count, flag, integer, link, oneOf, parent, text, type RowOf } from "../storage/columns.ts";
import { describeCancellation } from "./cancellation-reasons.ts";
import { ARCHIVABLE, defineTable, type Deed } from "./define-table.ts";
import { ATTENDANCE, CANCELLABLE, toTelehealthUrl } from "./visits.ts";

/** True is arrived, false a no-show, null not recorded. */
interface Place {
  readonly arrived: boolean | null;
}

const MARK_OF = new Map([
  [true, "arrived"],
  [false, "did_not_arrive"],
]);
const REVERTED_OF = new Map([
  [true, "arrival_reverted"],
  [false, "did_not_arrive_reverted"],
]);

function mark({ arrived: before }: Place, arrived: boolean | null): Deed<Place> | undefined {
  if (before === arrived) return undefined;
  const tells = [
    arrived === null ? undefined : MARK_OF.get(arrived),
    before === null ? undefined : REVERTED_OF.get(before),
  ];
  const told = tells.filter((fact) => fact !== undefined);
  return { writes: { arrived }, tells: told, moves: "arrivalMovesUpdatedAt" };
}

/** One person's place in one booking. Nothing on the wire says whether the booking is an appointment or a class. */
export const attendees = defineTable({
  path: "attendees",
  subject: "attendee",
  appearance: "added",
  // The attendee of an individual appointment never does, whatever was done: its appointment does.
  owes: (row) => row.booking_kind === "group",
  columns: {
    booking_kind: oneOf(["group", "individual"], { unprinted: true }),
    ...ARCHIVABLE.columns,
    ...CANCELLABLE.columns,
    booking_id: parent("bookings"),
    patient_id: parent("patients"),
    patient_case_id: link("patient_cases"),
    arrived: flag(),
    booking_ip_address: text(),
    notes: text(),
    email_reminder_sent: flag(false),
    sms_reminder_sent: flag(false),
    sent_email_reminders_count: count(0),
    sent_sms_reminders_count: count(0),
    sent_email_follow_ups_count: count(0),
    sent_sms_follow_ups_count: count(0),
    online_booking_policy_accepted: flag(),
    invoice_status: integer(),
    treatment_note_status: integer(),
  },
  extras: (row, { self, links }) => ({
    cancellation_reason_description: describeCancellation(row.cancellation_reason),
    cancellation_url: `https://bookings.example.com/cancel/${hashText(row.id).toString(36)}`,
    telehealth_url: toTelehealthUrl(row.booking_id),
    patient_forms: links.to(`${self}/patient_forms`),
    invoices: links.to(`${self}/invoices`),
  }),
  filters: ["archived_at", "booking_id", "cancelled_at", "deleted_at", "patient_case_id", "patient_id"],
  doubted: {
    archived_at: "attendeesEndFilterable",
    cancelled_at: "attendeesEndFilterable",
    deleted_at: "deletedAtFilterable",
  },
  hiddenBy: ["archived_at", "cancelled_at"],
  oldLists: { deleted: "whole", cancelled: "whole" },
  api: {
    required: ["booking_id", "patient_id"],
    writable: ["arrived", "notes", "patient_case_id"],
    archive: true,
    delete: "archives",
    // Of an individual appointment, the appointment is to be archived. Whether upstream refuses too is not known: [U].
    refuses: (row): Record<string, string> =>
      row.booking_kind === "individual" ? { base: "is not a group appointment" } : {},
  },
  facts: { ...ARCHIVABLE.facts, ...CANCELLABLE.facts, ...ATTENDANCE },
  noise: [
    "cancellation_url",
    "telehealth_url",
    "patient_forms",
    "invoices",
    "booking_ip_address",
    "online_booking_policy_accepted",
    "email_reminder_sent",
    "sms_reminder_sent",
    "sent_email_reminders_count",
    "sent_sms_reminders_count",
    "sent_email_follow_ups_count",
    "sent_sms_follow_ups_count",
    "invoice_status",
    "treatment_note_status",
  ],
  personal: ["notes", "cancellation_note", "patient_case_id"],
  acts: {
    markDidNotArrive: (row) => mark(row, false),
    clear: (row) => mark(row, null),
    markArrived: (row) => mark(row, true),
    ...CANCELLABLE.acts,
    ...ARCHIVABLE.acts,
  },
});

export type AttendeeRow = RowOf<typeof attendees.columns>;
