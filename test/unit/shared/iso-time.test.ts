import { assert, date, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";

import { parseMoment, readUsualSeconds } from "../../../src/shared/iso-time.ts";

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

test.each([
  ["2026-11-22T03:15:00Z", "2026-11-22T03:15:00.000Z"],
  ["2026-11-22T03:15Z", "2026-11-22T03:15:00.000Z"],
  ["2026-11-22T03:15:00.25Z", "2026-11-22T03:15:00.250Z"],
  ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"],
  ["2026-11-22T03:15:00+10:30", "2026-11-21T16:45:00.000Z"],
])("%s is the moment %s", (text, iso) => {
  expect(parseMoment(text, "required")).toBe(Date.parse(iso));
});

test.each([
  "2026-02-29T00:00:00Z",
  "2026-02-31T00:00:00Z",
  "2026-04-31T10:00:00+10:00",
  "2026-00-10T10:00:00Z",
  "2026-13-10T10:00:00Z",
  "2026-11-00T10:00:00Z",
  "2026-11-22T24:00:00Z",
  "2026-11-22T23:60:00Z",
  "2026-11-22T23:59:60Z",
  "2026-11-22T10:00:00+24:00",
  "2026-02-31",
  "2026-02-31T08:00",
  "22 Nov 2026",
  "2026",
  "1",
  "",
])("%j is no moment, whether or not it has to name its zone", (text) => {
  expect(parseMoment(text, "required")).toBeUndefined();
  expect(parseMoment(text, "optional")).toBeUndefined();
});

test("a zone may be left out where that is allowed", () => {
  expect(parseMoment("2026-11-22", "required")).toBeUndefined();
  expect(parseMoment("2026-11-22", "optional")).toBe(Date.UTC(2026, 10, 22));
  expect(parseMoment("2026-11-22T08:00", "required")).toBeUndefined();
  expect(parseMoment("2026-11-22T08:00", "optional")).toBe(new Date(2026, 10, 22, 8).getTime());
});
