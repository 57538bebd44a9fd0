import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AnyRow, Written } from "../storage/table.ts";
import type { AttendeeRow } from "../tables/attendees.ts";
import type { AppointmentRow } from "../tables/individual-appointments.ts";
import { specs, tableOf, type Row, type TableName } from "../tables/tables.ts";
import { followAppointment, toFirstAttendee } from "./attendee-mirror.ts";

type Hooks = { readonly [Name in TableName]?: (state: ClinicState, row: Row<Name>) => void };

/** What is written with a record, before it: so the last entry of an act is the one that owes an event. */
const WRITTEN_WITH: Hooks = {
  /** The one attendee of an appointment is made with it and follows it. */
  individual_appointments: (state: ClinicState, row: AppointmentRow) => {
    const [attendeeId = ""] = state.seating.attendeeIdsOf(row.id);
    const attendee = state.tables.attendees.current(attendeeId)?.row;
    const next =
      attendee === undefined
        ? toFirstAttendee(row, state.nextId(state.now()), state.unknowns)
        : followAppointment(attendee, row, state.unknowns);
    if (next !== undefined) commit(state, "attendees", next, []);
  },
  attendees: (state: ClinicState, row: AttendeeRow) => state.seating.seat(row.booking_id, row.id),
};

/** Writes the next state of a record and tells the ledger what was done. No facts: noise. */
export function commit<Name extends TableName>(
  state: ClinicState,
  name: Name,
  row: Row<Name>,
  facts: readonly string[],
): void {
  WRITTEN_WITH[name]?.(state, row);
  const written = state.tables[name].put(stamped(state, row), visibleFrom(state));
  tell(state, name, written, facts);
}

/** Takes a record away without a trace upstream; only the ledger remembers, with the last state it had. */
export function commitRemoval(state: ClinicState, name: TableName, id: string): void {
  const table = tableOf(state.tables, name);
  const stored = table.current(id);
  if (stored === undefined) return;
  const { disappearance = "deleted" } = specs[name];
  const facts = [disappearance, ...(specs[name].goneWith?.(stored.render()) ?? [])];
  tell(state, name, { ...table.remove(id, visibleFrom(state)), stored }, facts);
  if (name !== "individual_appointments") return;
  for (const attendeeId of state.seating.attendeeIdsOf(id)) commitRemoval(state, "attendees", attendeeId);
}

function stamped<Name extends TableName>({ faults }: ClinicState, row: Row<Name>): Row<Name> {
  const seconds = faults.stampedEarlySeconds();
  return seconds === 0 ? row : { ...row, updated_at: row.updated_at - seconds };
}

function visibleFrom(state: ClinicState): number {
  return state.now() + state.faults.commitDelayMs();
}

function tell(
  state: ClinicState,
  resource: TableName,
  { stored, visibleAt }: Written<AnyRow>,
  facts: readonly string[],
): void {
  const spec = specs[resource];
  if (spec.subject === undefined) return;
  const owed = spec.owes?.(stored.row) === false ? [] : facts;
  state.ledger.append({
    at: state.now(),
    visibleAt,
    resource,
    id: stored.row.id,
    render: stored.render,
    facts: owed,
    noise: owed.length === 0,
    baseline: false,
  });
}
