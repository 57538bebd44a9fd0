import { archivedNow, unarchivedNow } from "./archive-marks.ts";
import { blankAppointment } from "./blank-appointment.ts";
import { toBookingFacts } from "./booking-facts.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAppointment } from "./commit.ts";
import { addRepeats } from "./repeats.ts";
import type { AppointmentRow, RepeatRule } from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { toPatientName } from "../wire/wire-patient.ts";

/** What it takes to book. Moments in ms; without an end, the appointment type says how long it lasts. */
export interface NewAppointment {
  readonly patientId: string;
  readonly practitionerId: string;
  readonly businessId: string;
  readonly appointmentTypeId: string;
  readonly startsAt: number;
  readonly endsAt?: number;
  readonly notes?: string | null;
  readonly patientCaseId?: string | null;
  readonly bookingIpAddress?: string | null;
}

/** What may be changed later. A new start without a new end keeps the length. */
export type AppointmentChanges = Partial<Omit<NewAppointment, "bookingIpAddress">> & {
  readonly repeatRule?: RepeatRule;
};

export interface Cancellation {
  /** 10, 20, 30, 31, 40, 50 or 60. */
  readonly reason: number;
  readonly note?: string | null;
  /** Also the later occurrences of the series. */
  readonly applyToRepeats?: boolean;
}

/** Thrown for an act on something that is not there, or not in a state for it: a mistake in a test or a demo. */
export class ImpossibleActError extends Error {
  readonly code = "impossible_act";

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export function appointmentOf(state: ClinicState, id: string): AppointmentRow {
  const row = state.appointments.current(id)?.row;
  if (row === undefined) throw new ImpossibleActError(`there is no appointment ${id}`);
  return row;
}

/** Books one appointment, or with a rule a series: every occurrence is a record of its own. The first id comes first. */
export function book(state: ClinicState, booking: NewAppointment, rule: RepeatRule | null = null): string[] {
  const first = toNewRow(state, booking, rule);
  const rows = rule === null ? [first] : [first, ...addRepeats(first, rule, () => state.nextId(state.now()))];
  for (const row of rows) commitAppointment(state, row, ["created"]);
  return rows.map((row) => row.id);
}

/** Answers whether anything changed: as upstream, writing the same values again does not touch the record. */
export function changeAppointment(state: ClinicState, id: string, changes: AppointmentChanges): boolean {
  const row = appointmentOf(state, id);
  const next = withChanges(state, row, changes);
  const edited =
    next.notes !== row.notes ||
    next.appointment_type_id !== row.appointment_type_id ||
    next.patient_id !== row.patient_id ||
    next.patient_case_id !== row.patient_case_id ||
    next.repeat_rule !== row.repeat_rule;
  const facts = toBookingFacts(row, next, edited);
  if (facts.length === 0) return false;
  commitAppointment(state, { ...next, updated_at: toEpochSeconds(state.now()) }, facts);
  return true;
}

/** Answers the ids that were cancelled: a cancellation is set once, so those cancelled before are left alone. */
export function cancelAppointment(state: ClinicState, id: string, cancellation: Cancellation): string[] {
  const row = appointmentOf(state, id);
  const affected = cancellation.applyToRepeats === true ? [row, ...laterOccurrences(state, row)] : [row];
  const open = affected.filter((one) => one.cancelled_at === null);
  const seconds = toEpochSeconds(state.now());
  for (const one of open) {
    const next: AppointmentRow = {
      ...one,
      cancelled_at: seconds,
      cancellation_reason: cancellation.reason,
      cancellation_note: cancellation.note ?? null,
      updated_at: state.unknowns.cancelMovesUpdatedAt ? seconds : one.updated_at,
    };
    commitAppointment(state, next, ["cancelled"]);
  }
  return open.map((one) => one.id);
}

/** Cliniko says a cancellation is never cleared. A client should survive it all the same. */
export function reinstateAppointment(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.cancelled_at === null) return;
  const next: AppointmentRow = {
    ...row,
    cancelled_at: null,
    cancellation_reason: null,
    cancellation_note: null,
    updated_at: toEpochSeconds(state.now()),
  };
  commitAppointment(state, next, ["reinstated"]);
}

export function archiveAppointment(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.archived_at !== null) return;
  commitAppointment(state, { ...row, ...archivedNow(state, row) }, ["archived"]);
}

/** There is no way to un-archive an appointment today. A client should survive it all the same. */
export function unarchiveAppointment(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.archived_at === null) return;
  commitAppointment(state, { ...row, ...unarchivedNow(state) }, ["unarchived"]);
}

/** Another appointment of the same practitioner at the same time. */
export function hasConflict(state: ClinicState, row: AppointmentRow): boolean {
  return state.appointments
    .currentRows()
    .some(
      (other) =>
        other.id !== row.id &&
        other.practitioner_id === row.practitioner_id &&
        other.cancelled_at === null &&
        other.archived_at === null &&
        other.starts_at < row.ends_at &&
        other.ends_at > row.starts_at,
    );
}

/** Which occurrences "apply to repeats" means is not documented: here, those of the series that start later. */
function laterOccurrences(state: ClinicState, row: AppointmentRow): AppointmentRow[] {
  const seriesId = row.repeated_from_id ?? row.id;
  return state.appointments
    .currentRows()
    .filter(
      (other) =>
        (other.id === seriesId || other.repeated_from_id === seriesId) &&
        other.starts_at > row.starts_at &&
        other.archived_at === null,
    )
    .toSorted((a, b) => a.starts_at - b.starts_at);
}

function toNewRow(state: ClinicState, booking: NewAppointment, rule: RepeatRule | null): AppointmentRow {
  const startsAt = toEpochSeconds(booking.startsAt);
  const seconds = toEpochSeconds(state.now());
  const basics = {
    id: state.nextId(state.now()),
    created_at: seconds,
    updated_at: seconds,
    starts_at: startsAt,
    ends_at:
      booking.endsAt === undefined
        ? startsAt + lengthOf(state, booking.appointmentTypeId)
        : toEpochSeconds(booking.endsAt),
    appointment_type_id: booking.appointmentTypeId,
    business_id: booking.businessId,
    practitioner_id: booking.practitionerId,
    patient_id: booking.patientId,
    patient_name: nameOf(state, booking.patientId),
  };
  return {
    ...blankAppointment(basics),
    patient_case_id: booking.patientCaseId ?? null,
    repeat_rule: rule,
    booking_ip_address: booking.bookingIpAddress ?? null,
    notes: booking.notes ?? null,
  };
}

function withChanges(state: ClinicState, row: AppointmentRow, changes: AppointmentChanges): AppointmentRow {
  const starts_at = changes.startsAt === undefined ? row.starts_at : toEpochSeconds(changes.startsAt);
  const patient_id = changes.patientId ?? row.patient_id;
  return {
    ...row,
    starts_at,
    ends_at:
      changes.endsAt === undefined
        ? starts_at + (row.ends_at - row.starts_at)
        : toEpochSeconds(changes.endsAt),
    practitioner_id: changes.practitionerId ?? row.practitioner_id,
    business_id: changes.businessId ?? row.business_id,
    appointment_type_id: changes.appointmentTypeId ?? row.appointment_type_id,
    patient_id,
    // Whoever writes the record rebuilds what is derived on it.
    patient_name: nameOf(state, patient_id),
    patient_case_id: changes.patientCaseId === undefined ? row.patient_case_id : changes.patientCaseId,
    notes: changes.notes === undefined ? row.notes : changes.notes,
    repeat_rule: changes.repeatRule ?? row.repeat_rule,
  };
}

function nameOf(state: ClinicState, patientId: string): string {
  const patient = state.patients.current(patientId)?.row;
  if (patient === undefined) throw new ImpossibleActError(`there is no patient ${patientId}`);
  return toPatientName(patient);
}

export function lengthOf(state: ClinicState, appointmentTypeId: string): number {
  const type = state.appointmentTypes.current(appointmentTypeId)?.row;
  if (type === undefined) throw new ImpossibleActError(`there is no appointment type ${appointmentTypeId}`);
  return type.duration_in_minutes * 60;
}
