import { describe, expect, test } from "vitest";
import { parseConditions, type Condition } from "../../../src/sandbox/storage/filters.ts";
import { createRandom } from "../../../src/sandbox/clinic/random.ts";
import { columnValue, type BaseRow } from "../../../src/sandbox/storage/columns.ts";
import { planReading, scan } from "../../../src/sandbox/storage/scan.ts";
import { createTable, type Table } from "../../../src/sandbox/storage/table.ts";
import { toHiddenMask } from "../../../src/sandbox/storage/blocks.ts";

type Row = BaseRow & Readonly<{ archived_at: number | null; cancelled_at: number | null; kind: string }>;

const COLUMNS = { id: "numeric", updated_at: "datetime", kind: "string", archived_at: "datetime" } as const;
const START = Date.UTC(2026, 0, 1) / 1000;
const ROWS = 900;

/** Three blocks and a half, written in no order, some of them twice, some gone, the last ones not visible yet. */
function fill(): Table<Row> {
  const random = createRandom(11);
  const table = createTable<Row>(({ id }) => ({ id }));
  const ids = Array.from({ length: ROWS }, (_, index) => index * 7 + 3);
  for (const id of ids.toSorted(() => random.next() - 0.5)) {
    const row = (): Row => ({
      id: String(id),
      created_at: START,
      updated_at: START + random.integer(0, 1000),
      archived_at: random.chance(0.2) ? START : null,
      cancelled_at: random.chance(0.3) ? START : null,
      kind: random.pick(["a", "b"]),
    });
    table.put(row(), -Infinity);
    if (random.chance(0.2)) table.put(row(), 1000);
    if (random.chance(0.05)) table.remove(String(id), 2000);
    if (random.chance(0.02)) table.put(row(), 9000);
  }
  return table;
}

function conditionsOf(filters: readonly string[]): readonly Condition[] {
  const result = parseConditions(filters, COLUMNS);
  if (result.kind !== "conditions") throw new Error(`not conditions: ${filters.join()}`);
  return result.conditions;
}

const at = (seconds: number): string => `${new Date((START + seconds) * 1000).toISOString().slice(0, 19)}Z`;

const FILTERS: string[][] = [
  [],
  ["id:>3000"],
  ["id:>=3003", "id:<=3003"],
  ["id:>100", "id:<4500"],
  ["id:=3,10,6000,6297,99999"],
  ["id:=0003003"],
  ["id:!=3"],
  ["id:>9999999999999999999"],
  ["id:>10", "id:<5"],
  [`updated_at:>=${at(990)}`],
  [`updated_at:>${at(500)}`, `updated_at:<${at(503)}`],
  [`updated_at:<=${at(0)}`, "id:>700"],
  ["updated_at:?", "id:>700"],
  ["kind:=a", "id:>1000", `updated_at:>=${at(300)}`],
  ["archived_at:*", "id:>2000"],
  ["archived_at:?"],
];

describe.each([["late"], ["settled"], ["early"]])("read %s", (when) => {
  const momentMs = { early: 500, late: 5000, settled: 10_000 }[when] ?? 0;

  const table = fill();

  test.each(FILTERS.map((filters) => [filters]))("%o finds what asking every row finds", (filters) => {
    const conditions = conditionsOf(filters);
    for (const hiddenBy of [[], ["archived_at"], ["archived_at", "cancelled_at"]] as const) {
      const rest = { momentMs, hiddenMask: toHiddenMask(hiddenBy), tests: [], derive: undefined };
      const expected = table
        .blocks()
        .flatMap((block) => block.histories)
        .map(({ id }) => table.seenAt(id, momentMs)?.row)
        .filter((row) => row !== undefined)
        .filter((row) => hiddenBy.every((column) => columnValue(row, column) === null))
        .filter((row) => conditions.every((condition) => condition.accepts(row)))
        .map((row) => Number(row.id));
      const reading = planReading(conditions, rest);
      for (const window of [
        { from: 0, to: Infinity },
        { from: 0, to: 10 },
        { from: 270, to: 290 },
        { from: 0, to: 0 },
      ]) {
        const { rows, count } = scan(table, reading, window);
        expect(count).toBe(expected.length);
        expect(rows.map(({ row }) => Number(row.id))).toEqual(expected.slice(window.from, window.to));
      }
      expect(expected).toEqual(expected.toSorted((a, b) => a - b));
    }
  });
});

test("what is written after a scan is in the next one, wherever its id falls", () => {
  const table = fill();
  const reading = planReading(conditionsOf([`updated_at:>=${at(5000)}`]), {
    momentMs: 10_000,
    hiddenMask: 0,
    tests: [],
    derive: undefined,
  });
  const ids = (): string[] => scan(table, reading, { from: 0, to: 9 }).rows.map(({ row }) => row.id);
  expect(ids()).toEqual([]);
  const fresh = { created_at: START, updated_at: START + 5000, archived_at: null, cancelled_at: null };
  for (const id of ["3", "4", "9999", "3003"]) table.put({ ...fresh, id, kind: "c" }, 0);
  expect(ids()).toEqual(["3", "4", "3003", "9999"]);
  table.remove("3003", 0);
  expect(ids()).toEqual(["3", "4", "9999"]);
});
