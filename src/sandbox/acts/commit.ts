import { followAppointment, toFirstAttendee } from "./attendee-mirror.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import type { Fact, LedgerResource } from "../audit/ledger.ts";
import type {
  AppointmentRow,
  AttendeeRow,
  BaseRow,
  GroupAppointmentRow,
  PatientRow,
} from "../storage/rows.ts";
import type { Stored, Written } from "../storage/table.ts";

/**
 * Writes the next state of an appointment and tells the ledger what was done. No facts: noise. Its one attendee is
 * made with it and follows it; it is written first, so that the last entry of an act is the one that owes an event.
 */
export function commitAppointment(state: ClinicState, row: AppointmentRow, facts: readonly Fact[]): void {
  const [attendeeId = ""] = state.seating.attendeeIdsOf(row.id);
  const attendee = state.attendees.current(attendeeId)?.row;
  const next =
    attendee === undefined
      ? toFirstAttendee(row, state.nextId(state.now()), state.unknowns)
      : followAppointment(attendee, row, state.unknowns);
  if (next !== undefined) commitAttendee(state, next, []);
  const written = state.appointments.put(stamped(state, row), visibleFrom(state));
  tell(state, "individual_appointments", row.id, written, facts);
}

export function commitGroupAppointment(
  state: ClinicState,
  row: GroupAppointmentRow,
  facts: readonly Fact[],
): void {
  tell(
    state,
    "group_appointments",
    row.id,
    state.groupAppointments.put(stamped(state, row), visibleFrom(state)),
    facts,
  );
}

/** The attendee of an individual appointment never owes an event, whatever was done: its appointment does. */
export function commitAttendee(state: ClinicState, row: AttendeeRow, facts: readonly Fact[]): void {
  const written = state.attendees.put(stamped(state, row), visibleFrom(state));
  state.seating.seat(row.booking_id, row.id);
  tell(state, "attendees", row.id, written, row.booking_kind === "individual" ? [] : facts);
}

export function commitPatient(state: ClinicState, row: PatientRow, facts: readonly Fact[]): void {
  tell(state, "patients", row.id, state.patients.put(stamped(state, row), visibleFrom(state)), facts);
}

/** Takes a record away without a trace upstream; only the ledger remembers, with the last state it had. */
export function commitRemoval(state: ClinicState, resource: LedgerResource, id: string): void {
  const table = tableOf(state, resource);
  const last = table.current(id);
  if (last === undefined) return;
  const isMirror = resource === "attendees" && state.attendees.current(id)?.row.booking_kind === "individual";
  const { visibleAt } = table.remove(id, visibleFrom(state));
  state.ledger.append({
    at: state.now(),
    visibleAt,
    resource,
    id,
    render: last.render,
    facts: isMirror ? [] : ["deleted"],
    noise: isMirror,
    baseline: false,
  });
  if (resource !== "individual_appointments") return;
  for (const attendeeId of state.seating.attendeeIdsOf(id)) commitRemoval(state, "attendees", attendeeId);
}

function stamped<Row extends BaseRow>({ faults }: ClinicState, row: Row): Row {
  const seconds = faults.stampedEarlySeconds();
  return seconds === 0 ? row : { ...row, updated_at: row.updated_at - seconds };
}

interface AnyTable {
  readonly current: (id: string) => Stored<BaseRow> | undefined;
  readonly remove: (id: string, visibleAt: number) => { readonly visibleAt: number };
}

function tableOf(state: ClinicState, resource: LedgerResource): AnyTable {
  switch (resource) {
    case "individual_appointments":
      return state.appointments;
    case "group_appointments":
      return state.groupAppointments;
    case "attendees":
      return state.attendees;
    case "patients":
      return state.patients;
  }
}

function visibleFrom(state: ClinicState): number {
  return state.now() + state.faults.commitDelayMs();
}

function tell<Row>(
  state: ClinicState,
  resource: LedgerResource,
  id: string,
  { stored, visibleAt }: Written<Row>,
  facts: readonly Fact[],
): void {
  state.ledger.append({
    at: state.now(),
    visibleAt,
    resource,
    id,
    render: stored.render,
    facts,
    noise: facts.length === 0,
    baseline: false,
  });
}
