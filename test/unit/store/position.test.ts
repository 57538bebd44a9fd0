import fc from "fast-check";
import { expect, test } from "vitest";

import { LOG_START, committedAt, comparePositions, isPosition } from "../../../src/store/events/position.ts";

test("places are ordered by their moment, then by their serial, however large", () => {
  const ms = fc.integer({ min: 0, max: 4_000_000_000_000 });
  const serial = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(ms, serial, ms, serial, (leftMs, leftSerial, rightMs, rightSerial) => {
      const expected =
        leftMs - rightMs || Number(leftSerial > rightSerial) - Number(leftSerial < rightSerial);
      const found = comparePositions(`${leftMs}-${leftSerial}`, `${rightMs}-${rightSerial}`);
      expect(Math.sign(found)).toBe(Math.sign(expected));
    }),
  );
  expect(comparePositions("5-10", "5-9")).toBeGreaterThan(0);
  expect(comparePositions("5-9", "5-9")).toBe(0);
});

test("a place tells when it was committed, and is told from other text", () => {
  expect(committedAt("1795317304000-3")).toBe(1_795_317_304_000);
  for (const place of [LOG_START, "1795317304000-18446744073709551615"]) expect(isPosition(place)).toBe(true);
  for (const other of ["", "5", "5-", "-5", "5-x", "(5-1", "5-1-1", "+"])
    expect(isPosition(other)).toBe(false);
});
