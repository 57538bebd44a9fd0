import type { ClinicState } from "./clinic-state.ts";
import type { Fact, LedgerResource } from "./ledger.ts";
import type { AppointmentRow, PatientRow } from "./rows.ts";
import type { Version } from "./table.ts";

/** Writes the next state of an appointment and tells the ledger what was done. No facts: noise. */
export function commitAppointment(state: ClinicState, row: AppointmentRow, facts: readonly Fact[]): void {
  const version = state.appointments.put(row, state.now() + state.faults.commitDelayMs());
  tell(state, "individual_appointments", row.id, version, facts);
}

export function commitPatient(state: ClinicState, row: PatientRow, facts: readonly Fact[]): void {
  const version = state.patients.put(row, state.now() + state.faults.commitDelayMs());
  tell(state, "patients", row.id, version, facts);
}

/** Takes a record away without a trace upstream; only the ledger remembers, with the last state it had. */
export function commitRemoval(state: ClinicState, resource: LedgerResource, id: string): void {
  const table = resource === "patients" ? state.patients : state.appointments;
  const last = table.current(id);
  if (last === undefined) return;
  const { visibleAt } = table.remove(id, state.now() + state.faults.commitDelayMs());
  state.ledger.append({
    at: state.now(),
    visibleAt,
    resource,
    id,
    record: last.wire,
    facts: ["deleted"],
    noise: false,
    baseline: false,
  });
}

function tell<Row>(
  state: ClinicState,
  resource: LedgerResource,
  id: string,
  version: Version<Row>,
  facts: readonly Fact[],
): void {
  if (version.stored === undefined) return;
  state.ledger.append({
    at: state.now(),
    visibleAt: version.visibleAt,
    resource,
    id,
    record: version.stored.wire,
    facts,
    noise: facts.length === 0,
    baseline: false,
  });
}
