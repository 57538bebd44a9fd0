import type { AppointmentRow, AttendeeRow } from "../storage/rows.ts";
import type { Unknowns } from "../clinic/unknowns.ts";

/** What every attendee has to be told; the rest starts empty. */
export type AttendeeBasics = Pick<
  AttendeeRow,
  "id" | "created_at" | "updated_at" | "booking_kind" | "booking_id" | "patient_id"
>;

export function blankAttendee(basics: AttendeeBasics): AttendeeRow {
  return {
    id: basics.id,
    created_at: basics.created_at,
    updated_at: basics.updated_at,
    booking_kind: basics.booking_kind,
    booking_id: basics.booking_id,
    patient_id: basics.patient_id,
    patient_case_id: null,
    archived_at: null,
    cancelled_at: null,
    deleted_at: null,
    arrived: null,
    booking_ip_address: null,
    cancellation_note: null,
    cancellation_reason: null,
    notes: null,
    email_reminder_sent: false,
    sms_reminder_sent: false,
    sent_email_reminders_count: 0,
    sent_sms_reminders_count: 0,
    sent_email_follow_ups_count: 0,
    sent_sms_follow_ups_count: 0,
    online_booking_policy_accepted: null,
    invoice_status: null,
    treatment_note_status: null,
  };
}

type Mirrored = Partial<Omit<AttendeeRow, keyof AttendeeBasics>> & Pick<AttendeeRow, "patient_id">;

/** What the one attendee of an individual appointment shows because the appointment does. */
export function mirrorAppointment(row: AppointmentRow, unknowns: Unknowns): Mirrored {
  return {
    patient_id: row.patient_id,
    patient_case_id: row.patient_case_id,
    arrived: toArrived(row),
    booking_ip_address: row.booking_ip_address,
    email_reminder_sent: row.email_reminder_sent,
    sms_reminder_sent: row.sms_reminder_sent,
    sent_email_reminders_count: row.email_reminder_sent === true ? 1 : 0,
    sent_sms_reminders_count: row.sms_reminder_sent === true ? 1 : 0,
    online_booking_policy_accepted: row.online_booking_policy_accepted,
    invoice_status: row.invoice_status,
    treatment_note_status: row.treatment_note_status,
    ...(unknowns.endedBookingEndsAttendees ? mirrorEnd(row) : {}),
  };
}

export function toFirstAttendee(row: AppointmentRow, id: string, unknowns: Unknowns): AttendeeRow {
  const { created_at, updated_at, patient_id } = row;
  const blank = blankAttendee({
    id,
    created_at,
    updated_at,
    booking_kind: "individual",
    booking_id: row.id,
    patient_id,
  });
  // Assigned, not spread: a diary is planted by the hundred thousand, and this keeps the rows small.
  return Object.assign(blank, mirrorAppointment(row, unknowns));
}

/** The attendee after its appointment was written; undefined when there is nothing to write. */
export function followAppointment(
  attendee: AttendeeRow,
  row: AppointmentRow,
  unknowns: Unknowns,
): AttendeeRow | undefined {
  const next: AttendeeRow = { ...attendee, ...mirrorAppointment(row, unknowns) };
  const isSame = Object.entries(next).every(([column, value]) => Reflect.get(attendee, column) === value);
  if (isSame && !unknowns.bookingMovesAttendees) return undefined;
  const updated_at = Math.max(attendee.updated_at, row.updated_at);
  return isSame && updated_at === attendee.updated_at ? undefined : { ...next, updated_at };
}

function mirrorEnd(row: AppointmentRow): Partial<AttendeeRow> {
  return {
    archived_at: row.archived_at,
    deleted_at: row.deleted_at,
    cancelled_at: row.cancelled_at,
    cancellation_note: row.cancellation_note,
    cancellation_reason: row.cancellation_reason,
  };
}

/** Two marks there, one here: null and false there are both "not recorded". */
function toArrived(row: AppointmentRow): boolean | null {
  if (row.patient_arrived === true) return true;
  return row.did_not_arrive === true ? false : null;
}
