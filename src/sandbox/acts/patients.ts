import type { ClinicState } from "../clinic/clinic-state.ts";
import { ARCHIVABLE } from "../tables/define-table.ts";
import { toPatientName, type PatientRow } from "../tables/patients.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { commit, commitRemoval } from "./commit.ts";
import { ImpossibleActError, rowOf } from "./enact.ts";
import { appointmentsOf } from "./follow.ts";
import { handOverPlaces, removePlacesOf } from "./places.ts";

/** The loser is archived with a link to the survivor, who receives all its appointments and places. There is no way back. */
export function mergePatients(state: ClinicState, loserId: string, survivorId: string): string[] {
  const loser = rowOf(state, "patients", loserId);
  const survivor = rowOf(state, "patients", survivorId);
  if (loserId === survivorId || loser.merged_at !== null || survivor.archived_at !== null) {
    throw new ImpossibleActError(
      "a merge takes two different patients: one not merged yet, one not archived",
    );
  }
  const seconds = toEpochSeconds(state.now());
  const archiving = ARCHIVABLE.acts.archive(loser, { seconds, unknowns: state.unknowns });
  const merged: PatientRow = {
    ...loser,
    ...archiving?.writes,
    updated_at: seconds,
    merged_at: seconds,
    merged_with_patient_id: survivorId,
  };
  commit(state, "patients", merged, ["merged", ...(archiving?.tells ?? [])]);
  const moved = appointmentsOf(state, loserId);
  for (const row of moved) {
    const next = {
      ...row,
      patient_id: survivorId,
      patient_name: toPatientName(survivor),
      updated_at: state.unknowns.mergeMovesUpdatedAt ? seconds : row.updated_at,
    };
    commit(state, "individual_appointments", next, ["updated"]);
  }
  handOverPlaces(state, loserId, survivorId);
  return moved.map((row) => row.id);
}

/** What an administrator may do to an archived patient: it, its appointments and its places vanish, and no list ever says so. */
export function deletePatientForGood(state: ClinicState, id: string): string[] {
  if (rowOf(state, "patients", id).archived_at === null) {
    throw new ImpossibleActError("a patient is archived before it can be deleted for good");
  }
  const appointments = appointmentsOf(state, id);
  for (const row of appointments) commitRemoval(state, "individual_appointments", row.id);
  removePlacesOf(state, id);
  commitRemoval(state, "patients", id);
  return appointments.map((row) => row.id);
}
