import { ImpossibleActError } from "./appointment-acts.ts";
import { archivedNow, unarchivedNow } from "./archive-marks.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAppointment, commitPatient, commitRemoval } from "./commit.ts";
import { handOverPlaces, removePlacesOf } from "./place-acts.ts";
import {
  PATIENT_FLAG_FIELDS,
  PATIENT_TEXT_FIELDS,
  type AppointmentRow,
  type PatientDetails,
  type PatientRow,
} from "../storage/rows.ts";
import { toPatientName } from "../wire/wire-patient.ts";
import { toEpochSeconds } from "../wire/time.ts";

export type PatientChanges = Partial<PatientDetails>;

export function patientOf(state: ClinicState, id: string): PatientRow {
  const row = state.patients.current(id)?.row;
  if (row === undefined) throw new ImpossibleActError(`there is no patient ${id}`);
  return row;
}

export function registerPatient(state: ClinicState, details: PatientChanges): string {
  const seconds = toEpochSeconds(state.now());
  const row: PatientRow = {
    ...blankPatient(),
    ...details,
    id: state.nextId(state.now()),
    created_at: seconds,
    updated_at: seconds,
  };
  commitPatient(state, row, ["created"]);
  return row.id;
}

/** Answers whether anything changed. A new name reaches the patient's appointments as the clinic was told it does. */
export function changePatient(state: ClinicState, id: string, changes: PatientChanges): boolean {
  const row = patientOf(state, id);
  const next: PatientRow = { ...row, ...changes };
  const untouched =
    [...PATIENT_TEXT_FIELDS, ...PATIENT_FLAG_FIELDS].every((field) => next[field] === row[field]) &&
    (changes.patient_phone_numbers === undefined ||
      JSON.stringify(changes.patient_phone_numbers) === JSON.stringify(row.patient_phone_numbers));
  if (untouched) return false;
  commitPatient(state, { ...next, updated_at: toEpochSeconds(state.now()) }, ["updated"]);
  if (toPatientName(next) !== toPatientName(row)) spreadName(state, next);
  return true;
}

export function archivePatient(state: ClinicState, id: string): void {
  const row = patientOf(state, id);
  if (row.archived_at !== null) return;
  commitPatient(state, { ...row, ...archivedNow(state, row) }, ["archived"]);
}

export function unarchivePatient(state: ClinicState, id: string): void {
  const row = patientOf(state, id);
  if (row.archived_at === null) return;
  commitPatient(state, { ...row, ...unarchivedNow(state) }, ["unarchived"]);
}

/** The loser is archived with a link to the survivor, who receives all its appointments and places. There is no way back. */
export function mergePatients(state: ClinicState, loserId: string, survivorId: string): string[] {
  const loser = patientOf(state, loserId);
  const survivor = patientOf(state, survivorId);
  if (loserId === survivorId || loser.merged_at !== null || survivor.archived_at !== null) {
    throw new ImpossibleActError(
      "a merge takes two different patients: one not merged yet, one not archived",
    );
  }
  const seconds = toEpochSeconds(state.now());
  const merged: PatientRow = {
    ...loser,
    ...(loser.archived_at === null ? archivedNow(state, loser) : {}),
    updated_at: seconds,
    merged_at: seconds,
    merged_with_patient_id: survivorId,
  };
  commitPatient(state, merged, loser.archived_at === null ? ["merged", "archived"] : ["merged"]);
  const moved = appointmentsOf(state, loserId);
  for (const row of moved) {
    const next: AppointmentRow = {
      ...row,
      patient_id: survivorId,
      patient_name: toPatientName(survivor),
      updated_at: state.unknowns.mergeMovesUpdatedAt ? seconds : row.updated_at,
    };
    commitAppointment(state, next, ["updated"]);
  }
  handOverPlaces(state, loserId, survivorId);
  return moved.map((row) => row.id);
}

/** What an administrator may do to an archived patient: it, its appointments and its places vanish, and no list ever says so. */
export function deletePatientForGood(state: ClinicState, id: string): string[] {
  if (patientOf(state, id).archived_at === null) {
    throw new ImpossibleActError("a patient is archived before it can be deleted for good");
  }
  const appointments = appointmentsOf(state, id);
  for (const row of appointments) commitRemoval(state, "individual_appointments", row.id);
  removePlacesOf(state, id);
  commitRemoval(state, "patients", id);
  return appointments.map((row) => row.id);
}

export function appointmentsOf(state: ClinicState, patientId: string): AppointmentRow[] {
  return state.appointments.currentRows().filter((row) => row.patient_id === patientId);
}

/** A patient of whom nothing is known, with the empty values that live records show. */
export function blankPatient(): Omit<PatientRow, "id" | "created_at" | "updated_at"> {
  return {
    archived_at: null,
    deleted_at: null,
    merged_at: null,
    merged_with_patient_id: null,
    first_name: null,
    last_name: null,
    preferred_first_name: "",
    title: "",
    date_of_birth: null,
    email: null,
    sex: null,
    gender: null,
    gender_identity: null,
    address_1: "",
    address_2: "",
    address_3: "",
    city: "",
    state: "",
    post_code: "",
    country: "Australia",
    country_code: "AU",
    reminder_type: "SMS & Email",
    reminders_communication_channels_description: "SMS & Email",
    follow_ups_communication_channels_description: "SMS & Email",
    notes: "",
    appointment_notes: "",
    occupation: "",
    emergency_contact: "",
    medicare: "",
    medicare_reference_number: "",
    dva_card_number: "",
    old_reference_id: null,
    referral_source: null,
    invoice_default_to: "",
    invoice_email: "",
    invoice_extra_information: "",
    time_zone: null,
    accepted_privacy_policy: null,
    accepted_email_marketing: null,
    accepted_sms_marketing: null,
    receives_confirmation_emails: true,
    receives_cancellation_emails: true,
    patient_phone_numbers: [],
  };
}

function spreadName(state: ClinicState, patient: PatientRow): void {
  const reach = state.unknowns.patientNameReaches;
  if (reach === "stale") return;
  for (const row of appointmentsOf(state, patient.id)) {
    const updated_at = reach === "touch" ? toEpochSeconds(state.now()) : row.updated_at;
    commitAppointment(state, { ...row, patient_name: toPatientName(patient), updated_at }, []);
  }
}
