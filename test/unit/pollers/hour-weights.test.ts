import { expect, test } from "vitest";

import { HOURS_PER_WEEK, hourOfWeek, toHourWeights } from "../../../src/pollers/schedule/hour-weights.ts";

test.for([
  ["1970-01-01T00:00:00Z", 72],
  ["2026-06-01T00:00:00Z", 0],
  ["2026-06-01T00:59:59.999Z", 0],
  ["2026-06-01T01:00:00Z", 1],
  ["2026-06-06T08:30:00Z", 128],
  ["2026-06-07T23:59:59Z", 167],
  ["1969-12-29T00:00:00Z", 0],
] as const)("%s is hour %i of the week", ([time, hour]) => {
  expect(hourOfWeek(Date.parse(time))).toBe(hour);
});

test("with nothing seen the week is flat", () => {
  expect(new Set(toHourWeights([]))).toEqual(new Set([1]));
});

test("an hour in which more changed weighs more, and lends to its neighbours", () => {
  const weights = toHourWeights(Array.from({ length: HOURS_PER_WEEK }, (_, hour) => (hour === 50 ? 10 : 0)));

  expect(weights.slice(48, 53)).toEqual([1, 3, 7, 3, 1]);
});

test("the week is a ring: its last hour is a neighbour of its first", () => {
  const weights = toHourWeights(Array.from({ length: HOURS_PER_WEEK }, (_, hour) => (hour === 0 ? 10 : 0)));

  expect([weights[167], weights[0], weights[1]]).toEqual([3, 7, 3]);
});

test("counts that make no sense are read as nothing seen", () => {
  const weights = toHourWeights([Number.NaN, -5, Infinity, ...Array.from({ length: 300 }, () => 0)]);

  expect(weights).toHaveLength(HOURS_PER_WEEK);
  expect(new Set(weights)).toEqual(new Set([1]));
});
