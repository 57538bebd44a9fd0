import type { AppointmentRow } from "../storage/rows.ts";

/** What every appointment has to be told; the rest starts empty. */
export type AppointmentBasics = Pick<
  AppointmentRow,
  | "id"
  | "created_at"
  | "updated_at"
  | "starts_at"
  | "ends_at"
  | "appointment_type_id"
  | "business_id"
  | "practitioner_id"
  | "patient_id"
  | "patient_name"
>;

/** The state every new appointment starts in, with the empty values that real payloads show. */
export function blankAppointment(basics: AppointmentBasics): AppointmentRow {
  return {
    id: basics.id,
    created_at: basics.created_at,
    updated_at: basics.updated_at,
    starts_at: basics.starts_at,
    ends_at: basics.ends_at,
    appointment_type_id: basics.appointment_type_id,
    business_id: basics.business_id,
    practitioner_id: basics.practitioner_id,
    patient_id: basics.patient_id,
    patient_name: basics.patient_name,
    archived_at: null,
    cancelled_at: null,
    deleted_at: null,
    patient_case_id: null,
    repeated_from_id: null,
    repeat_rule: null,
    booking_ip_address: null,
    cancellation_note: null,
    cancellation_reason: null,
    notes: null,
    did_not_arrive: false,
    patient_arrived: false,
    email_reminder_sent: false,
    sms_reminder_sent: false,
    has_patient_appointment_notes: false,
    online_booking_policy_accepted: null,
    invoice_status: null,
    treatment_note_status: null,
  };
}
