import { assert, date, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";

import { readUsualSeconds } from "../../../src/shared/iso-time.ts";

test("a time is read as Date.parse reads it, or left to it", () => {
  const written = (year: number, month: number, day: number): string =>
    `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}T10:20:30Z`;
  const days = tuple(
    integer({ min: 1000, max: 2999 }),
    integer({ min: 0, max: 13 }),
    integer({ min: 0, max: 32 }),
  );
  assert(
    property(days, (parts) => {
      const text = written(...parts);
      const parsed = Date.parse(text) / 1_000;
      expect([undefined, parsed]).toContain(readUsualSeconds(text));
    }),
    { numRuns: 2_000 },
  );
});

test("nearly every time is read", () => {
  const usual = date({
    min: new Date("1900-01-01"),
    max: new Date("2399-12-31"),
    noInvalidDate: true,
  }).filter((at) => at.getUTCMonth() !== 1 || at.getUTCDate() !== 29);
  assert(
    property(usual, (at) => {
      const text = at.toISOString().replace(/\.\d+Z$/, "Z");
      expect(readUsualSeconds(text)).toBe(Date.parse(text) / 1_000);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  "",
  "2026-11-22",
  "2026-11-22T03:15:00",
  "2026-11-22T03:15:00+10:00",
  "2026-11-22T03:15:00.250Z",
  "2026-11-22T24:00:00Z",
  "2026-11-22T03:15:60Z",
  "2026-02-29T03:15:00Z",
  "2024-02-29T03:15:00Z",
  "2026-02-30T03:15:00Z",
  "2026-04-31T03:15:00Z",
  "2026-00-10T03:15:00Z",
  "2026-13-10T03:15:00Z",
  " 2026-11-22T03:15:00Z",
])("%j is left to others", (text) => {
  expect(readUsualSeconds(text)).toBeUndefined();
});
