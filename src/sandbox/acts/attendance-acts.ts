import { appointmentOf } from "./appointment-acts.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { commitAppointment } from "./commit.ts";
import type { Fact } from "../audit/ledger.ts";
import type { AppointmentRow } from "../storage/rows.ts";
import { toEpochSeconds } from "../wire/time.ts";

/**
 * Arrival and no-show of an individual appointment, which only the screen can set.
 *
 *   never set  false/false
 *   arrived    patient_arrived true   ──clear──▶ null/null
 *   no-show    did_not_arrive true    ──clear──▶ null/null
 *
 * null and false mean the same, "not recorded". Going from one mark straight to the other takes the first one back.
 */
export function markArrived(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.patient_arrived === true) return;
  const facts: Fact[] = row.did_not_arrive === true ? ["arrived", "did_not_arrive_reverted"] : ["arrived"];
  commitMarks(state, { ...row, patient_arrived: true, did_not_arrive: false }, facts);
}

export function clearArrival(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.patient_arrived !== true) return;
  commitMarks(state, { ...row, patient_arrived: null, did_not_arrive: null }, ["arrival_reverted"]);
}

export function markDidNotArrive(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.did_not_arrive === true) return;
  const facts: Fact[] =
    row.patient_arrived === true ? ["did_not_arrive", "arrival_reverted"] : ["did_not_arrive"];
  commitMarks(state, { ...row, patient_arrived: false, did_not_arrive: true }, facts);
}

export function clearDidNotArrive(state: ClinicState, id: string): void {
  const row = appointmentOf(state, id);
  if (row.did_not_arrive !== true) return;
  commitMarks(state, { ...row, patient_arrived: null, did_not_arrive: null }, ["did_not_arrive_reverted"]);
}

function commitMarks(state: ClinicState, row: AppointmentRow, facts: readonly Fact[]): void {
  const seconds = toEpochSeconds(state.now());
  const updated_at = state.unknowns.arrivalMovesUpdatedAt ? seconds : row.updated_at;
  commitAppointment(state, { ...row, updated_at }, facts);
}
