/**
 * Rows as the clinic stores them: columns named as the API's filters name them, moments as whole epoch seconds,
 * links as the id of the other record. How they are printed is the business of the `wire-…` files.
 */
export type BaseRow = Readonly<{ id: string; created_at: number; updated_at: number }>;

export type RepeatRule = Readonly<{
  repeat_type: "Daily" | "Weekly" | "Monthly";
  repeating_interval: number;
  number_of_repeats: number;
}>;

export type AppointmentRow = BaseRow &
  Readonly<{
    starts_at: number;
    ends_at: number;
    archived_at: number | null;
    cancelled_at: number | null;
    deleted_at: number | null;
    appointment_type_id: string;
    business_id: string;
    practitioner_id: string;
    patient_id: string;
    patient_case_id: string | null;
    repeated_from_id: string | null;
    repeat_rule: RepeatRule | null;
    booking_ip_address: string | null;
    cancellation_note: string | null;
    cancellation_reason: number | null;
    notes: string | null;
    patient_name: string;
    did_not_arrive: boolean | null;
    patient_arrived: boolean | null;
    email_reminder_sent: boolean | null;
    sms_reminder_sent: boolean | null;
    has_patient_appointment_notes: boolean | null;
    online_booking_policy_accepted: boolean | null;
    invoice_status: number | null;
    treatment_note_status: number | null;
  }>;

export type GroupAppointmentRow = BaseRow &
  Readonly<{
    starts_at: number;
    ends_at: number;
    archived_at: number | null;
    deleted_at: number | null;
    appointment_type_id: string;
    business_id: string;
    practitioner_id: string;
    repeated_from_id: string | null;
    repeat_rule: RepeatRule | null;
    max_attendees: number;
    notes: string | null;
    /** Derived from the places that are neither cancelled nor archived. */
    patient_ids: readonly string[];
  }>;

export type AttendeeRow = BaseRow &
  Readonly<{
    /** Not printed: the API leaves it to the reader to find out what kind of booking it is. */
    booking_kind: "individual" | "group";
    booking_id: string;
    patient_id: string;
    patient_case_id: string | null;
    archived_at: number | null;
    cancelled_at: number | null;
    deleted_at: number | null;
    /** False is a no-show; null is not recorded. */
    arrived: boolean | null;
    booking_ip_address: string | null;
    cancellation_note: string | null;
    cancellation_reason: number | null;
    notes: string | null;
    email_reminder_sent: boolean | null;
    sms_reminder_sent: boolean | null;
    sent_email_reminders_count: number;
    sent_sms_reminders_count: number;
    sent_email_follow_ups_count: number;
    sent_sms_follow_ups_count: number;
    online_booking_policy_accepted: boolean | null;
    invoice_status: number | null;
    treatment_note_status: number | null;
  }>;

export const PATIENT_TEXT_FIELDS = [
  "first_name",
  "last_name",
  "preferred_first_name",
  "title",
  "date_of_birth",
  "email",
  "sex",
  "gender",
  "gender_identity",
  "address_1",
  "address_2",
  "address_3",
  "city",
  "state",
  "post_code",
  "country",
  "country_code",
  "reminder_type",
  "reminders_communication_channels_description",
  "follow_ups_communication_channels_description",
  "notes",
  "appointment_notes",
  "occupation",
  "emergency_contact",
  "medicare",
  "medicare_reference_number",
  "dva_card_number",
  "old_reference_id",
  "referral_source",
  "invoice_default_to",
  "invoice_email",
  "invoice_extra_information",
  "time_zone",
] as const;

export const PATIENT_FLAG_FIELDS = [
  "accepted_privacy_policy",
  "accepted_email_marketing",
  "accepted_sms_marketing",
  "receives_confirmation_emails",
  "receives_cancellation_emails",
] as const;

export type PatientTextField = (typeof PATIENT_TEXT_FIELDS)[number];
export type PatientFlagField = (typeof PATIENT_FLAG_FIELDS)[number];

export type PhoneNumber = Readonly<{ phone_type: string; number: string; normalized_number: string }>;

/** What a person at the desk, or a client of the API, may write on a patient. */
export type PatientDetails = Readonly<Record<PatientTextField, string | null>> &
  Readonly<Record<PatientFlagField, boolean | null>> &
  Readonly<{ patient_phone_numbers: readonly PhoneNumber[] }>;

export type PatientRow = BaseRow &
  PatientDetails &
  Readonly<{
    archived_at: number | null;
    deleted_at: number | null;
    merged_at: number | null;
    merged_with_patient_id: string | null;
  }>;

export type PractitionerRow = BaseRow &
  Readonly<{
    active: boolean;
    first_name: string;
    last_name: string;
    title: string | null;
    designation: string | null;
    user_id: string;
  }>;

export type BusinessRow = BaseRow &
  Readonly<{
    business_name: string;
    address_1: string | null;
    city: string | null;
    state: string | null;
    post_code: string | null;
    time_zone: string;
    archived_at: number | null;
  }>;

export type AppointmentTypeRow = BaseRow &
  Readonly<{
    name: string;
    category: string | null;
    color: string;
    duration_in_minutes: number;
    max_attendees: number;
    show_in_online_bookings: boolean;
    telehealth_enabled: boolean;
    online_payments_mode: string | null;
    appointment_confirmation_template_ids: readonly string[];
    appointment_reminder_template_ids: readonly string[];
    archived_at: number | null;
  }>;

export type UserRow = BaseRow &
  Readonly<{
    first_name: string;
    last_name: string;
    title: string | null;
    email: string;
    role: string;
    time_zone: string;
    active: boolean;
  }>;
