import { appointmentOf, ImpossibleActError, type Cancellation } from "./appointment-acts.ts";
import { archivedNow, unarchivedNow } from "./archive-marks.ts";
import { blankAttendee } from "./attendee-mirror.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAppointment, commitAttendee, commitGroupAppointment, commitRemoval } from "./commit.ts";
import { groupOf, isOpen, placesOf } from "./group-acts.ts";
import type { Fact } from "../audit/ledger.ts";
import type { AttendeeRow } from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";

export type PlaceCancellation = Omit<Cancellation, "applyToRepeats">;

export function attendeeOf(state: ClinicState, id: string): AttendeeRow {
  const row = state.attendees.current(id)?.row;
  if (row === undefined) throw new ImpossibleActError(`there is no attendee ${id}`);
  return row;
}

/** Gives a patient a place in a class. A class can be full, and nobody has two open places in it. */
export function addToGroup(state: ClinicState, groupId: string, patientId: string): string {
  const group = groupOf(state, groupId);
  const taken = placesOf(state, groupId).filter(isOpen);
  if (state.patients.current(patientId) === undefined) {
    throw new ImpossibleActError(`there is no patient ${patientId}`);
  }
  if (group.archived_at !== null || taken.length >= group.max_attendees) {
    throw new ImpossibleActError(`group appointment ${groupId} has no place left`);
  }
  if (taken.some((place) => place.patient_id === patientId)) {
    throw new ImpossibleActError(`patient ${patientId} has a place in ${groupId} already`);
  }
  const seconds = toEpochSeconds(state.now());
  const row = blankAttendee({
    id: state.nextId(state.now()),
    created_at: seconds,
    updated_at: seconds,
    booking_kind: "group",
    booking_id: groupId,
    patient_id: patientId,
  });
  commitAndFollow(state, row, ["added"]);
  return row.id;
}

/** Set once: a place cancelled before is left alone. */
export function cancelPlace(state: ClinicState, id: string, cancellation: PlaceCancellation): void {
  const row = placeOf(state, id);
  if (row.cancelled_at !== null) return;
  const seconds = toEpochSeconds(state.now());
  const next: AttendeeRow = {
    ...row,
    cancelled_at: seconds,
    cancellation_reason: cancellation.reason,
    cancellation_note: cancellation.note ?? null,
    updated_at: state.unknowns.cancelMovesUpdatedAt ? seconds : row.updated_at,
  };
  commitAndFollow(state, next, ["cancelled"]);
}

/** Cliniko says a cancellation is never cleared. A client should survive it all the same. */
export function reinstatePlace(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.cancelled_at === null) return;
  const next: AttendeeRow = {
    ...row,
    cancelled_at: null,
    cancellation_reason: null,
    cancellation_note: null,
    updated_at: toEpochSeconds(state.now()),
  };
  commitAndFollow(state, next, ["reinstated"]);
}

export function archivePlace(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.archived_at !== null) return;
  commitAndFollow(state, { ...row, ...archivedNow(state, row) }, ["archived"]);
}

/** There is no way to un-archive a place today. A client should survive it all the same. */
export function unarchivePlace(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.archived_at === null) return;
  commitAndFollow(state, { ...row, ...unarchivedNow(state) }, ["unarchived"]);
}

/**
 * Arrival and no-show at a class.
 *
 *   null ──▶ true (arrived) ──clear──▶ null
 *   null ──▶ false (no-show) ──clear──▶ null
 *
 * Going from one mark straight to the other takes the first one back.
 */
export function markPlaceArrived(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.arrived === true) return;
  mark(state, row, true, row.arrived === false ? ["arrived", "did_not_arrive_reverted"] : ["arrived"]);
}

export function markPlaceDidNotArrive(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.arrived === false) return;
  mark(state, row, false, row.arrived === true ? ["did_not_arrive", "arrival_reverted"] : ["did_not_arrive"]);
}

export function clearPlace(state: ClinicState, id: string): void {
  const row = placeOf(state, id);
  if (row.arrived === null) return;
  mark(state, row, null, [row.arrived ? "arrival_reverted" : "did_not_arrive_reverted"]);
}

/** Of any attendee; that of an individual appointment owes no event for it. Answers whether anything changed. */
export function editAttendeeNote(state: ClinicState, id: string, notes: string | null): boolean {
  const row = attendeeOf(state, id);
  if (row.notes === notes) return false;
  commitAndFollow(state, { ...row, notes, updated_at: toEpochSeconds(state.now()) }, ["updated"]);
  return true;
}

/** Noise: the system asks how it went. */
export function sendFollowUps(state: ClinicState, ids: readonly string[]): void {
  for (const id of ids) {
    const row = attendeeOf(state, id);
    const sent_email_follow_ups_count = row.sent_email_follow_ups_count + 1;
    const updated_at = toEpochSeconds(state.now());
    commitAndFollow(state, { ...row, sent_email_follow_ups_count, updated_at }, []);
  }
}

/** In a merge: places in classes change hands, those of individual appointments follow their appointment. */
export function handOverPlaces(state: ClinicState, fromPatientId: string, toPatientId: string): void {
  const seconds = toEpochSeconds(state.now());
  for (const row of groupPlacesOfPatient(state, fromPatientId)) {
    const updated_at = state.unknowns.mergeMovesUpdatedAt ? seconds : row.updated_at;
    commitAndFollow(state, { ...row, patient_id: toPatientId, updated_at }, ["updated"]);
  }
}

/** Places in classes of a patient who is deleted for good vanish with them. */
export function removePlacesOf(state: ClinicState, patientId: string): void {
  for (const row of groupPlacesOfPatient(state, patientId)) {
    commitRemoval(state, "attendees", row.id);
    followAttendee(state, { ...row, updated_at: toEpochSeconds(state.now()) });
  }
}

function groupPlacesOfPatient(state: ClinicState, patientId: string): AttendeeRow[] {
  return state.attendees
    .currentRows()
    .filter((row) => row.booking_kind === "group" && row.patient_id === patientId);
}

function placeOf(state: ClinicState, id: string): AttendeeRow {
  const row = attendeeOf(state, id);
  if (row.booking_kind === "group") return row;
  throw new ImpossibleActError(`attendee ${id} belongs to an individual appointment: act on that`);
}

function mark(state: ClinicState, row: AttendeeRow, arrived: boolean | null, facts: readonly Fact[]): void {
  const seconds = toEpochSeconds(state.now());
  const updated_at = state.unknowns.arrivalMovesUpdatedAt ? seconds : row.updated_at;
  commitAndFollow(state, { ...row, arrived, updated_at }, facts);
}

function commitAndFollow(state: ClinicState, row: AttendeeRow, facts: readonly Fact[]): void {
  commitAttendee(state, row, facts);
  followAttendee(state, row);
}

/** What a change of an attendee does to its booking is noise: a new updated_at, another list of patients. */
function followAttendee(state: ClinicState, row: AttendeeRow): void {
  const moved = (updated_at: number): number =>
    state.unknowns.attendeeMovesBooking ? Math.max(updated_at, row.updated_at) : updated_at;
  if (row.booking_kind === "individual") {
    const appointment = appointmentOf(state, row.booking_id);
    const updated_at = moved(appointment.updated_at);
    if (updated_at !== appointment.updated_at) commitAppointment(state, { ...appointment, updated_at }, []);
    return;
  }
  const group = groupOf(state, row.booking_id);
  const updated_at = moved(group.updated_at);
  const patient_ids = toPatientIds(placesOf(state, group.id));
  if (updated_at === group.updated_at && patient_ids.join() === group.patient_ids.join()) return;
  commitGroupAppointment(state, { ...group, updated_at, patient_ids }, []);
}

/** Whether cancelled places count is not documented: here, who is expected. */
export function toPatientIds(places: readonly AttendeeRow[]): string[] {
  return places.filter(isOpen).map((place) => place.patient_id);
}
