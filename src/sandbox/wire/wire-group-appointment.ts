import type { GroupAppointmentRow } from "../storage/rows.ts";
import { toTelehealthUrl } from "./wire-appointment.ts";
import type { WireFormat } from "./format.ts";
import type { WireRecord } from "./record.ts";

/** A class: no patient, no cancellation and no arrival of its own. All of that is on its attendees. */
export function renderGroupAppointment(row: GroupAppointmentRow, format: WireFormat): WireRecord {
  const { links } = format;
  const self = `/group_appointments/${row.id}`;
  return {
    id: format.id(row.id),
    created_at: format.time(row.created_at),
    updated_at: format.time(row.updated_at),
    starts_at: format.time(row.starts_at),
    ends_at: format.time(row.ends_at),
    archived_at: format.timeOrNull(row.archived_at),
    deleted_at: format.timeOrNull(row.deleted_at),
    max_attendees: row.max_attendees,
    notes: row.notes,
    patient_ids: [...row.patient_ids],
    telehealth_url: toTelehealthUrl(row.id),
    repeat_rule: row.repeat_rule === null ? {} : { ...row.repeat_rule },
    repeats: row.repeat_rule === null ? null : links.to(`${self}/repeats`),
    appointment_type: links.to(`/appointment_types/${row.appointment_type_id}`),
    business: links.to(`/businesses/${row.business_id}`),
    practitioner: links.to(`/practitioners/${row.practitioner_id}`),
    ...(row.repeated_from_id === null
      ? {}
      : { repeated_from: links.to(`/group_appointments/${row.repeated_from_id}`) }),
    attendees: links.to(`${self}/attendees`),
    conflicts: links.to(`${self}/conflicts`),
    ...links.to(self),
  };
}
