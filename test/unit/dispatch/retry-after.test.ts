import fc from "fast-check";
import { expect, test } from "vitest";

import { parseRetryAfter } from "../../../src/dispatch/policy/retry-after.ts";

const NOW = Date.parse("2026-11-22T03:15:00Z");

test.each([
  ["0", 0],
  ["120", 120_000],
  [" 120 ", 120_000],
  ["9999999999", 9_999_999_999_000],
  ["Sun, 22 Nov 2026 03:16:30 GMT", 90_000],
  ["Sunday, 22-Nov-26 03:16:30 GMT", 90_000],
  ["Sun Nov 22 03:16:30 2026", 90_000],
  ["Sun, 22 Nov 2026 03:13:30 GMT", 0],
])("%j asks for %i ms", (header, ms) => {
  expect(parseRetryAfter(header, NOW)).toBe(ms);
});

test.each(["", "soon", "-5", "1.5", "1e3", "0x10", "5 minutes", "2026-11-22T03:16:30Z", "Sun, 99 Nov 2026"])(
  "%j asks for nothing",
  (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  },
);

test("a date is by the receiver's clock, where its answer shows it", () => {
  const inAMinute = "Sun, 22 Nov 2026 13:16:00 GMT";
  expect(parseRetryAfter(inAMinute, NOW, "Sun, 22 Nov 2026 13:15:00 GMT")).toBe(60_000);
  expect(parseRetryAfter("Sat, 21 Nov 2026 03:16:00 GMT", NOW, "Sat, 21 Nov 2026 03:15:00 GMT")).toBe(60_000);
  expect(parseRetryAfter(inAMinute, NOW, "yesterday")).toBe(10 * 3_600_000 + 60_000);
  expect(parseRetryAfter("120", NOW, "Sun, 22 Nov 2026 13:15:00 GMT")).toBe(120_000);
});

test("without the header nothing is asked for, and of several the first counts", () => {
  expect(parseRetryAfter(undefined, NOW)).toBeUndefined();
  expect(parseRetryAfter("60, 120", NOW)).toBe(60_000);
  expect(parseRetryAfter("60,120, 5", NOW)).toBe(60_000);
  const inAMinute = "Sun, 22 Nov 2026 03:16:00 GMT";
  for (const other of ["120", inAMinute, "Sunday, 22-Nov-26 03:16:30 GMT", "Sun Nov 22 03:16:30 2026"]) {
    expect(parseRetryAfter(`${inAMinute}, ${other}`, NOW)).toBe(60_000);
    expect(parseRetryAfter(`7, ${other}`, NOW)).toBe(7_000);
  }
});

test("every date of HTTP is read as it was written, whatever time zone this machine is in", () => {
  fc.assert(
    fc.property(fc.integer({ min: NOW / 1_000, max: NOW / 1_000 + 1e8 }), (seconds) => {
      expect(parseRetryAfter(new Date(seconds * 1_000).toUTCString(), NOW)).toBe(seconds * 1_000 - NOW);
    }),
  );
});

test("no header asks for less than no time, or for what is not a number", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{1,20}$/), fc.date().map(String)),
      (header) => {
        const ms = parseRetryAfter(header, NOW);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      },
    ),
  );
});
