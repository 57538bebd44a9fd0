import fc from "fast-check";
import { expect, test } from "vitest";

import {
  isFlat,
  levelOf,
  formatAhead,
  formatMinute,
  toLocalWeek,
} from "../../../../../dashboard/pages/accounts/local-week.ts";

/** Each hour of the week has its own number. */
const WEEK = Array.from({ length: 168 }, (_, hour) => hour);

test("in UTC the week stays as it is", () => {
  expect(toLocalWeek(WEEK, 0).map((day) => day.map(({ weight }) => weight))).toEqual(
    Array.from({ length: 7 }, (_, day) => WEEK.slice(day * 24, day * 24 + 24)),
  );
});

test("ahead of UTC Monday begins with Sunday's last hours, behind it Sunday ends with Monday's first", () => {
  const sydney = toLocalWeek(WEEK, 600);
  expect(sydney[0]?.[0]).toEqual({ day: 0, minute: 0, weight: 158 });
  expect(sydney[0]?.[10]).toEqual({ day: 0, minute: 600, weight: 0 });
  const newYork = toLocalWeek(WEEK, -300);
  expect(newYork[6]?.[23]).toEqual({ day: 6, minute: 1_380, weight: 4 });
});

test("a zone of half hours keeps 24 hours a day, each from the half hour on", () => {
  const adelaide = toLocalWeek(WEEK, 570);
  expect(adelaide.map((day) => day.length)).toEqual([24, 24, 24, 24, 24, 24, 24]);
  expect(adelaide[0]?.map(({ minute }) => minute % 60)).toEqual(Array.from({ length: 24 }, () => 30));
});

test("every hour is there once, whatever the zone", () => {
  fc.assert(
    fc.property(fc.integer({ min: -48, max: 56 }), (quarters) => {
      const weights = toLocalWeek(WEEK, quarters * 15).flatMap((day) => day.map(({ weight }) => weight));
      expect(weights.toSorted((left, right) => left - right)).toEqual(WEEK);
    }),
  );
});

test("levels rise with the weight, the average being in the middle", () => {
  expect([0, 0.6, 1, 1.5, 2.5, 4, 9].map((weight) => levelOf(weight))).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("a week in which nothing stands out is flat, one busy hour is not", () => {
  expect(isFlat(Array.from({ length: 168 }, () => 1))).toBe(true);
  expect(isFlat([...Array.from({ length: 167 }, () => 1), 2])).toBe(false);
});

test("hours and zones are written as clocks have them", () => {
  expect([formatMinute(570), formatMinute(1_440)]).toEqual(["09:30", "00:00"]);
  expect([formatAhead(0), formatAhead(570), formatAhead(-300)]).toEqual(["+00:00", "+09:30", "−05:00"]);
});
