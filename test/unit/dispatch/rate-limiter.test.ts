import fc from "fast-check";
import { expect, test } from "vitest";

import { createRateLimiter } from "../../../src/dispatch/policy/rate-limiter.ts";

function setUp() {
  let nowMs = 1_763_781_291_000;
  return {
    limiter: createRateLimiter(() => nowMs),
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("whoever takes all there is room for, as soon as there is, keeps to the rate over every second", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 50, maxLength: 300 }),
      (perSecond, pauses) => {
        const { limiter, now, pass } = setUp();
        const starts: number[] = [];
        for (const pause of pauses) {
          pass(pause);
          const room = limiter.room("crm", perSecond);
          limiter.take("crm", room);
          starts.push(...Array.from({ length: room }, () => now()));
        }
        const within = starts.map((from) => starts.filter((at) => at >= from && at < from + 1_000).length);
        expect(Math.max(0, ...within)).toBeLessThanOrEqual(
          Math.max(perSecond + 1, Math.ceil(perSecond * 1.1)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test.for([0.5, 1, 3, 10, 100])("at %d a second, waiting for its word uses the rate up", (perSecond) => {
  const { limiter, now, pass } = setUp();
  const began = now();
  let started = 0;
  while (now() - began < 20_000) {
    const room = limiter.room("crm", perSecond);
    limiter.take("crm", room);
    started += room;
    const waitMs = limiter.nextAt("crm", perSecond) - now();
    expect(waitMs).toBeGreaterThanOrEqual(1);
    pass(waitMs);
    expect(limiter.room("crm", perSecond)).toBeGreaterThanOrEqual(1);
  }
  expect(started).toBeGreaterThanOrEqual(Math.floor(20 * perSecond * 0.9));
});

test("one endpoint's rate is not another's", () => {
  const { limiter } = setUp();
  expect(limiter.room("crm", 1)).toBe(1);
  limiter.take("crm", 1);
  expect(limiter.room("crm", 1)).toBe(0);
  expect(limiter.room("archive", 1)).toBe(1);
});

test("after a long silence no more than a tenth of a second's worth goes at once", () => {
  const { limiter, pass } = setUp();
  limiter.room("crm", 100);
  pass(3_600_000);
  expect(limiter.room("crm", 100)).toBe(10);
});

test("a clock that is set back stops nothing", () => {
  const { limiter, now, pass } = setUp();
  limiter.room("crm", 10);
  limiter.take("crm", 1);
  pass(-3_600_000);
  expect(limiter.nextAt("crm", 10)).toBe(now() + 100);
  pass(100);
  expect(limiter.room("crm", 10)).toBe(1);
});

test("a rate that is lowered holds from then on", () => {
  const { limiter } = setUp();
  expect(limiter.room("crm", 100)).toBe(10);
  expect(limiter.room("crm", 1)).toBe(1);
});
