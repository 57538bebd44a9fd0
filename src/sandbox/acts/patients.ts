import type { ClinicState } from "../clinic/clinic-state.ts";
import { NOBODY } from "../storage/columns.ts";
import type { AnyRow } from "../storage/table.ts";
import { ARCHIVABLE } from "../tables/define-table.ts";
import type { PatientRow } from "../tables/patients.ts";
import { specs, TABLE_NAMES, tableOf, type TableName } from "../tables/tables.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { change, remove } from "./act.ts";
import { commit } from "./commit.ts";
import { ImpossibleActError, rowOf } from "./enact.ts";
import { appointmentsOf } from "./follow.ts";

/**
 * The loser is archived with a link to the survivor, who receives everything of theirs. There is no way back. Answers the
 * ids of the appointments that moved.
 */
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
  const appointments = appointmentsOf(state, loserId).map(({ id }) => id);
  for (const { name, id, column } of recordsOf(state, loserId)) {
    change(state, name, id, { [column]: survivorId }, state.unknowns.mergeMovesUpdatedAt);
  }
  return appointments;
}

/**
 * What an administrator may do to an archived patient: it and everything of theirs vanishes, and no list ever says so. Where the
 * clinic keeps what a deleted patient leaves, that loses the name. Answers the ids of the appointments.
 */
export function deletePatientForGood(state: ClinicState, patientId: string): string[] {
  if (rowOf(state, "patients", patientId).archived_at === null) {
    throw new ImpossibleActError("a patient is archived before it can be deleted for good");
  }
  const appointments = appointmentsOf(state, patientId).map(({ id }) => id);
  for (const { name, id, column } of recordsOf(state, patientId)) {
    if (isLeft(state, name)) change(state, name, id, { [column]: NOBODY });
    else remove(state, name, id);
  }
  remove(state, "patients", patientId);
  return appointments;
}

const VISITS_AND_INVOICES: readonly TableName[] = ["individual_appointments", "attendees", "invoices"];

function isLeft({ unknowns }: ClinicState, name: TableName): boolean {
  if (unknowns.deletedPatientsLeave === "nothing") return false;
  return unknowns.deletedPatientsLeave === "everything" || VISITS_AND_INVOICES.includes(name);
}

/** Every record of another table that names the patient. Those that only follow another record go where that goes. */
function recordsOf(
  { tables }: ClinicState,
  patientId: string,
): readonly { readonly name: TableName; readonly id: string; readonly column: string }[] {
  // Appointments come before places, as in the diary.
  const others = TABLE_NAMES.filter((name) => name !== "patients").toReversed();
  return others.flatMap((name) => {
    const spec = specs[name];
    const leadsTo = (column: string, row: AnyRow): string | undefined => {
      const { to, leadsTo: chosen } = spec.columns[column] ?? {};
      return chosen?.(row) ?? to;
    };
    const links = Object.keys(spec.columns).filter((column) => spec.columns[column]?.kind === "link");
    return tableOf(tables, name)
      .currentRows()
      .filter((row) => spec.owes?.(row) !== false)
      .flatMap((row) => {
        const column = links.find((link) => row[link] === patientId && leadsTo(link, row) === "patients");
        return column === undefined ? [] : [{ name, id: row.id, column }];
      });
  });
}
