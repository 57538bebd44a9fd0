import { factsBetween } from "../audit/compare.ts";
import type { ClinicState } from "../clinic/clinic-state.ts";
import { columnValue } from "../storage/columns.ts";
import { identityOf } from "../tables/define-table.ts";
import { specs, toNewRow, type Row, type TableName } from "../tables/tables.ts";
import { isSame } from "../wire/record.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { commit, commitRemoval } from "./commit.ts";
import { complete, DERIVE, keepLength } from "./complete.ts";
import { assertOwn, enact, rowOf } from "./enact.ts";
import { FOLLOW, MOVE } from "./follow.ts";

/** A new record, not yet written. */
export function draft<Name extends TableName>(
  state: ClinicState,
  name: Name,
  given: Partial<Row<Name>>,
): Row<Name> {
  const seconds = toEpochSeconds(state.now());
  const values = complete(state, name, given);
  const id = identityOf(specs[name], values) ?? state.nextId(state.now());
  return toNewRow(name, { id, created_at: seconds, updated_at: seconds }, values);
}

/** Answers the id. */
export function create<Name extends TableName>(
  state: ClinicState,
  name: Name,
  given: Partial<Row<Name>>,
): string {
  const row = draft(state, name, given);
  const { appearance = "created", facts = {} } = specs[name];
  const record = state.tables[name].print(row);
  const already = Object.keys(facts).filter((fact) => facts[fact]?.shows(undefined, record) === true);
  commit(state, name, row, [appearance, ...already]);
  MOVE[name]?.(state, row);
  return row.id;
}

/**
 * Answers whether anything changed: as upstream, writing the same values again does not touch the record.
 * @param moves whether updated_at does
 */
export function change<Name extends TableName>(
  state: ClinicState,
  name: Name,
  id: string,
  given: Partial<Row<Name>>,
  moves = true,
): boolean {
  const before = rowOf(state, name, id);
  const values = keepLength(before, given);
  const isSameRow = Object.entries(values).every(([column, value]) =>
    isSame(columnValue(before, column), value),
  );
  if (isSameRow) return false;
  const updated_at = moves ? toEpochSeconds(state.now()) : before.updated_at;
  const after = { ...before, ...values, updated_at };
  const next = { ...after, ...DERIVE[name]?.(state, after) };
  const table = state.tables[name];
  commit(state, name, next, factsBetween(name, table.print(before), table.print(next)));
  follow(state, name, before, next);
  return true;
}

/** Does one of the acts of the record's table. Answers whether it was in a state for it. */
export function perform<Name extends TableName>(
  state: ClinicState,
  name: Name,
  id: string,
  act: string,
  more?: Partial<Row<Name>>,
): boolean {
  const before = rowOf(state, name, id);
  const after = enact(state, name, before, act, more);
  if (after === undefined) return false;
  follow(state, name, before, after);
  return true;
}

/**
 * Writes a record, perhaps without changing it, and owes nobody an event: a background job, a reminder, a status that
 * follows another record. @param moves whether updated_at does
 */
export function scribble<Name extends TableName>(
  state: ClinicState,
  name: Name,
  id: string,
  values: Partial<Row<Name>> = {},
  moves = true,
): void {
  const before = rowOf(state, name, id);
  const updated_at = moves ? toEpochSeconds(state.now()) : before.updated_at;
  const after = { ...before, ...values, updated_at };
  commit(state, name, after, []);
  follow(state, name, before, after);
}

/** Takes it away for good: no list ever says so. */
export function remove(state: ClinicState, name: TableName, id: string): void {
  const before = rowOf(state, name, id);
  assertOwn(name, before);
  commitRemoval(state, name, id);
  follow(state, name, before, { ...before, updated_at: toEpochSeconds(state.now()) });
}

function follow<Name extends TableName>(
  state: ClinicState,
  name: Name,
  before: Row<Name>,
  after: Row<Name>,
): void {
  FOLLOW[name]?.(state, before, after);
}
