import { expect, test } from "vitest";

import { type ReadingPlan, readingPlans } from "../../../src/cliniko/reading-plan.ts";
import { sweepTimes } from "../../../src/pollers/reconcile/sweep-times.ts";
import { resources } from "../../../src/resources/registry.ts";

const HOUR_MS = 3_600_000;
const INTERVALS = { countMs: HOUR_MS, walkMs: 24 * HOUR_MS };
const NOW = 1_795_317_304_000;
const planOf = (name: string): ReadingPlan => {
  const plan = readingPlans(resources.patients).find((candidate) => candidate.name === name);
  if (!plan) throw new Error(`there is no plan ${name}`);
  return plan;
};
const COMBINED = planOf("combined");
const NEVER = { countedAt: 0, presentAt: 0, walkedAt: 0, walkAfter: undefined, countsUnreliableAt: 0 };

test("what is counted was last found whole when all were there, and is due an hour after the last count", () => {
  const state = { ...NEVER, countedAt: NOW, presentAt: NOW / 1_000 - 7_200, walkedAt: NOW - 5 };

  expect(sweepTimes({}, COMBINED, state, INTERVALS, NOW)).toEqual({
    lastAt: NOW - 2 * HOUR_MS,
    dueAt: NOW + HOUR_MS,
  });
});

test("what was never counted is long due", () => {
  expect(sweepTimes({}, COMBINED, NEVER, INTERVALS, NOW)).toEqual({ lastAt: undefined, dueAt: HOUR_MS });
});

test("what cannot be counted is walked through once a day", () => {
  const walked = { ...NEVER, walkedAt: NOW };
  const partly = { keptIf: resources.attendees.keptIf };

  expect(sweepTimes(partly, COMBINED, walked, INTERVALS, NOW)).toEqual({
    lastAt: NOW,
    dueAt: NOW + 24 * HOUR_MS,
  });
  expect(sweepTimes(partly, COMBINED, { ...walked, walkAfter: "17" }, INTERVALS, NOW)).toEqual({
    lastAt: undefined,
    dueAt: NOW,
  });
});

test("where counts contradict the rows, walks come in their place, oftener, and counts are tried again after a day", () => {
  const state = { ...NEVER, countedAt: NOW, walkedAt: NOW, countsUnreliableAt: NOW };

  expect(sweepTimes({}, COMBINED, state, INTERVALS, NOW)).toEqual({ lastAt: NOW, dueAt: NOW + 4 * HOUR_MS });
  expect(sweepTimes({}, COMBINED, state, INTERVALS, NOW + 24 * HOUR_MS)).toEqual({
    lastAt: undefined,
    dueAt: NOW + HOUR_MS,
  });
});

test("an account that does not show what is hidden is not swept", () => {
  for (const name of ["old-lists-unfiltered", "old-lists-unfiltered-by-page"]) {
    const times = sweepTimes({}, planOf(name), { ...NEVER, countedAt: NOW, presentAt: 1 }, INTERVALS, NOW);
    expect(times).toEqual({ lastAt: undefined, dueAt: undefined });
  }
});
