import { CANCELLATION_REASONS } from "../tables/cancellation-reasons.ts";
import type { Clinic } from "../clinic/clinic.ts";
import { localTimeIn } from "../clinic/local-time.ts";
import type { Random } from "../clinic/random.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import { toEpochSeconds } from "../wire/time.ts";

interface ClassPlan {
  readonly random: Random;
  readonly wanted: number;
  readonly businessId: string;
  readonly practitionerIds: readonly string[];
  readonly patientIds: readonly string[];
  /** Of the appointment type. */
  readonly created_at: number;
}

export interface SeededClasses {
  readonly appointmentTypeId: string;
  readonly groupAppointmentIds: readonly string[];
  readonly placeIds: readonly string[];
}

const DAY_MS = 86_400_000;
/** Before the first visit of the day and after the last, so that nobody is in two rooms. */
const CLASS_MINUTES = [7 * 60, 18 * 60] as const;
const CLASS_SECONDS = 45 * 60;
const PLACES = 8;
/** So that somebody is about to come, or has just been, at whatever hour the clinic opens. */
const FIRST_DAY = -1;
const DAYS = 15;

/** Pilates, two classes a day from yesterday on, never on Sundays; more at one hour when more are wanted. */
export function seedClasses(clinic: Clinic, plan: ClassPlan): SeededClasses {
  const { plant } = clinic;
  const appointmentTypeId = plant.appointmentType({
    name: "Pilates class",
    category: "Classes",
    color: "#b19a5b",
    duration_in_minutes: CLASS_SECONDS / 60,
    max_attendees: PLACES,
    created_at: plan.created_at,
  });
  const placeIds: string[] = [];
  const hours = toHours(clinic);
  const wanted = plan.practitionerIds.length === 0 ? 0 : plan.wanted;
  const groupAppointmentIds = Array.from({ length: wanted }, (_, index) => {
    const starts_at = hours[index % hours.length] ?? toEpochSeconds(clinic.now());
    const created_at = toEpochSeconds(clinic.now() - 20 * DAY_MS) + index * 60;
    const id = plant.groupAppointment({
      starts_at,
      ends_at: starts_at + CLASS_SECONDS,
      appointment_type_id: appointmentTypeId,
      business_id: plan.businessId,
      practitioner_id: plan.random.pick(plan.practitionerIds),
      created_at,
    });
    placeIds.push(...seedPlaces(clinic, plan, { id, starts_at, created_at }));
    return id;
  });
  return { appointmentTypeId, groupAppointmentIds, placeIds };
}

function toHours(clinic: Clinic): number[] {
  const localTime = localTimeIn(clinic.timeZone);
  return Array.from({ length: DAYS }, (_, day) =>
    CLASS_MINUTES.map((minutes) => localTime.at(clinic.now(), FIRST_DAY + day, minutes)),
  )
    .flat()
    .filter((startsAt) => localTime.weekday(startsAt) !== 0)
    .map(toEpochSeconds);
}

function seedPlaces(
  clinic: Clinic,
  { random, patientIds }: ClassPlan,
  group: { readonly id: string; readonly starts_at: number; readonly created_at: number },
): string[] {
  const left = [...patientIds];
  const count = Math.min(left.length, random.integer(3, PLACES - 2));
  return Array.from({ length: count }, (_, index) => {
    const [patient_id = ""] = left.splice(random.integer(0, left.length - 1), 1);
    const created_at = group.created_at + 3600 * (index + 1);
    return clinic.plant.place({
      booking_id: group.id,
      patient_id,
      created_at,
      ...inventAttendance(clinic, random, group.starts_at, created_at),
    });
  });
}

function inventAttendance(
  clinic: Clinic,
  random: Random,
  starts_at: number,
  created_at: number,
): Partial<AttendeeRow> {
  if (random.chance(0.1)) {
    const cancelled_at = created_at + random.integer(600, 5 * 86_400);
    return { cancelled_at, cancellation_reason: random.pick(CANCELLATION_REASONS), updated_at: cancelled_at };
  }
  const now = toEpochSeconds(clinic.now());
  // Some of those who came, or did not, are still to be marked.
  if (starts_at >= now || random.chance(0.5)) return {};
  const updated_at = Math.min(starts_at + random.integer(-300, 900), now - 1);
  return { arrived: !random.chance(0.15), updated_at };
}
