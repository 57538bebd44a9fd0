import { z } from "zod";

import {
  anything,
  flag,
  optionalLink,
  optionalTime,
  phoneNumbers,
  recordFields,
  sensitive,
  text,
} from "./fields.ts";
import { REMOVAL, SEEN_FIRST } from "./shared-occasions.ts";
import type { SubjectWords } from "./subject.ts";

const person = {
  first_name: text("May be null in archived patients."),
  last_name: text("May be null in archived patients."),
  preferred_first_name: text("What the patient is called."),
  title: text("`Ms`, `Dr`, …"),
  date_of_birth: text("YYYY-MM-DD."),
  email: text("E-mail address."),
  sex: text("As recorded."),
  gender_identity: text("As the patient said."),
  pronouns: anything("As the patient said; null when nobody has."),
  occupation: text("As the patient said."),
  emergency_contact: text("Whom to call, in free words."),
  time_zone: text("IANA name, or null for the clinic's."),
};

const address = {
  address_1: text("First line."),
  address_2: text("Second line."),
  address_3: text("Third line."),
  city: text("City or suburb."),
  state: text("State."),
  post_code: text("Postcode."),
  country_code: text("ISO 3166, two letters."),
  patient_phone_numbers: phoneNumbers,
};

const consent = {
  accepted_privacy_policy: flag("Null: not asked."),
  accepted_email_marketing: flag("Null: not asked."),
  accepted_sms_marketing: flag("Null: not asked."),
  receives_confirmation_emails: flag("Whether bookings are confirmed by e-mail."),
  receives_cancellation_emails: flag("Whether cancellations are confirmed by e-mail."),
  reminder_type: text("How the patient is reminded."),
  reminders_communication_channels: anything("Codes of the ways of reminding."),
  follow_ups_communication_channels: anything("Codes of the ways of following up."),
};

const administration = {
  notes: sensitive(text("Notes on the patient.")),
  appointment_notes: sensitive(text("The note shown with the patient's appointments.")),
  medicare: sensitive(text("Medicare card number.")),
  medicare_reference_number: sensitive(text("Position on the Medicare card.")),
  dva_card_number: sensitive(text("Card number of the Department of Veterans' Affairs.")),
  old_reference_id: text("Id in the system that was used before."),
  referral_source: text("How the patient came to the clinic."),
  invoice_default_to: text("To whom invoices are made out."),
  invoice_email: text("Where invoices are sent."),
  invoice_extra_information: sensitive(text("What is printed on invoices besides.")),
  custom_fields: anything("The clinic's own fields; null when there are none."),
  concession_type: optionalLink("Left out when there is none."),
  referring_doctor: optionalLink("A contact; left out when there is none."),
};

const states = {
  merged_at: optionalTime("When it was found to be a duplicate and merged into another patient."),
  merged_with_patient: optionalLink("The patient that was kept; left out before a merge."),
  archived_at: optionalTime("When the patient was archived; null otherwise."),
  deleted_at: optionalTime("The older name for removal: may repeat `archived_at`."),
};

const derived = {
  label: text("The name as Cliniko shows it."),
  gender: text("The older field; see `sex` and `gender_identity`."),
  country: text("The country's name."),
  reminders_communication_channels_description: text("The ways of reminding, in words."),
  follow_ups_communication_channels_description: text("The ways of following up, in words."),
  appointments: anything("Link to the patient's appointments."),
  attendees: anything("Link to the patient's places."),
  invoices: anything("Link to the patient's invoices."),
  latest_booking: anything("Link to the last booking."),
  medical_alerts: anything("Link to the patient's alerts."),
  patient_attachments: anything("Link to the patient's files."),
  relationships: anything("Link to the patient's relations."),
  patient_cases: anything("Link to the patient's cases."),
  treatment_notes: anything("Link to the patient's treatment notes."),
  patient_forms: anything("Link to the patient's forms."),
  communications: anything("Link to what was written to the patient."),
};

export const patientRecord = z
  .looseObject({
    ...recordFields("the patient"),
    ...person,
    ...address,
    ...consent,
    ...administration,
    ...states,
    ...derived,
  })
  .meta({
    id: "Patient",
    title: "Patient",
    description: "A patient as Cliniko serves it. Cliniko may add fields.",
  });

export const patientWords: SubjectWords = {
  subject: "patient",
  title: "Patients",
  name: "Patient",
  about:
    "A merge is told of the duplicate. The appointments that move with it to the patient who is kept are told as `appointment.updated`, each on its own.",
  record: patientRecord,
  occasions: {
    created: { title: "Patient registered", ...SEEN_FIRST },
    updated: {
      title: "Patient changed",
      when: "a watched field changed: name, contact, address, consent, notes, numbers, …",
      notWhen: "the label or a link changed",
    },
    archived: {
      title: "Patient archived",
      when: "the patient was archived",
      notWhen: "it was merged into another (`merged`)",
    },
    unarchived: { title: "Patient brought back", ...REMOVAL.unarchived },
    merged: {
      title: "Duplicate patient merged",
      when: "a duplicate was merged into another: `merged_with_patient` names the survivor",
    },
    deleted: { title: "Patient gone for good", ...REMOVAL.deleted },
    restored: { title: "Patient there again", ...REMOVAL.restored },
  },
};
