import { CANCELLATION_REASONS, describeCancellation } from "../tables/cancellation-reasons.ts";
import { NOTES } from "./invented-people.ts";
import {
  activePatients,
  describePatient,
  describePractitioner,
  describeTime,
  describeVisit,
  findSlot,
  pickOne,
  standing,
  upcoming,
  type ActReport,
  type Reception,
} from "./reception.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";

const WEEK_SECONDS = 7 * 86_400;

/** What a receptionist does to the diary. Every act answers undefined when there is nobody to do it to. */
export function bookVisit(reception: Reception): ActReport | undefined {
  const plan = planVisit(reception);
  if (plan === undefined) return undefined;
  const id = reception.clinic.desk.book(plan.booking);
  return { recordIds: [id], line: `Reception booked ${plan.name} for ${plan.when}` };
}

export function bookCourse(reception: Reception): ActReport | undefined {
  const plan = planVisit(reception);
  if (plan === undefined) return undefined;
  const count = reception.random.integer(2, 5);
  const rule = { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: count } as const;
  const recordIds = reception.clinic.desk.bookSeries(plan.booking, rule);
  return { recordIds, line: `Reception booked ${plan.name} for ${plan.when}, weekly, ${count + 1} times` };
}

export function moveVisit(reception: Reception): ActReport | undefined {
  const row = pickOne(reception, upcoming(reception));
  if (row === undefined) return undefined;
  const startsAt = findSlot(reception, row.practitioner_id, row.ends_at - row.starts_at);
  if (!reception.clinic.desk.move(row.id, startsAt)) return undefined;
  const line = `Reception moved ${describeVisit(reception, row)} to ${describeMove(reception, row.starts_at, startsAt / 1000)}`;
  return { recordIds: [row.id], line };
}

export function cancelVisit(reception: Reception): ActReport | undefined {
  const { clinic, random } = reception;
  const row = pickOne(reception, upcoming(reception));
  if (row === undefined) return undefined;
  const reason = random.pick(CANCELLATION_REASONS);
  const wholeCourse =
    row.repeat_rule !== null &&
    random.chance(0.3) &&
    occurrencesOf(reception, row).every(isQuietIn(reception));
  const recordIds = clinic.desk.cancel(row.id, {
    reason,
    note: random.chance(0.3) ? "Rang this morning" : null,
    applyToRepeats: wholeCourse,
  });
  const rest = recordIds.length > 1 ? ` and ${recordIds.length - 1} repeats` : "";
  const why = describeCancellation(reason).toLowerCase();
  return { recordIds, line: `Reception cancelled ${describeVisit(reception, row)}${rest} (${why})` };
}

export function editVisitNote(reception: Reception): ActReport | undefined {
  const row = pickOne(reception, standing(reception));
  if (row === undefined) return undefined;
  const note = reception.random.pick(NOTES);
  const notes = row.notes === note ? `${note}.` : note;
  if (!reception.clinic.desk.editNote(row.id, notes)) return undefined;
  return { recordIds: [row.id], line: `Reception corrected the note on ${describeVisit(reception, row)}` };
}

export function handOver(reception: Reception): ActReport | undefined {
  const { clinic } = reception;
  const row = pickOne(reception, upcoming(reception));
  if (row === undefined) return undefined;
  const others = clinic.desk.practitioners().filter((one) => one.active && one.id !== row.practitioner_id);
  const other = pickOne(reception, others);
  if (other === undefined || !clinic.desk.changePractitioner(row.id, other.id)) return undefined;
  const line = `Reception gave ${describeVisit(reception, row)} to ${describePractitioner(reception, other.id)}`;
  return { recordIds: [row.id], line };
}

export function removeVisit(reception: Reception): ActReport | undefined {
  const row = pickOne(reception, standing(reception));
  if (row === undefined) return undefined;
  reception.clinic.desk.archive(row.id);
  return {
    recordIds: [row.id],
    line: `Reception removed ${describeVisit(reception, row)} from the calendar`,
  };
}

/** "Thursday 10:00"; where it is the same of another week, "Thursday 10:00, a week later". */
function describeMove(reception: Reception, from: number, to: number): string {
  const when = describeTime(reception, to);
  if (when !== describeTime(reception, from)) return when;
  const weeks = Math.round((to - from) / WEEK_SECONDS);
  const many = Math.abs(weeks) === 1 ? "a week" : `${Math.abs(weeks)} weeks`;
  return `${when}, ${many} ${weeks > 0 ? "later" : "earlier"}`;
}

/** A practitioner runs late: everything they still have that day moves by the same half hour. */
export function moveAfternoon(reception: Reception): ActReport | undefined {
  const rows = pickAfternoon(reception);
  if (rows.length === 0) return undefined;
  const recordIds = rows.map((row) => row.id);
  reception.clinic.desk.bulkMove(recordIds, 30 * 60_000);
  return { recordIds, line: `Reception moved ${describeAfternoon(reception, rows)} back by half an hour` };
}

/** A practitioner is ill: everything they still have that day is cancelled. */
export function cancelAfternoon(reception: Reception): ActReport | undefined {
  const rows = pickAfternoon(reception);
  if (rows.length === 0) return undefined;
  const recordIds = rows.map((row) => row.id);
  reception.clinic.desk.bulkCancel(recordIds, { reason: 50, note: "Practitioner unwell" });
  return { recordIds, line: `Reception cancelled ${describeAfternoon(reception, rows)}` };
}

function planVisit(
  reception: Reception,
): { booking: Parameters<Reception["clinic"]["desk"]["book"]>[0]; name: string; when: string } | undefined {
  const { desk } = reception.clinic;
  const patient = pickOne(reception, activePatients(reception));
  const practitioner = pickOne(
    reception,
    desk.practitioners().filter((one) => one.active),
  );
  const type = pickOne(
    reception,
    desk.appointmentTypes().filter((one) => one.max_attendees === 1),
  );
  const business = pickOne(reception, desk.businesses());
  if (patient === undefined || practitioner === undefined || type === undefined || business === undefined) {
    return undefined;
  }
  const startsAt = findSlot(reception, practitioner.id, type.duration_in_minutes * 60);
  return {
    booking: {
      patientId: patient.id,
      practitionerId: practitioner.id,
      businessId: business.id,
      appointmentTypeId: type.id,
      startsAt,
      notes: reception.random.chance(0.25) ? reception.random.pick(NOTES) : null,
    },
    name: describePatient(patient),
    when: `${describeTime(reception, startsAt / 1000)} with ${describePractitioner(reception, practitioner.id)}`,
  };
}

/** What one practitioner has from noon on, on one coming day; nothing when any of it was just acted on. */
function pickAfternoon(reception: Reception): AppointmentRow[] {
  const { localTime } = reception;
  const day = (row: AppointmentRow): number => localTime.at(row.starts_at * 1000, 0, 0);
  const anchor = pickOne(reception, upcoming(reception));
  if (anchor === undefined) return [];
  return upcoming(reception).filter(
    (row) =>
      row.practitioner_id === anchor.practitioner_id &&
      day(row) === day(anchor) &&
      localTime.minutesAfterMidnight(row.starts_at * 1000) >= 12 * 60,
  );
}

function describeAfternoon(reception: Reception, rows: readonly AppointmentRow[]): string {
  const [first] = rows;
  if (first === undefined) return "nothing";
  const weekday = describeTime(reception, first.starts_at).split(" ")[0] ?? "";
  const whose = describePractitioner(reception, first.practitioner_id);
  return `${whose}'s ${weekday} afternoon (${rows.length} ${rows.length === 1 ? "visit" : "visits"})`;
}

function occurrencesOf(reception: Reception, row: AppointmentRow): AppointmentRow[] {
  const seriesId = row.repeated_from_id ?? row.id;
  return reception.clinic.desk
    .appointments()
    .filter((other) => other.id === seriesId || other.repeated_from_id === seriesId);
}

function isQuietIn(reception: Reception): (row: AppointmentRow) => boolean {
  return (row) => reception.isQuiet(row.id);
}
