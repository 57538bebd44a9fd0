import type { Reading } from "./appointment-requests.ts";
import type { PatientChanges } from "../acts/patient-acts.ts";
import { isObject, type Fields } from "./request-body.ts";
import {
  PATIENT_FLAG_FIELDS,
  PATIENT_TEXT_FIELDS,
  type PatientFlagField,
  type PatientTextField,
  type PhoneNumber,
} from "../storage/rows.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function readNewPatient(fields: Fields): Reading<PatientChanges> {
  const changes = readPatientChanges(fields);
  const errors = {
    ...(changes.kind === "invalid" ? changes.errors : {}),
    ...Object.fromEntries(
      ["first_name", "last_name"]
        .filter((name) => isBlank(fields[name]))
        .map((name) => [name, "can't be blank"]),
    ),
  };
  return Object.keys(errors).length > 0 ? { kind: "invalid", errors } : changes;
}

/** Fields that may be written; any other is ignored. */
export function readPatientChanges(fields: Fields): Reading<PatientChanges> {
  const errors: Record<string, string> = {};
  const texts: Partial<Record<PatientTextField, string | null>> = {};
  for (const name of PATIENT_TEXT_FIELDS) {
    const value = fields[name];
    if (typeof value === "string" || value === null) texts[name] = value;
    else if (value !== undefined) errors[name] = "is invalid";
  }
  const flags: Partial<Record<PatientFlagField, boolean | null>> = {};
  for (const name of PATIENT_FLAG_FIELDS) {
    const value = fields[name];
    if (typeof value === "boolean" || value === null) flags[name] = value;
    else if (value !== undefined) errors[name] = "is invalid";
  }
  for (const name of ["first_name", "last_name"] as const) {
    if (fields[name] !== undefined && isBlank(fields[name])) errors[name] = "can't be blank";
  }
  if (typeof texts.date_of_birth === "string" && !isDate(texts.date_of_birth)) {
    errors["date_of_birth"] = "is not a valid date";
  }
  if (typeof texts.email === "string" && texts.email !== "" && !/^\S+@\S+\.\S+$/.test(texts.email)) {
    errors["email"] = "is invalid";
  }
  const phones = readPhones(fields["patient_phone_numbers"], errors);
  if (Object.keys(errors).length > 0) return { kind: "invalid", errors };
  return {
    kind: "read",
    value: { ...texts, ...flags, ...(phones === undefined ? {} : { patient_phone_numbers: phones }) },
  };
}

/** Numbers are kept as written and once more in international digits. */
export function toPhoneNumber(phoneType: string, number: string): PhoneNumber {
  const digits = number.replaceAll(/\D/g, "");
  return {
    phone_type: phoneType,
    number,
    normalized_number: digits.startsWith("0") ? `61${digits.slice(1)}` : digits,
  };
}

function readPhones(value: unknown, errors: Record<string, string>): PhoneNumber[] | undefined {
  if (value === undefined) return undefined;
  const phones = (Array.isArray(value) ? value : [undefined]).map((one: unknown) =>
    isObject(one) && typeof one["number"] === "string"
      ? toPhoneNumber(typeof one["phone_type"] === "string" ? one["phone_type"] : "Mobile", one["number"])
      : undefined,
  );
  const valid = phones.filter((phone) => phone !== undefined);
  if (valid.length === phones.length) return valid;
  errors["patient_phone_numbers"] = "is invalid";
  return undefined;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function isDate(text: string): boolean {
  return DATE.test(text) && !Number.isNaN(Date.parse(text));
}
