import type { ClinicState } from "../clinic/clinic-state.ts";
import { draft } from "./act.ts";
import { commit } from "./commit.ts";
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
