import { CANCELLATION_REASONS, describeCancellation } from "../tables/cancellation-reasons.ts";
import {
  activePatients,
  atTheDoorSpan,
  describePatient,
  describePractitioner,
  describeTime,
  findSlot,
  pickOne,
  type ActReport,
  type Reception,
} from "./reception.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { GroupAppointmentRow } from "../tables/group-appointments.ts";

/** What a receptionist does about classes. Every act answers undefined when there is no class, or nobody in it. */
export function bookClass(reception: Reception): ActReport | undefined {
  const { desk } = reception.clinic;
  const practitioner = pickOne(
    reception,
    desk.practitioners().filter((one) => one.active),
  );
  const type = pickOne(
    reception,
    desk.appointmentTypes().filter((one) => one.max_attendees > 1),
  );
  const business = pickOne(reception, desk.businesses());
  if (practitioner === undefined || type === undefined || business === undefined) return undefined;
  const startsAt = findSlot(reception, practitioner.id, type.duration_in_minutes * 60);
  const id = desk.bookGroup({
    practitionerId: practitioner.id,
    businessId: business.id,
    appointmentTypeId: type.id,
    startsAt,
  });
  const when = describeTime(reception, startsAt / 1000);
  const who = describePractitioner(reception, practitioner.id);
  return { recordIds: [id], line: `Reception set up a ${type.name} for ${when} with ${who}` };
}

export function joinClass(reception: Reception): ActReport | undefined {
  const { desk } = reception.clinic;
  const group = pickOne(
    reception,
    comingClasses(reception).filter((row) => row.patient_ids.length < row.max_attendees),
  );
  if (group === undefined) return undefined;
  const strangers = activePatients(reception).filter((row) => !group.patient_ids.includes(row.id));
  const patient = pickOne(reception, strangers);
  if (patient === undefined) return undefined;
  const id = desk.addToGroup(group.id, patient.id);
  const line = `Reception added ${describePatient(patient)} to ${describeClass(reception, group)}`;
  return { recordIds: [id, group.id], line };
}

export function cancelClassPlace(reception: Reception): ActReport | undefined {
  const { clinic, random } = reception;
  const place = pickOne(reception, comingClasses(reception).flatMap(openPlaces(reception)));
  if (place === undefined) return undefined;
  const reason = random.pick(CANCELLATION_REASONS);
  clinic.desk.cancelPlace(place.id, { reason, note: random.chance(0.3) ? "Rang this morning" : null });
  const why = describeCancellation(reason).toLowerCase();
  const line = `Reception cancelled ${describePlace(reception, place)} (${why})`;
  return { recordIds: [place.id, place.booking_id], line };
}

export function greetAtClass(reception: Reception): ActReport | undefined {
  const place = pickOne(reception, expected(reception));
  if (place === undefined) return undefined;
  reception.clinic.desk.markPlaceArrived(place.id);
  const line = `Reception marked ${describePlace(reception, place)} as arrived`;
  return { recordIds: [place.id, place.booking_id], line };
}

export function noteClassNoShow(reception: Reception): ActReport | undefined {
  const place = pickOne(reception, expected(reception));
  if (place === undefined) return undefined;
  reception.clinic.desk.markPlaceDidNotArrive(place.id);
  const line = `Reception marked ${describePlace(reception, place)} as did not arrive`;
  return { recordIds: [place.id, place.booking_id], line };
}

export function moveClass(reception: Reception): ActReport | undefined {
  const { desk } = reception.clinic;
  const group = pickOne(reception, comingClasses(reception));
  if (group === undefined) return undefined;
  const startsAt = findSlot(reception, group.practitioner_id, group.ends_at - group.starts_at);
  if (!desk.moveGroup(group.id, startsAt)) return undefined;
  const line = `Reception moved ${describeClass(reception, group)} to ${describeTime(reception, startsAt / 1000)}`;
  return { recordIds: [group.id, ...desk.attendeesOf(group.id).map((row) => row.id)], line };
}

function standingClasses(reception: Reception): GroupAppointmentRow[] {
  return reception.clinic.desk
    .groupAppointments()
    .filter((row) => row.archived_at === null && reception.isQuiet(row.id));
}

function comingClasses(reception: Reception): GroupAppointmentRow[] {
  const now = reception.clinic.now() / 1000;
  return standingClasses(reception).filter((row) => row.starts_at > now);
}

/** Those in a class that is about to begin, or was lately, of whom nothing is recorded yet. */
function expected(reception: Reception): AttendeeRow[] {
  const { from, to } = atTheDoorSpan(reception);
  return standingClasses(reception)
    .filter((row) => row.starts_at > from && row.starts_at < to)
    .flatMap(openPlaces(reception))
    .filter((place) => place.arrived === null);
}

function openPlaces(reception: Reception): (group: GroupAppointmentRow) => AttendeeRow[] {
  return (group) =>
    reception.clinic.desk
      .attendeesOf(group.id)
      .filter((row) => row.cancelled_at === null && row.archived_at === null && reception.isQuiet(row.id));
}

/** "Imogen Brightwater's Thursday 18:00 class". */
function describeClass(reception: Reception, row: GroupAppointmentRow): string {
  const whose = describePractitioner(reception, row.practitioner_id);
  return `${whose}'s ${describeTime(reception, row.starts_at)} class`;
}

function describePlace(reception: Reception, place: AttendeeRow): string {
  const { desk } = reception.clinic;
  const patient = desk.patients().find((row) => row.id === place.patient_id);
  const group = desk.groupAppointments().find((row) => row.id === place.booking_id);
  const who = patient === undefined ? "somebody" : describePatient(patient);
  return group === undefined ? `${who}'s place` : `${who}'s place in ${describeClass(reception, group)}`;
}
