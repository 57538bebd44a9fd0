import { ImpossibleActError, lengthOf, type NewAppointment } from "./appointment-acts.ts";
import { archivedNow, unarchivedNow } from "./archive-marks.ts";
import { toBookingFacts } from "./booking-facts.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAttendee, commitGroupAppointment } from "./commit.ts";
import type { AttendeeRow, GroupAppointmentRow } from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";

/** What it takes to set up a class. Without a number of places, the appointment type says how many there are. */
export type NewGroup = Pick<
  NewAppointment,
  "practitionerId" | "businessId" | "appointmentTypeId" | "startsAt" | "endsAt" | "notes"
> & { readonly maxAttendees?: number };

/** What may be changed later. A new start without a new end keeps the length. */
export type GroupChanges = Partial<NewGroup>;

export function groupOf(state: ClinicState, id: string): GroupAppointmentRow {
  const row = state.groupAppointments.current(id)?.row;
  if (row === undefined) throw new ImpossibleActError(`there is no group appointment ${id}`);
  return row;
}

/** An empty class. */
export function bookGroup(state: ClinicState, booking: NewGroup): string {
  const startsAt = toEpochSeconds(booking.startsAt);
  const seconds = toEpochSeconds(state.now());
  const length = lengthOf(state, booking.appointmentTypeId);
  const row: GroupAppointmentRow = {
    ...blankGroup(),
    id: state.nextId(state.now()),
    created_at: seconds,
    updated_at: seconds,
    starts_at: startsAt,
    ends_at: booking.endsAt === undefined ? startsAt + length : toEpochSeconds(booking.endsAt),
    appointment_type_id: booking.appointmentTypeId,
    business_id: booking.businessId,
    practitioner_id: booking.practitionerId,
    max_attendees:
      booking.maxAttendees ??
      state.appointmentTypes.current(booking.appointmentTypeId)?.row.max_attendees ??
      1,
    notes: booking.notes ?? null,
  };
  commitGroupAppointment(state, row, ["created"]);
  return row.id;
}

/** Answers whether anything changed. */
export function changeGroup(state: ClinicState, id: string, changes: GroupChanges): boolean {
  const row = groupOf(state, id);
  const starts_at = changes.startsAt === undefined ? row.starts_at : toEpochSeconds(changes.startsAt);
  const next: GroupAppointmentRow = {
    ...row,
    starts_at,
    ends_at:
      changes.endsAt === undefined
        ? starts_at + (row.ends_at - row.starts_at)
        : toEpochSeconds(changes.endsAt),
    practitioner_id: changes.practitionerId ?? row.practitioner_id,
    business_id: changes.businessId ?? row.business_id,
    appointment_type_id: changes.appointmentTypeId ?? row.appointment_type_id,
    max_attendees: changes.maxAttendees ?? row.max_attendees,
    notes: changes.notes === undefined ? row.notes : changes.notes,
    updated_at: toEpochSeconds(state.now()),
  };
  const edited =
    next.notes !== row.notes ||
    next.max_attendees !== row.max_attendees ||
    next.appointment_type_id !== row.appointment_type_id;
  const facts = toBookingFacts(row, next, edited);
  if (facts.length === 0) return false;
  commitGroupAppointment(state, next, facts);
  touchAttendees(state, next);
  return true;
}

/** A class has no cancellation: it is archived, and where the clinic was told so its places with it. */
export function archiveGroup(state: ClinicState, id: string): void {
  const row = groupOf(state, id);
  if (row.archived_at !== null) return;
  const next = { ...row, ...archivedNow(state, row) };
  commitGroupAppointment(state, next, ["archived"]);
  if (!state.unknowns.endedBookingEndsAttendees) {
    touchAttendees(state, next);
    return;
  }
  for (const place of placesOf(state, id)) {
    if (place.archived_at !== null) continue;
    commitAttendee(state, { ...place, ...archivedNow(state, place) }, ["archived"]);
  }
}

/** There is no way to un-archive a class today. A client should survive it all the same. */
export function unarchiveGroup(state: ClinicState, id: string): void {
  const row = groupOf(state, id);
  if (row.archived_at === null) return;
  commitGroupAppointment(state, { ...row, ...unarchivedNow(state) }, ["unarchived"]);
  for (const place of placesOf(state, id)) {
    // Places archived on their own stay so.
    if (place.archived_at !== row.archived_at) continue;
    commitAttendee(state, { ...place, ...unarchivedNow(state) }, ["unarchived"]);
  }
}

/** The places of a class as they are now, whatever their state. */
export function placesOf(state: ClinicState, groupId: string): AttendeeRow[] {
  return state.seating
    .attendeeIdsOf(groupId)
    .map((id) => state.attendees.current(id)?.row)
    .filter((row) => row !== undefined);
}

export function isOpen(place: AttendeeRow): boolean {
  return place.cancelled_at === null && place.archived_at === null;
}

/** A class of which nothing is known yet. */
export function blankGroup(): Pick<
  GroupAppointmentRow,
  | "archived_at"
  | "deleted_at"
  | "repeated_from_id"
  | "repeat_rule"
  | "max_attendees"
  | "notes"
  | "patient_ids"
> {
  return {
    archived_at: null,
    deleted_at: null,
    repeated_from_id: null,
    repeat_rule: null,
    max_attendees: 8,
    notes: null,
    patient_ids: [],
  };
}

/** Noise, where the clinic was told that a class takes its attendees along. */
function touchAttendees(state: ClinicState, group: GroupAppointmentRow): void {
  if (!state.unknowns.bookingMovesAttendees) return;
  for (const place of placesOf(state, group.id)) {
    const updated_at = Math.max(place.updated_at, group.updated_at);
    if (updated_at !== place.updated_at) commitAttendee(state, { ...place, updated_at }, []);
  }
}
