import type { AppointmentChanges, Cancellation, NewAppointment } from "../acts/appointment-acts.ts";
import type { Complaints } from "./answers.ts";
import { CANCELLATION_REASONS } from "../acts/cancellation-reasons.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { isObject, toId, type Fields } from "./request-body.ts";
import type { RepeatRule } from "../storage/rows.ts";
import { parseWireTime } from "../wire/time.ts";

/** What came out of a request body: a value, or what is wrong with each field. */
export type Reading<Value> =
  | { readonly kind: "read"; readonly value: Value }
  | { readonly kind: "invalid"; readonly errors: Complaints };

const REQUIRED = [
  "appointment_type_id",
  "business_id",
  "patient_id",
  "practitioner_id",
  "starts_at",
] as const;

export function readNewAppointment(
  state: ClinicState,
  fields: Fields,
): Reading<{ readonly booking: NewAppointment; readonly rule: RepeatRule | null }> {
  const missing = REQUIRED.filter(
    (name) => fields[name] === undefined || fields[name] === null || fields[name] === "",
  );
  const changes = readChanges(state, fields);
  const errors = {
    ...(changes.kind === "invalid" ? changes.errors : {}),
    ...Object.fromEntries(missing.map((name) => [name, "can't be blank"])),
  };
  if (changes.kind === "invalid" || missing.length > 0) return { kind: "invalid", errors };
  const {
    repeatRule = null,
    appointmentTypeId,
    businessId,
    patientId,
    practitionerId,
    startsAt,
    ...rest
  } = changes.value;
  if (
    appointmentTypeId === undefined ||
    businessId === undefined ||
    patientId === undefined ||
    practitionerId === undefined ||
    startsAt === undefined
  ) {
    return { kind: "invalid", errors };
  }
  if (rest.endsAt !== undefined && rest.endsAt <= startsAt) {
    return { kind: "invalid", errors: { ends_at: "must be after the start" } };
  }
  const booking = { appointmentTypeId, businessId, patientId, practitionerId, startsAt, ...rest };
  return { kind: "read", value: { booking, rule: repeatRule } };
}

/** Fields that may be written; any other, such as patient_arrived, is ignored as strong parameters do. */
export function readChanges(state: ClinicState, fields: Fields): Reading<AppointmentChanges> {
  const errors: Record<string, string> = {};
  const reference = (name: string, isKnown: (id: string) => boolean): string | undefined => {
    if (fields[name] === undefined) return undefined;
    const id = toId(fields[name]);
    if (id !== undefined && isKnown(id)) return id;
    errors[name] = "must exist";
    return undefined;
  };
  const moment = (name: string): number | undefined => {
    if (fields[name] === undefined) return undefined;
    const value = fields[name];
    const seconds = typeof value === "string" ? parseWireTime(value) : undefined;
    if (seconds === undefined) errors[name] = "is not a valid date time";
    return seconds === undefined ? undefined : seconds * 1000;
  };
  const read = {
    appointmentTypeId: reference("appointment_type_id", (id) =>
      isActive(state.appointmentTypes.current(id)?.row),
    ),
    businessId: reference("business_id", (id) => isActive(state.businesses.current(id)?.row)),
    patientId: reference("patient_id", (id) => isActive(state.patients.current(id)?.row)),
    practitionerId: reference(
      "practitioner_id",
      (id) => state.practitioners.current(id)?.row.active === true,
    ),
    startsAt: moment("starts_at"),
    endsAt: moment("ends_at"),
    repeatRule: readRule(fields["repeat_rule"], errors),
  };
  if (read.startsAt !== undefined && read.endsAt !== undefined && read.endsAt <= read.startsAt) {
    errors["ends_at"] = "must be after the start";
  }
  if (Object.keys(errors).length > 0) return { kind: "invalid", errors };
  return { kind: "read", value: withoutUndefined(read, fields) };
}

function isActive(row: { readonly archived_at: number | null } | undefined): boolean {
  return row !== undefined && row.archived_at === null;
}

function withoutUndefined(
  read: { readonly [Name in keyof AppointmentChanges]: AppointmentChanges[Name] | undefined },
  fields: Fields,
): AppointmentChanges {
  const { appointmentTypeId, businessId, patientId, practitionerId, startsAt, endsAt, repeatRule } = read;
  const { notes, patient_case_id: caseId } = fields;
  return {
    ...(appointmentTypeId === undefined ? {} : { appointmentTypeId }),
    ...(businessId === undefined ? {} : { businessId }),
    ...(patientId === undefined ? {} : { patientId }),
    ...(practitionerId === undefined ? {} : { practitionerId }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(repeatRule === undefined ? {} : { repeatRule }),
    ...(typeof notes === "string" || notes === null ? { notes } : {}),
    ...(caseId === undefined ? {} : { patientCaseId: toId(caseId) ?? null }),
  };
}

export function readCancellation(fields: Fields): Reading<Cancellation> {
  const reason = Number(fields["cancellation_reason"] ?? Number.NaN);
  if (!CANCELLATION_REASONS.includes(reason)) {
    const blank = fields["cancellation_reason"] === undefined || fields["cancellation_reason"] === null;
    const complaint = blank ? "can't be blank" : "is not included in the list";
    return { kind: "invalid", errors: { cancellation_reason: complaint } };
  }
  const note = fields["cancellation_note"];
  return {
    kind: "read",
    value: {
      reason,
      note: typeof note === "string" ? note : null,
      applyToRepeats: fields["apply_to_repeats"] === true,
    },
  };
}

const LONGEST_SERIES = 52;

function readRule(value: unknown, errors: Record<string, string>): RepeatRule | undefined {
  if (value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0))
    return undefined;
  const rule = isObject(value) ? value : {};
  const { repeat_type, repeating_interval: interval = 1, number_of_repeats: count } = rule;
  if (repeat_type !== "Daily" && repeat_type !== "Weekly" && repeat_type !== "Monthly") {
    errors["repeat_rule"] = "repeat_type must be Daily, Weekly or Monthly";
    return undefined;
  }
  if (!isCount(interval) || !isCount(count) || count > LONGEST_SERIES) {
    errors["repeat_rule"] = `repeats must be between 1 and ${LONGEST_SERIES}`;
    return undefined;
  }
  return { repeat_type, repeating_interval: interval, number_of_repeats: count };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}
