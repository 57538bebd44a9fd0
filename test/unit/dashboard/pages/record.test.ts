import { expect, test } from "vitest";

import { EXPLAIN_CODES } from "../../../../src/admin/deliveries/explain-codes.ts";
import { EXPLAIN_WORDS } from "../../../../dashboard/pages/records/explain-words.ts";
import { type TimelineEntry, toRows, toSteps } from "../../../../dashboard/pages/records/timeline-steps.ts";
import { TIMELINE } from "../../../../src/ops/api/records/record-examples.ts";

function entriesOf(...sequences: readonly (number | null)[]): TimelineEntry[] {
  return TIMELINE.entries
    .slice(0, 1)
    .flatMap((entry) => sequences.map((sequence) => ({ ...entry, sequence })));
}

function gapsOf(...sequences: readonly (number | null)[]): readonly number[] {
  return toSteps(entriesOf(...sequences)).map(({ missingBefore }) => missingBefore);
}

test("every code of an explanation has words, and there are words for no other", () => {
  expect(Object.keys(EXPLAIN_WORDS).toSorted()).toEqual([...EXPLAIN_CODES].toSorted());
});

test.for<[readonly (number | null)[], readonly number[]]>([
  [
    [1, 2, 3],
    [0, 0, 0],
  ],
  [
    [4, 5],
    [3, 0],
  ],
  [
    [1, 4],
    [0, 2],
  ],
  [
    [1, null, 3],
    [0, 0, 0],
  ],
  [
    [null, 5],
    [0, 3],
  ],
  [
    [1, 1, 2],
    [0, 0, 0],
  ],
])("of the events numbered %j, %j are missing before each", ([sequences, gaps]) => {
  expect(gapsOf(...sequences)).toEqual(gaps);
});

test("a field that changed and is withheld keeps its place, without its values", () => {
  const [entry] = entriesOf(2);
  if (!entry?.event) throw new Error("the example has a body");
  const data = { ...entry.event.data, changed: ["notes", "starts_at"] };

  expect(toRows({ ...entry, event: { ...entry.event, data }, withheld: ["notes"] })).toMatchObject([
    { field: "notes", hidden: true },
    { field: "starts_at", hidden: false, before: "2026-11-23T01:00:00Z", after: "2026-11-23T03:00:00Z" },
  ]);
});
