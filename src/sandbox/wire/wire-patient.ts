import type { PatientRow } from "../storage/rows.ts";
import type { WireFormat } from "./format.ts";
import type { WireRecord } from "./record.ts";

/** A patient as live samples show it; the link to the survivor exists only after a merge. */
export function renderPatient(row: PatientRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/patients/${row.id}`;
  const {
    id,
    created_at,
    updated_at,
    archived_at,
    deleted_at,
    merged_at,
    merged_with_patient_id,
    patient_phone_numbers,
    ...details
  } = row;
  return {
    id: format.id(id),
    created_at: format.time(created_at),
    updated_at: format.time(updated_at),
    archived_at: format.timeOrNull(archived_at),
    deleted_at: format.timeOrNull(deleted_at),
    merged_at: format.timeOrNull(merged_at),
    ...(merged_with_patient_id === null
      ? {}
      : { merged_with_patient: links.to(`/patients/${merged_with_patient_id}`) }),
    ...details,
    label: toPatientName(row),
    patient_phone_numbers: patient_phone_numbers.map((phone) => ({ ...phone })),
    pronouns: null,
    custom_fields: null,
    // Codes of the channels are not documented: one plausible value, the same for everybody.
    reminders_communication_channels: 20,
    follow_ups_communication_channels: 20,
    appointments: links.to(`${self}/appointments`),
    attendees: links.to(`${self}/attendees`),
    invoices: links.to(`${self}/invoices`),
    latest_booking: links.to(`${self}/latest_booking`),
    medical_alerts: links.to(`${self}/medical_alerts`),
    patient_attachments: links.to(`${self}/attachments`),
    relationships: links.to(`${self}/relationships`),
    ...links.to(self),
  };
}

/** Name as it is shown on appointments. Archived rows may have lost their names. */
export function toPatientName(row: Pick<PatientRow, "first_name" | "last_name">): string {
  return [row.first_name, row.last_name].filter((part) => part !== null && part !== "").join(" ");
}
