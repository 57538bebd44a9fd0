import { describeCancellation } from "../acts/cancellation-reasons.ts";
import { hashText } from "../clinic/random.ts";
import type { AppointmentRow } from "../storage/rows.ts";
import type { WireFormat } from "./format.ts";
import type { WireRecord } from "./record.ts";

/**
 * An individual appointment with every field of the specification and the empty values of real payloads: "" for the
 * description of no cancellation, {} for no repeat rule, and no key at all for a missing case or series.
 */
export function renderAppointment(row: AppointmentRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/individual_appointments/${row.id}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    starts_at: format.time(row.starts_at),
    ends_at: format.time(row.ends_at),
    archived_at: format.timeOrNull(row.archived_at),
    cancelled_at: format.timeOrNull(row.cancelled_at),
    deleted_at: format.timeOrNull(row.deleted_at),
    booking_ip_address: row.booking_ip_address,
    cancellation_note: row.cancellation_note,
    cancellation_reason: row.cancellation_reason,
    cancellation_reason_description: describeCancellation(row.cancellation_reason),
    did_not_arrive: row.did_not_arrive,
    patient_arrived: row.patient_arrived,
    email_reminder_sent: row.email_reminder_sent,
    sms_reminder_sent: row.sms_reminder_sent,
    has_patient_appointment_notes: row.has_patient_appointment_notes,
    online_booking_policy_accepted: row.online_booking_policy_accepted,
    invoice_status: row.invoice_status,
    treatment_note_status: row.treatment_note_status,
    notes: row.notes,
    patient_name: row.patient_name,
    telehealth_url: toTelehealthUrl(row.id),
    repeat_rule: row.repeat_rule === null ? {} : { ...row.repeat_rule },
    // The shape of `repeats` inside a series is not documented: a link is the reading that fits its neighbours.
    repeats: row.repeat_rule === null ? null : links.to(`${self}/repeats`),
    appointment_type: links.to(`/appointment_types/${row.appointment_type_id}`),
    business: links.to(`/businesses/${row.business_id}`),
    practitioner: links.to(`/practitioners/${row.practitioner_id}`),
    patient: links.to(`/patients/${row.patient_id}`),
    ...(row.patient_case_id === null
      ? {}
      : { patient_case: links.to(`/patient_cases/${row.patient_case_id}`) }),
    ...(row.repeated_from_id === null
      ? {}
      : { repeated_from: links.to(`/individual_appointments/${row.repeated_from_id}`) }),
    attendees: links.to(`${self}/attendees`),
    conflicts: links.to(`${self}/conflicts`),
    ...links.to(self),
  };
}

/** Filled for every appointment, whatever its type: it says nothing about telehealth. */
export function toTelehealthUrl(id: string): string {
  return `https://video.example.com/room/${hashText(id).toString(36)}${hashText(id, 1).toString(36)}`;
}
