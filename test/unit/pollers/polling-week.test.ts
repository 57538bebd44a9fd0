import { expect, test } from "vitest";

import { toHourWeights } from "../../../src/pollers/schedule/hour-weights.ts";
import { createPollingWeeks } from "../../../src/pollers/schedule/polling-week.ts";

/** A Monday at 09:30 UTC. */
const MONDAY_AT_NINE = Date.UTC(2026, 10, 23, 9, 30);
const HOUR_MS = 3_600_000;
const toWeek = (changesByHour: readonly number[]) => ({ weights: toHourWeights(changesByHour), beside: [] });
const FLAT = Array.from({ length: 168 }, () => 0);

test("where nothing was learnt every hour is average, and the interval is the schedule's own", () => {
  const weekOf = createPollingWeeks({
    promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
  });
  const { intervalMs, week } = weekOf("patients", toWeek(FLAT), 6_000, MONDAY_AT_NINE);

  expect(week).toEqual(Array.from({ length: 168 }, () => 1));
  expect(intervalMs).toBeGreaterThanOrEqual(12_000);
  expect(intervalMs).toBeLessThanOrEqual(12_001);
});

test("a busy hour weighs more and is read more often than a quiet one", () => {
  const weekOf = createPollingWeeks({
    promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
  });
  const changesByHour = FLAT.with(9, 80);
  const busy = weekOf("patients", toWeek(changesByHour), 6_000, MONDAY_AT_NINE);
  const quiet = weekOf("patients", toWeek(changesByHour), 6_000, MONDAY_AT_NINE + 12 * HOUR_MS);

  expect(busy.week).toEqual(quiet.week);
  expect(busy.week[9]).toBeGreaterThan(10);
  expect(busy.week[21]).toBeLessThan(1);
  expect(busy.week.reduce((sum, weight) => sum + weight, 0) / 168).toBeCloseTo(1, 2);
  expect(busy.intervalMs).toBeLessThan(quiet.intervalMs);
});

test("a small budget makes the interval longer, a large one does not make it shorter", () => {
  const weekOf = createPollingWeeks({
    promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
  });
  const intervalOf = (requestsPerMinute: number): number =>
    weekOf("patients", toWeek(FLAT), requestsPerMinute, MONDAY_AT_NINE).intervalMs;

  expect(intervalOf(2)).toBe(30_000);
  expect(intervalOf(600)).toBe(intervalOf(6_000));
});
