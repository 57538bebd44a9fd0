import type { ClinicState } from "../clinic/clinic-state.ts";
import type { AnyRow } from "../storage/table.ts";
import { specs, type Row, type TableName } from "../tables/tables.ts";
import { toEpochSeconds } from "../wire/time.ts";
import { commit, commitRemoval } from "./commit.ts";

/** Thrown for an act on something that is not there, or not in a state for it: a mistake in a test or a demo. */
export class ImpossibleActError extends Error {
  readonly code = "impossible_act";

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export function rowOf<Name extends TableName>(state: ClinicState, name: Name, id: string): Row<Name> {
  const row = state.tables[name].current(id)?.row;
  if (row === undefined) throw new ImpossibleActError(`there is no ${nounOf(name)} ${id}`);
  return row;
}

/** "group appointment". */
function nounOf(name: TableName): string {
  return (specs[name].subject ?? name.replace(/s$/, "")).replaceAll("_", " ");
}

/** What only follows another record is not acted on by itself. */
export function assertOwn(name: TableName, row: AnyRow): void {
  if (specs[name].owes?.(row) !== false) return;
  throw new ImpossibleActError(`${nounOf(name)} ${row.id} belongs to an individual appointment: act on that`);
}

/**
 * Does one of the acts of the record's table and nothing else: what follows for other records is the caller's to do.
 * Undefined when it is not in a state for it. @param more columns that the one who acts decides on
 */
export function enact<Name extends TableName>(
  state: ClinicState,
  name: Name,
  row: Row<Name>,
  act: string,
  more: Partial<Row<Name>> = {},
): Row<Name> | undefined {
  assertOwn(name, row);
  const { unknowns } = state;
  const seconds = toEpochSeconds(state.now());
  const { acts = {}, endings = {} } = specs[name];
  const deed = (acts[act] ?? endings[act])?.(row, { seconds, unknowns });
  if (deed === undefined) return undefined;
  if (deed.isGone) {
    commitRemoval(state, name, row.id);
    return row;
  }
  const isMoved = deed.moves === undefined || unknowns[deed.moves];
  const next = { ...row, ...deed.writes, ...more, updated_at: isMoved ? seconds : row.updated_at };
  commit(state, name, next, deed.tells);
  return next;
}
