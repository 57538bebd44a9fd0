import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { draft } from "./act.ts";
import { commit, commitRemoval } from "./commit.ts";
import { ImpossibleActError, rowOf } from "./enact.ts";
import { followAttendee, isOpen, placesOf } from "./follow.ts";

/** Gives a patient a place in a class. A class can be full, and nobody has two open places in it. */
export function addToGroup(state: ClinicState, groupId: string, patientId: string): string {
  const group = rowOf(state, "group_appointments", groupId);
  rowOf(state, "patients", patientId);
  const taken = placesOf(state, groupId).filter(isOpen);
  if (group.archived_at !== null || taken.length >= group.max_attendees) {
    throw new ImpossibleActError(`group appointment ${groupId} has no place left`);
  }
  if (taken.some((place) => place.patient_id === patientId)) {
    throw new ImpossibleActError(`patient ${patientId} has a place in ${groupId} already`);
  }
  const row = draft(state, "attendees", {
    booking_kind: "group",
    booking_id: groupId,
    patient_id: patientId,
  });
  commit(state, "attendees", row, ["added"]);
  followAttendee(state, row);
  return row.id;
}

/** In a merge: places in classes change hands, those of individual appointments follow their appointment. */
export function handOverPlaces(state: ClinicState, fromPatientId: string, toPatientId: string): void {
  const seconds = toEpochSeconds(state.now());
  for (const row of groupPlacesOfPatient(state, fromPatientId)) {
    const updated_at = state.unknowns.mergeMovesUpdatedAt ? seconds : row.updated_at;
    const next = { ...row, patient_id: toPatientId, updated_at };
    commit(state, "attendees", next, ["updated"]);
    followAttendee(state, next);
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
  return state.tables.attendees
    .currentRows()
    .filter((row) => row.booking_kind === "group" && row.patient_id === patientId);
}
