import { firstFrom, hiddenBits, type Block, type History } from "./blocks.ts";
import type { Condition } from "./filters.ts";
import { compareIds, withoutLeadingZeros } from "../clinic/ids.ts";
import { seenOf, type AnyRow, type ReadableTable, type Stored } from "./table.ts";
import { parseWireTime } from "../wire/time.ts";

/** A reading of one table, taken apart into what ids and blocks can answer and what each row must be asked. */
export interface Reading {
  readonly momentMs: number;
  /** Bits of `hiddenBits` that keep a row out. */
  readonly hiddenMask: number;
  readonly ids: IdRange;
  /** Of updated_at, both included. */
  readonly updated: Span;
  readonly tests: readonly ((row: AnyRow) => boolean)[];
  /** Another look at a row, or undefined to leave it out. */
  readonly derive: ((stored: Stored<AnyRow>) => Stored<AnyRow> | undefined) | undefined;
}

/** Bounds are ids; what is `undefined` is open. From is included, to is not. */
export interface IdRange {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Found {
  /** Those in the window, in the order of ids. */
  readonly rows: readonly Stored<AnyRow>[];
  /** All of them. */
  readonly count: number;
}

/** Turns conditions into bounds where it can, and leaves the rest to be asked of each row. */
export function planReading(
  conditions: readonly Condition[],
  rest: Pick<Reading, "momentMs" | "hiddenMask" | "tests" | "derive">,
): Reading {
  let ids: IdRange = { from: undefined, to: undefined };
  let updated: Span = { from: -Infinity, to: Infinity };
  const tests = [...rest.tests];
  for (const condition of conditions) {
    if (condition.operator === "*") continue;
    const range = toIdRange(condition);
    const span = toSpan(condition);
    if (range !== undefined) ids = narrow(ids, range);
    if (span !== undefined) {
      updated = { from: Math.max(updated.from, span.from), to: Math.min(updated.to, span.to) };
    }
    const isExact = span !== undefined || (range !== undefined && !condition.value.includes(","));
    if (!isExact) tests.push(condition.accepts);
  }
  return { ...rest, ids, updated, tests };
}

/** Counts everything that fits, and collects what falls into the window [from, to) of it. */
export function scan(
  table: ReadableTable<AnyRow>,
  reading: Reading,
  window: { readonly from: number; readonly to: number },
): Found {
  const rows: Stored<AnyRow>[] = [];
  let count = 0;
  for (const block of table.blocks()) {
    const histories = cutToRange(block.histories, reading.ids);
    if (histories.length === 0) continue;
    const known = countBlock(block, histories, reading);
    if (known === 0) continue;
    const isOutside = known !== undefined && (count >= window.to || count + known <= window.from);
    if (isOutside) {
      count += known;
      continue;
    }
    for (const { versions } of histories) {
      const stored = look(seenOf(versions, reading.momentMs), reading);
      if (stored === undefined) continue;
      if (count >= window.from && count < window.to) rows.push(stored);
      count += 1;
    }
  }
  return { rows, count };
}

/** How many rows of the block fit, where that is known without asking them. */
function countBlock(
  block: Block<AnyRow>,
  histories: readonly History<AnyRow>[],
  { momentMs, updated, tests, derive, hiddenMask }: Reading,
): number | undefined {
  if (momentMs < block.settledAt) return undefined;
  if (block.newestUpdate < updated.from || block.oldestUpdate > updated.to) return 0;
  const isCut = histories.length < block.histories.length;
  const isDivided = block.oldestUpdate < updated.from || block.newestUpdate > updated.to;
  if (isCut || isDivided || tests.length > 0 || derive !== undefined) return undefined;
  return block.counts.reduce((sum, count, bits) => ((bits & hiddenMask) === 0 ? sum + count : sum), 0);
}

function look(seen: Stored<AnyRow> | undefined, reading: Reading): Stored<AnyRow> | undefined {
  if (seen === undefined) return undefined;
  const stored = reading.derive === undefined ? seen : reading.derive(seen);
  if (stored === undefined) return undefined;
  const { row } = stored;
  if (row.updated_at < reading.updated.from || row.updated_at > reading.updated.to) return undefined;
  if (reading.hiddenMask !== 0 && (hiddenBits(row) & reading.hiddenMask) !== 0) return undefined;
  return reading.tests.every((test) => test(row)) ? stored : undefined;
}

function cutToRange(
  histories: readonly History<AnyRow>[],
  { from, to }: IdRange,
): readonly History<AnyRow>[] {
  const first = from === undefined ? 0 : firstFrom(histories, from);
  const last = to === undefined ? histories.length : firstFrom(histories, to);
  return first === 0 && last === histories.length ? histories : histories.slice(first, last);
}

function toIdRange({ column, operator, value }: Condition): IdRange | undefined {
  const wanted = value.split(",");
  if (column !== "id" || !wanted.every((one) => /^\d+$/.test(one))) return undefined;
  // Of a list: from its smallest to its largest.
  const sorted = wanted.map(withoutLeadingZeros).toSorted(compareIds);
  const id = sorted[0] ?? "0";
  const after = String(BigInt(sorted.at(-1) ?? "0") + 1n);
  switch (operator) {
    case ">":
      return { from: after, to: undefined };
    case ">=":
      return { from: id, to: undefined };
    case "<":
      return { from: undefined, to: id };
    case "<=":
      return { from: undefined, to: after };
    case "=":
      return { from: id, to: after };
    default:
      return undefined;
  }
}

function narrow(one: IdRange, other: IdRange): IdRange {
  return { from: larger(one.from, other.from), to: smaller(one.to, other.to) };
}

function larger(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compareIds(one, other) > 0 ? one : other;
}

function smaller(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compareIds(one, other) < 0 ? one : other;
}

/** Moments are whole seconds, so every bound can be one that is included. */
function toSpan({ column, operator, value }: Condition): Span | undefined {
  const seconds = column === "updated_at" ? parseWireTime(value) : undefined;
  if (seconds === undefined) return undefined;
  switch (operator) {
    case ">":
      return { from: seconds + 1, to: Infinity };
    case ">=":
      return { from: seconds, to: Infinity };
    case "<":
      return { from: -Infinity, to: seconds - 1 };
    case "<=":
      return { from: -Infinity, to: seconds };
    default:
      return undefined;
  }
}
