import type { Columns } from "./filters.ts";
import type { Unknowns } from "../clinic/unknowns.ts";

/** The filterable columns as documented, with the few that clients are known to use beside them. */
export function appointmentColumns(unknowns: Unknowns): Columns {
  return {
    appointment_type_id: "numeric",
    archived_at: "datetime",
    business_id: "numeric",
    cancelled_at: "datetime",
    created_at: "datetime",
    // Not documented; seen to work.
    did_not_arrive: "boolean",
    ends_at: "datetime",
    id: "numeric",
    patient_id: "numeric",
    practitioner_id: "numeric",
    repeated_from_id: "numeric",
    starts_at: "datetime",
    updated_at: "datetime",
    ...(unknowns.deletedAtFilterable ? { deleted_at: "datetime" } : {}),
  };
}

/** No cancelled_at and no patient_id: a class has neither. */
export function groupAppointmentColumns(unknowns: Unknowns): Columns {
  return {
    appointment_type_id: "numeric",
    archived_at: "datetime",
    business_id: "numeric",
    created_at: "datetime",
    ends_at: "datetime",
    id: "numeric",
    practitioner_id: "numeric",
    repeated_from_id: "numeric",
    starts_at: "datetime",
    updated_at: "datetime",
    ...(unknowns.deletedAtFilterable ? { deleted_at: "datetime" } : {}),
  };
}

export function attendeeColumns(unknowns: Unknowns): Columns {
  return {
    booking_id: "numeric",
    created_at: "datetime",
    id: "numeric",
    patient_id: "numeric",
    updated_at: "datetime",
    ...(unknowns.attendeesEndFilterable ? { archived_at: "datetime", cancelled_at: "datetime" } : {}),
    ...(unknowns.deletedAtFilterable ? { deleted_at: "datetime" } : {}),
  };
}

export function patientColumns(unknowns: Unknowns): Columns {
  return {
    created_at: "datetime",
    date_of_birth: "date",
    email: "string",
    first_name: "string",
    id: "numeric",
    last_name: "string",
    old_reference_id: "string",
    updated_at: "datetime",
    ...(unknowns.patientsArchivedAtFilterable ? { archived_at: "datetime" } : {}),
  };
}

/** The old /deleted lists take these two and nothing else. */
export const DELETED_LIST_COLUMNS: Columns = { deleted_at: "datetime", id: "numeric" };

export const PLAIN_COLUMNS: Columns = { created_at: "datetime", id: "numeric", updated_at: "datetime" };

export const PRACTITIONER_COLUMNS: Columns = { ...PLAIN_COLUMNS, user_id: "numeric" };

export const APPOINTMENT_TYPE_COLUMNS: Columns = {
  ...PLAIN_COLUMNS,
  appointment_confirmation_template_ids: "array",
  appointment_reminder_template_ids: "array",
  archived_at: "datetime",
  category: "string",
  online_payments_mode: "string",
  show_in_online_bookings: "boolean",
};
