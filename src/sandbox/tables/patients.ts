import {
  date,
  flag,
  integer,
  json,
  link,
  list,
  moment,
  text,
  type Read,
  type RowOf,
} from "../storage/columns.ts";
import { isObject } from "../wire/record.ts";
import { ARCHIVABLE, defineTable, isSet, turnsOn } from "./define-table.ts";

export type PhoneNumber = Readonly<{ phone_type: string; number: string; normalized_number: string }>;

/** Numbers are kept as written and once more in international digits. */
export function toPhoneNumber(phoneType: string, number: string): PhoneNumber {
  const digits = number.replaceAll(/\D/g, "");
  return {
    phone_type: phoneType,
    number,
    normalized_number: digits.startsWith("0") ? `61${digits.slice(1)}` : digits,
  };
}

function readPhones(given: unknown): Read<readonly PhoneNumber[]> {
  const phones = (Array.isArray(given) ? given : [undefined]).map((one: unknown) =>
    isObject(one) && typeof one["number"] === "string"
      ? toPhoneNumber(typeof one["phone_type"] === "string" ? one["phone_type"] : "Mobile", one["number"])
      : undefined,
  );
  const valid = phones.filter((phone) => phone !== undefined);
  return valid.length === phones.length ? { value: valid } : { complaint: "is invalid" };
}

function readEmail(given: unknown): Read<string | null> {
  if (given === null || given === "") return { value: given };
  const isEmail = typeof given === "string" && /^\S+@\S+\.\S+$/.test(given);
  return isEmail ? { value: given } : { complaint: "is invalid" };
}

/** What a person at the desk, or a client of the API, may write on a patient. */
const details = {
  first_name: text(),
  last_name: text(),
  preferred_first_name: text(""),
  title: text(""),
  date_of_birth: date(),
  email: text(null, { read: readEmail }),
  sex: text(),
  gender: text(),
  gender_identity: text(),
  pronouns: json<object>({
    sample: {
      nominative: "they",
      accusative: "them",
      pronominal_possessive: "their",
      predicative_possessive: "theirs",
      reflexive: "themself",
    },
  }),
  address_1: text(""),
  address_2: text(""),
  address_3: text(""),
  city: text(""),
  state: text(""),
  post_code: text(""),
  country: text("Australia"),
  country_code: text("AU"),
  reminder_type: text("SMS & Email"),
  // What the codes of the channels mean is not documented.
  reminders_communication_channels: integer(20),
  reminders_communication_channels_description: text("SMS & Email"),
  follow_ups_communication_channels: integer(20),
  follow_ups_communication_channels_description: text("SMS & Email"),
  notes: text(""),
  appointment_notes: text(""),
  occupation: text(""),
  emergency_contact: text(""),
  medicare: text(""),
  medicare_reference_number: text(""),
  dva_card_number: text(""),
  old_reference_id: text(),
  referral_source: text(),
  invoice_default_to: text(""),
  invoice_email: text(""),
  invoice_extra_information: text(""),
  time_zone: text(),
  custom_fields: json<object>({ sample: { sections: [{ name: "Sport", token: "sport", fields: [] }] } }),
  concession_type_id: link("concession_types"),
  referring_doctor_id: link("contacts"),
  accepted_privacy_policy: flag(),
  accepted_email_marketing: flag(),
  accepted_sms_marketing: flag(),
  receives_confirmation_emails: flag(true),
  receives_cancellation_emails: flag(true),
  patient_phone_numbers: list<PhoneNumber>({
    read: readPhones,
    sample: [toPhoneNumber("Mobile", "0491 570 006")],
  }),
} as const;

/** A patient as live samples show it; the link to the survivor exists only after a merge. */
export const patients = defineTable({
  path: "patients",
  subject: "patient",
  columns: {
    ...ARCHIVABLE.columns,
    merged_at: moment(),
    merged_with_patient_id: link("patients"),
    ...details,
  },
  extras: (row, { self, links }) => ({
    label: toPatientName(row),
    appointments: links.to(`${self}/appointments`),
    attendees: links.toThose("attendees", "patient_id", row.id),
    invoices: links.to(`${self}/invoices`),
    latest_booking: links.to(`${self}/latest_booking`),
    medical_alerts: links.to(`${self}/medical_alerts`),
    patient_attachments: links.to(`${self}/patient_attachments`),
    relationships: links.toThose("relationships", "patient_id", row.id),
  }),
  filters: [
    "accepted_privacy_policy",
    "archived_at",
    "date_of_birth",
    "email",
    "first_name",
    "last_name",
    "old_reference_id",
    "preferred_first_name",
  ],
  doubted: { archived_at: "patientsArchivedAtFilterable" },
  sample: () => ({ first_name: "Sample", last_name: "Patient" }),
  hiddenBy: ["archived_at"],
  oldLists: { deleted: "stubs", archived: "whole" },
  api: {
    required: ["first_name", "last_name"],
    writable: Object.keys(details),
    put: true,
    archive: true,
    unarchive: true,
    delete: "archives",
    refuses: (row, deed): Record<string, string> =>
      // A merged patient stays archived: a merge cannot be undone.
      deed === "unarchive" && row.merged_at !== null ? { base: "has been merged with another patient" } : {},
  },
  facts: {
    merged: turnsOn(({ merged_at }) => isSet(merged_at), ["merged_at", "merged_with_patient"]),
    ...ARCHIVABLE.facts,
  },
  // Names and descriptions beside their codes, and what is deprecated.
  noise: [
    "label",
    "gender",
    "country",
    "reminders_communication_channels_description",
    "follow_ups_communication_channels_description",
  ],
  personal: Object.keys(details),
  acts: ARCHIVABLE.acts,
});

export type PatientRow = RowOf<typeof patients.columns>;
export type PatientChanges = Partial<Pick<PatientRow, keyof typeof details>>;

/** Name as it is shown on appointments. Archived rows may have lost their names. */
export function toPatientName(row: {
  readonly first_name: string | null;
  readonly last_name: string | null;
}): string {
  return [row.first_name, row.last_name].filter((part) => part !== null && part !== "").join(" ");
}
