import { expect, test } from "vitest";

import type { Callback, LoggedEvent } from "../../../../../dashboard/api/answers.ts";
import { latestOf } from "../../../../../dashboard/pages/home/latest-of.ts";

const SUBJECT = { type: "patient", id: "12" };

function live(id: string, second: number): Callback {
  const at = new Date(second * 1_000).toISOString();
  return {
    type: "patient.updated",
    timestamp: at,
    id,
    api_version: "2026-11-22",
    account: "northside",
    subject: SUBJECT,
    sequence: 1,
    observed: { after: at, at },
    origin: "live",
    data: { object: null, previous: {}, changed: [], transitions: ["updated"] },
  };
}

function logged(id: string, second: number): LoggedEvent {
  return {
    id,
    type: "patient.updated",
    account: "northside",
    subject: SUBJECT,
    transitions: ["updated"],
    committed_at: new Date(second * 1_000).toISOString(),
    body: "kept",
    event: null,
    withheld: [],
  };
}

function ids(...[came, known, most = 10]: readonly [Callback[], LoggedEvent[], number?]): string[] {
  return latestOf(came, known, most).map(({ id }) => id);
}

test("before the first event comes the log is shown", () => {
  expect(ids([], [logged("b", 2), logged("a", 1)])).toEqual(["b", "a"]);
});

test("what came since the log was read stands before it, each event once", () => {
  const came = [live("d", 4), live("c", 3), live("b", 2)];
  const latest = latestOf(came, [logged("b", 2), logged("a", 1)], 3);
  expect(latest.map(({ id, isNew }) => [id, isNew])).toEqual([
    ["d", true],
    ["c", true],
    ["b", true],
  ]);
});

test("what came before a pause is not put before what happened in it", () => {
  expect(ids([live("b", 2), live("a", 1)], [logged("z", 60), logged("y", 50)])).toEqual(["z", "y"]);
});

test("without a log there is what came", () => {
  expect(ids([live("b", 2), live("a", 1)], [], 1)).toEqual(["b"]);
});
