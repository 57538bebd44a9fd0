import type { Clinic } from "../clinic/clinic.ts";
import type { LocalTime } from "../clinic/local-time.ts";
import type { Random } from "../clinic/random.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import type { PatientRow } from "../tables/patients.ts";
import { toPatientName } from "../tables/patients.ts";

/** What an act works with: the practice, the dice, and whom to leave alone for a while. */
export interface Reception {
  readonly clinic: Clinic;
  readonly random: Random;
  readonly localTime: LocalTime;
  /** Has nobody acted on this record within the gap, or within `gapMs` where that is longer? */
  readonly isQuiet: (id: string, gapMs?: number) => boolean;
}

export interface ActReport {
  /** Records this act wrote. */
  readonly recordIds: readonly string[];
  /** The act in a sentence. */
  readonly line: string;
}

const HOUR_SECONDS = 3600;
const BOOKABLE_DAYS = 14;
const TRIES = 25;

/** Appointments that still stand and may be acted on. */
export function standing(reception: Reception): AppointmentRow[] {
  return reception.clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null && reception.isQuiet(row.id));
}

export function upcoming(reception: Reception): AppointmentRow[] {
  const now = reception.clinic.now() / 1000;
  return standing(reception).filter((row) => row.starts_at > now);
}

/** Those whose patients are coming through the door, or should have: a day and a half back, so that nights work too. */
export function atTheDoor(reception: Reception): AppointmentRow[] {
  const { from, to } = atTheDoorSpan(reception);
  return standing(reception).filter((row) => row.starts_at > from && row.starts_at < to);
}

export function atTheDoorSpan(reception: Reception): { readonly from: number; readonly to: number } {
  const now = reception.clinic.now() / 1000;
  return { from: now - 36 * HOUR_SECONDS, to: now + HOUR_SECONDS };
}

export function activePatients(reception: Reception): PatientRow[] {
  return reception.clinic.desk
    .patients()
    .filter((row) => row.archived_at === null && reception.isQuiet(row.id));
}

/** One of them, or undefined when there is none: then another act is tried. */
export function pickOne<Item>(reception: Reception, items: readonly Item[]): Item | undefined {
  return items.length === 0 ? undefined : reception.random.pick(items);
}

/** A slot in opening hours of the coming fortnight that is free for the practitioner; a double booking as a last resort. */
export function findSlot(reception: Reception, practitionerId: string, lengthSeconds: number): number {
  const { clinic, random, localTime } = reception;
  const now = clinic.now();
  const visits = clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  const busy = [...visits, ...clinic.desk.groupAppointments()].filter(
    (row) => row.practitioner_id === practitionerId && row.archived_at === null,
  );
  let startsAt = now;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    startsAt = localTime.at(now, random.integer(0, BOOKABLE_DAYS), 8 * 60 + 15 * random.integer(0, 38));
    const from = startsAt / 1000;
    const isFree = busy.every((row) => row.starts_at >= from + lengthSeconds || row.ends_at <= from);
    if (isFree && startsAt > now && localTime.weekday(startsAt) !== 0) return startsAt;
  }
  return Math.max(startsAt, now + HOUR_SECONDS * 1000);
}

/** "Ada Quill's Thursday 10:00". */
export function describeVisit(reception: Reception, row: AppointmentRow): string {
  return `${row.patient_name}'s ${describeTime(reception, row.starts_at)}`;
}

export function describeTime(reception: Reception, epochSeconds: number): string {
  return reception.localTime.describe(epochSeconds * 1000);
}

export function describePatient(row: PatientRow): string {
  return toPatientName(row);
}

/** "Imogen Brightwater". */
export function describePractitioner(reception: Reception, id: string): string {
  const row = reception.clinic.desk.practitioners().find((practitioner) => practitioner.id === id);
  return row === undefined ? "somebody" : `${row.first_name} ${row.last_name}`;
}
