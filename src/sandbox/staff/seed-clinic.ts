import { CANCELLATION_REASONS } from "../tables/cancellation-reasons.ts";
import type { Clinic } from "../clinic/clinic.ts";
import { inventPatient, NOTES, PRACTITIONERS } from "./invented-people.ts";
import { localTimeIn } from "../clinic/local-time.ts";
import { createRandom, type Random } from "../clinic/random.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import { seedClasses } from "./seed-classes.ts";
import { toEpochSeconds } from "../wire/time.ts";

export interface SeedOptions {
  readonly seed?: number;
  readonly practitioners?: number;
  readonly patients?: number;
  readonly appointments?: number;
  /** Classes, with people in them as far as there are patients. */
  readonly groupAppointments?: number;
}

export interface SeededClinic {
  readonly businessId: string;
  readonly practitionerIds: readonly string[];
  readonly appointmentTypeIds: readonly string[];
  readonly patientIds: readonly string[];
  readonly appointmentIds: readonly string[];
  readonly groupAppointmentIds: readonly string[];
  /** Attendees of the classes. */
  readonly placeIds: readonly string[];
}

const DAY_MS = 86_400_000;
const TYPES = [
  { name: "Initial consultation", category: "Consultation", color: "#3d8b7a", duration_in_minutes: 60 },
  { name: "Standard consultation", category: "Consultation", color: "#5b7db1", duration_in_minutes: 30 },
  { name: "Long consultation", category: "Consultation", color: "#b1785b", duration_in_minutes: 45 },
  {
    name: "Telehealth review",
    category: "Telehealth",
    color: "#8f6bb1",
    duration_in_minutes: 30,
    telehealth_enabled: true,
  },
] as const;

/** The diary a clinic opens with: half-hour slots from eight to six, a week back and two weeks ahead, no Sundays. */
const FIRST_SLOT_MINUTES = 8 * 60;
const SLOTS_A_DAY = 20;
const SLOT_MINUTES = 30;

/** Fills an empty clinic with a believable practice: the same seed and clock give the same one. */
export function seedClinic(clinic: Clinic, options: SeedOptions = {}): SeededClinic {
  const { seed = 1, practitioners = 4, patients = 180, appointments = 400, groupAppointments = 12 } = options;
  const random = createRandom(seed).fork("seed-clinic");
  const now = clinic.now();
  const opened = toEpochSeconds(now - 900 * DAY_MS);
  const { plant } = clinic;
  const businessId = plant.business({ created_at: opened });
  const appointmentTypeIds = TYPES.map((type, index) =>
    plant.appointmentType({ ...type, created_at: opened + index }),
  );
  const practitionerIds = Array.from({ length: practitioners }, (_, index) =>
    plant.practitioner({ ...PRACTITIONERS[index % PRACTITIONERS.length], created_at: opened + 60 + index }),
  );
  const patientIds = toMoments(random, patients, now - 800 * DAY_MS, now - 8 * DAY_MS).map((created_at) =>
    plant.patient({
      ...inventPatient(random),
      created_at,
      ...(random.chance(0.03) ? archivedAt(clinic, created_at + 3 * 86_400) : {}),
    }),
  );
  const slots = toSlots(clinic, random, practitionerIds, appointments);
  const created = toMoments(random, slots.length, now - 40 * DAY_MS, now - 7 * DAY_MS - 1000);
  const appointmentIds = slots.map((slot, index) => {
    const type = random.integer(0, TYPES.length - 1);
    const created_at = created[index] ?? toEpochSeconds(now - 8 * DAY_MS);
    return plant.appointment({
      patient_id: random.pick(patientIds),
      practitioner_id: slot.practitionerId,
      business_id: businessId,
      appointment_type_id: appointmentTypeIds[type] ?? "",
      starts_at: toEpochSeconds(slot.startsAt),
      ends_at: toEpochSeconds(slot.startsAt) + (TYPES[type]?.duration_in_minutes ?? 30) * 60,
      created_at,
      ...inventHistory(clinic, random, slot.startsAt, created_at),
    });
  });
  const classes = seedClasses(clinic, {
    random: createRandom(seed).fork("seed-classes"),
    wanted: groupAppointments,
    businessId,
    practitionerIds,
    patientIds,
    created_at: opened + TYPES.length,
  });
  return {
    businessId,
    practitionerIds,
    appointmentTypeIds: [...appointmentTypeIds, classes.appointmentTypeId],
    patientIds,
    appointmentIds,
    groupAppointmentIds: classes.groupAppointmentIds,
    placeIds: classes.placeIds,
  };
}

/** Whole seconds between two moments, ascending: ids grow with creation. */
function toMoments(random: Random, count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, () => toEpochSeconds(from + random.next() * (to - from))).toSorted(
    (a, b) => a - b,
  );
}

interface Slot {
  readonly startsAt: number;
  readonly practitionerId: string;
}

function toSlots(clinic: Clinic, random: Random, practitionerIds: readonly string[], wanted: number): Slot[] {
  const localTime = localTimeIn(clinic.timeZone);
  const free: Slot[] = [];
  for (let day = -7; day <= 14; day += 1) {
    if (localTime.weekday(localTime.at(clinic.now(), day, FIRST_SLOT_MINUTES)) === 0) continue;
    for (let slot = 0; slot < SLOTS_A_DAY; slot += 1) {
      const startsAt = localTime.at(clinic.now(), day, FIRST_SLOT_MINUTES + slot * SLOT_MINUTES);
      free.push(...practitionerIds.map((practitionerId) => ({ startsAt, practitionerId })));
    }
  }
  // More appointments than slots: double bookings, as in life.
  return Array.from({ length: wanted }, () => {
    if (free.length === 0) return undefined;
    const index = wanted > free.length ? -1 : random.integer(0, free.length - 1);
    return index === -1 ? random.pick(free) : free.splice(index, 1)[0];
  }).filter((slot) => slot !== undefined);
}

/** What has happened to an appointment before the clinic opened. The latest of it is its updated_at. */
function inventHistory(
  clinic: Clinic,
  random: Random,
  startsAt: number,
  created_at: number,
): Partial<AppointmentRow> {
  const start = toEpochSeconds(startsAt);
  const notes = random.chance(0.35) ? random.pick(NOTES) : null;
  const later = created_at + random.integer(600, 5 * 86_400);
  if (random.chance(0.04)) return { notes, ...archivedAt(clinic, later) };
  if (random.chance(0.09)) {
    const reason = random.pick(CANCELLATION_REASONS);
    return { notes, cancelled_at: later, cancellation_reason: reason, updated_at: later };
  }
  if (startsAt >= clinic.now()) return { notes };
  const reminded = { notes, email_reminder_sent: true, sms_reminder_sent: true };
  const marked = Math.min(start + random.integer(-300, 900), toEpochSeconds(clinic.now()) - 1);
  const updated_at = Math.max(marked, created_at);
  return random.chance(0.08)
    ? { ...reminded, did_not_arrive: true, patient_arrived: false, updated_at }
    : { ...reminded, patient_arrived: true, did_not_arrive: false, invoice_status: 20, updated_at };
}

function archivedAt(
  clinic: Clinic,
  seconds: number,
): { archived_at: number; deleted_at: number | null; updated_at: number } {
  return {
    archived_at: seconds,
    deleted_at: clinic.unknowns.archiveSetsDeletedAt ? seconds : null,
    updated_at: seconds,
  };
}
