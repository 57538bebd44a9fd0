import { type Fact, arrival, attendance, cancellation, identity, merge, removal, timing } from "./facts.ts";
import type { FieldKind } from "./normalise.ts";

/**
 * What we watch in one resource and what a change of it means. A field that is not listed in `fields` is noise: it
 * never makes an event (`updated_at`, links, reminder flags, values derived from other records).
 */
export interface Projection {
  /** The event subject: the part of `type` before the dot. */
  readonly subject: string;
  /** What first sight is called. */
  readonly createdAs: "created" | "added";
  /** Raise it when `fields` changes, and keep the names of the fields it had under `former`. */
  readonly version: number;
  /**
   * Names of the fields of each earlier version, in their order: a snapshot of it is compared in the fields that both
   * know, so that a change made while we were deployed is told and the new fields are not. A version that is not here is
   * taken over silently.
   */
  readonly former?: Readonly<Record<number, readonly string[]>>;
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Other fields the upstream is known to serve: none of them is news. */
  readonly noise: readonly string[];
  /** Watched fields that are left out when they are unset; any other that had a value and is left out is not cleared. */
  readonly leftOut: readonly string[];
  /** The facts this resource's own fields can tell, in no order. */
  readonly facts: readonly Fact[];
  /** Left out of every payload unless an endpoint's `include` names them. */
  readonly sensitive: readonly string[];
  /** Watched fields that name a patient or were written about one. Emptied when that patient is forgotten. */
  readonly aboutPatient: readonly string[];
}

const ABOUT_PATIENT = ["patient", "patient_case", "cancellation_note", "notes"] as const;

const individualAppointments: Projection = {
  subject: "appointment",
  createdAs: "created",
  version: 1,
  fields: {
    starts_at: "instant",
    ends_at: "instant",
    appointment_type: { link: "appointment_types" },
    business: { link: "businesses" },
    practitioner: { link: "practitioners" },
    patient: { link: "patients" },
    patient_case: { link: "patient_cases" },
    repeated_from: { link: "individual_appointments" },
    repeat_rule: "json",
    did_not_arrive: "flag",
    patient_arrived: "flag",
    cancelled_at: "instant",
    cancellation_reason: "integer",
    cancellation_note: "text",
    archived_at: "instant",
    deleted_at: "instant",
    notes: "text",
  },
  noise: [
    "id",
    "created_at",
    "updated_at",
    "links",
    "attendees",
    "conflicts",
    "repeats",
    "patient_name",
    "booking_ip_address",
    "cancellation_reason_description",
    "telehealth_url",
    "has_patient_appointment_notes",
    "email_reminder_sent",
    "sms_reminder_sent",
    "online_booking_policy_accepted",
    "invoice_status",
    "treatment_note_status",
    "sent_email_reminders_count",
    "sent_sms_reminders_count",
  ],
  leftOut: ["patient_case", "repeated_from"],
  facts: [removal, cancellation, arrival, timing, identity],
  sensitive: ["notes", "cancellation_note", "booking_ip_address", "telehealth_url"],
  aboutPatient: ABOUT_PATIENT,
};

const groupAppointments: Projection = {
  subject: "group_appointment",
  createdAs: "created",
  version: 1,
  fields: {
    starts_at: "instant",
    ends_at: "instant",
    appointment_type: { link: "appointment_types" },
    business: { link: "businesses" },
    practitioner: { link: "practitioners" },
    repeated_from: { link: "group_appointments" },
    repeat_rule: "json",
    max_attendees: "integer",
    archived_at: "instant",
    deleted_at: "instant",
    notes: "text",
  },
  // Who takes part is told by the attendees, one by one.
  noise: [
    "id",
    "created_at",
    "updated_at",
    "links",
    "attendees",
    "conflicts",
    "repeats",
    "patient_ids",
    "telehealth_url",
  ],
  leftOut: ["repeated_from"],
  facts: [removal, timing, identity],
  sensitive: ["notes", "telehealth_url"],
  aboutPatient: [],
};

/** Of group appointments only: an individual visit's facts come from the appointment itself. */
const attendees: Projection = {
  subject: "attendee",
  createdAs: "added",
  version: 1,
  fields: {
    booking: { link: "bookings" },
    patient: { link: "patients" },
    patient_case: { link: "patient_cases" },
    arrived: "boolean",
    cancelled_at: "instant",
    cancellation_reason: "integer",
    cancellation_note: "text",
    archived_at: "instant",
    deleted_at: "instant",
    notes: "text",
  },
  noise: [
    "id",
    "created_at",
    "updated_at",
    "links",
    "booking_ip_address",
    "cancellation_reason_description",
    "cancellation_url",
    "email_reminder_sent",
    "sms_reminder_sent",
    "sent_email_reminders_count",
    "sent_sms_reminders_count",
    "sent_email_follow_ups_count",
    "sent_sms_follow_ups_count",
    "invoice_status",
    "treatment_note_status",
    "online_booking_policy_accepted",
    "telehealth_url",
    "invoices",
    "patient_forms",
  ],
  leftOut: ["patient_case"],
  facts: [removal, cancellation, attendance],
  sensitive: ["notes", "cancellation_note", "booking_ip_address", "telehealth_url", "cancellation_url"],
  aboutPatient: ABOUT_PATIENT,
};

const patients: Projection = {
  subject: "patient",
  createdAs: "created",
  version: 1,
  fields: {
    first_name: "text",
    last_name: "text",
    preferred_first_name: "text",
    title: "text",
    date_of_birth: "text",
    email: "text",
    sex: "text",
    gender_identity: "text",
    pronouns: "json",
    address_1: "text",
    address_2: "text",
    address_3: "text",
    city: "text",
    state: "text",
    post_code: "text",
    country_code: "text",
    patient_phone_numbers: "json",
    accepted_privacy_policy: "boolean",
    accepted_email_marketing: "boolean",
    accepted_sms_marketing: "boolean",
    receives_confirmation_emails: "boolean",
    receives_cancellation_emails: "boolean",
    reminder_type: "text",
    reminders_communication_channels: "json",
    follow_ups_communication_channels: "json",
    notes: "text",
    appointment_notes: "text",
    occupation: "text",
    emergency_contact: "text",
    medicare: "text",
    medicare_reference_number: "text",
    dva_card_number: "text",
    old_reference_id: "text",
    referral_source: "text",
    invoice_default_to: "text",
    invoice_email: "text",
    invoice_extra_information: "text",
    custom_fields: "json",
    time_zone: "text",
    concession_type: { link: "concession_types" },
    referring_doctor: { link: "contacts" },
    merged_at: "instant",
    merged_with_patient: { link: "patients" },
    archived_at: "instant",
    deleted_at: "instant",
  },
  noise: [
    "id",
    "created_at",
    "updated_at",
    "links",
    "label",
    "gender",
    "country",
    "appointments",
    "attendees",
    "invoices",
    "latest_booking",
    "medical_alerts",
    "patient_attachments",
    "relationships",
    "patient_cases",
    "reminders_communication_channels_description",
    "follow_ups_communication_channels_description",
    "treatment_notes",
    "patient_forms",
    "communications",
  ],
  leftOut: ["merged_with_patient", "concession_type", "referring_doctor"],
  facts: [removal, merge],
  sensitive: [
    "notes",
    "appointment_notes",
    "medicare",
    "medicare_reference_number",
    "dva_card_number",
    "invoice_extra_information",
  ],
  // All of it is: nothing of the record is kept.
  aboutPatient: [],
};

/** Another resource is one more entry here (and one in cliniko/resources.ts for how it is listed). */
export const projections = {
  individual_appointments: individualAppointments,
  group_appointments: groupAppointments,
  attendees,
  patients,
} as const satisfies Record<string, Projection>;

/** Fields of a subject that stay out of payloads unless an endpoint includes them. */
export function sensitiveFieldsOf(subject: string): readonly string[] {
  return Object.values(projections).find((projection) => projection.subject === subject)?.sensitive ?? [];
}
