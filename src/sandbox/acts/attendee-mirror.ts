import type { Unknowns } from "../clinic/unknowns.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import { toNewRow } from "../tables/tables.ts";

/** What the one attendee of an individual appointment shows because the appointment does. */
function mirrorAppointment(row: AppointmentRow, unknowns: Unknowns): Partial<AttendeeRow> {
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
  const { created_at, updated_at } = row;
  const mirrored = mirrorAppointment(row, unknowns);
  const given = Object.assign(mirrored, { booking_kind: "individual", booking_id: row.id } as const);
  return toNewRow("attendees", { id, created_at, updated_at }, given);
}

/** The attendee after its appointment was written; undefined when there is nothing to write. */
export function followAppointment(
  attendee: AttendeeRow,
  row: AppointmentRow,
  unknowns: Unknowns,
): AttendeeRow | undefined {
  // Each appointment that is written comes by here: only what it mirrors is looked at.
  const mirrored = mirrorAppointment(row, unknowns);
  let isSame = true;
  for (const column in mirrored) isSame &&= Reflect.get(attendee, column) === Reflect.get(mirrored, column);
  if (isSame && !unknowns.bookingMovesAttendees) return undefined;
  const updated_at = Math.max(attendee.updated_at, row.updated_at);
  if (isSame && updated_at === attendee.updated_at) return undefined;
  return { ...attendee, ...mirrored, updated_at };
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
