import { describeCancellation } from "../acts/cancellation-reasons.ts";
import { hashText } from "../clinic/random.ts";
import type { AttendeeRow } from "../storage/rows.ts";
import { toTelehealthUrl } from "./wire-appointment.ts";
import type { WireFormat } from "./format.ts";
import type { WireRecord } from "./record.ts";

/** One person's place in one booking. Nothing on it says whether the booking is an appointment or a class. */
export function renderAttendee(row: AttendeeRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/attendees/${row.id}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    archived_at: format.timeOrNull(row.archived_at),
    cancelled_at: format.timeOrNull(row.cancelled_at),
    deleted_at: format.timeOrNull(row.deleted_at),
    arrived: row.arrived,
    booking_ip_address: row.booking_ip_address,
    cancellation_note: row.cancellation_note,
    cancellation_reason: row.cancellation_reason,
    cancellation_reason_description: describeCancellation(row.cancellation_reason),
    cancellation_url: `https://bookings.example.com/cancel/${hashText(row.id).toString(36)}`,
    email_reminder_sent: row.email_reminder_sent,
    sms_reminder_sent: row.sms_reminder_sent,
    sent_email_reminders_count: row.sent_email_reminders_count,
    sent_sms_reminders_count: row.sent_sms_reminders_count,
    sent_email_follow_ups_count: row.sent_email_follow_ups_count,
    sent_sms_follow_ups_count: row.sent_sms_follow_ups_count,
    invoice_status: row.invoice_status,
    treatment_note_status: row.treatment_note_status,
    notes: row.notes,
    online_booking_policy_accepted: row.online_booking_policy_accepted,
    telehealth_url: toTelehealthUrl(row.booking_id),
    booking: links.to(`/bookings/${row.booking_id}`),
    patient: links.to(`/patients/${row.patient_id}`),
    ...(row.patient_case_id === null
      ? {}
      : { patient_case: links.to(`/patient_cases/${row.patient_case_id}`) }),
    patient_forms: links.to(`${self}/patient_forms`),
    invoices: links.to(`${self}/invoices`),
    ...links.to(self),
  };
}
