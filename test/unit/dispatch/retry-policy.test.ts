import { assert, double, integer, option, property, record } from "fast-check";
import { expect, test } from "vitest";

import { nextStep } from "../../../src/dispatch/retry-policy.ts";
import type { DeliveryOutcome } from "../../../src/dispatch/send-callback.ts";
import { DELIVERY_ATTEMPTS } from "../../../src/queues/job-catalogue.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MIDDLE = 0.5;

function rejected(status: number, retryAfterMs?: number): DeliveryOutcome {
  return { kind: "rejected", status, retryAfterMs };
}

test.each([
  [1, 5 * SECOND],
  [2, 5 * MINUTE],
  [3, 30 * MINUTE],
  [4, 2 * HOUR],
  [5, 5 * HOUR],
  [6, 10 * HOUR],
  [7, 14 * HOUR],
  [8, 20 * HOUR],
  [9, 24 * HOUR],
])("after attempt %i the wait is %i ms, a fifth less or more by chance, never over a day", (attempt, ms) => {
  const delayWith = (random: number): unknown => nextStep(attempt, rejected(500), random);

  expect(delayWith(MIDDLE)).toEqual({ kind: "retry", delayMs: ms, reason: "status 500" });
  expect(delayWith(0)).toMatchObject({ delayMs: ms * 0.8 });
  expect(delayWith(1 - Number.EPSILON)).toMatchObject({ delayMs: Math.min(ms * 1.2, 24 * HOUR) });
});

test("the tenth attempt is the last, as the queue has it", () => {
  expect(nextStep(DELIVERY_ATTEMPTS - 1, rejected(500), MIDDLE).kind).toBe("retry");
  expect(nextStep(DELIVERY_ATTEMPTS, rejected(500), MIDDLE)).toEqual({
    kind: "give_up",
    reason: "status 500",
  });
  expect(nextStep(DELIVERY_ATTEMPTS + 1, rejected(500), MIDDLE).kind).toBe("give_up");
});

test.each([1, 5, DELIVERY_ATTEMPTS])("what was delivered on attempt %i is done", (attempt) => {
  expect(nextStep(attempt, { kind: "delivered", status: 204 }, MIDDLE)).toEqual({ kind: "done" });
});

test("410 ends it on the first attempt, its neighbours do not", () => {
  expect(nextStep(1, rejected(410), MIDDLE)).toEqual({ kind: "give_up", reason: "status 410" });
  expect(nextStep(1, rejected(410, 5_000), MIDDLE).kind).toBe("give_up");
  expect(nextStep(1, rejected(404), MIDDLE).kind).toBe("retry");
  expect(nextStep(1, rejected(409), MIDDLE).kind).toBe("retry");
});

test.each([301, 302, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504])(
  "status %i is tried again",
  (status) => {
    expect(nextStep(1, rejected(status), MIDDLE)).toEqual({
      kind: "retry",
      delayMs: 5 * SECOND,
      reason: `status ${status}`,
    });
  },
);

test.each(["dns", "connect", "tls", "timeout", "broken_off"] as const)(
  "%s is tried again, and named as the reason",
  (fault) => {
    expect(nextStep(1, { kind: "unreachable", fault }, MIDDLE)).toEqual({
      kind: "retry",
      delayMs: 5 * SECOND,
      reason: fault,
    });
    expect(nextStep(DELIVERY_ATTEMPTS, { kind: "unreachable", fault }, MIDDLE)).toEqual({
      kind: "give_up",
      reason: fault,
    });
  },
);

test.each([
  ["less than the schedule has", 1, 2 * SECOND, 5 * SECOND],
  ["more than the schedule has", 1, 90 * SECOND, 90 * SECOND],
  ["more than a day", 1, 48 * HOUR, 24 * HOUR],
  ["nothing", 1, 0, 5 * SECOND],
  ["less than a late attempt has", 8, HOUR, 20 * HOUR],
])("a receiver that asks for %s gets it within bounds", (_what, attempt, asked, delayMs) => {
  expect(nextStep(attempt, rejected(503, asked), MIDDLE)).toMatchObject({ kind: "retry", delayMs });
});

test("Retry-After on the last attempt does not make another one", () => {
  expect(nextStep(DELIVERY_ATTEMPTS, rejected(503, SECOND), MIDDLE).kind).toBe("give_up");
});

test("the policy is total: whatever happened, a wait is whole and between four seconds and a day", () => {
  const outcome = record({
    status: integer({ min: 300, max: 599 }),
    retryAfterMs: option(double({ min: 0, noNaN: true }), { nil: undefined }),
  });

  assert(
    property(
      integer({ min: 1, max: 20 }),
      outcome,
      double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, facts, random) => {
        const step = nextStep(attempt, { kind: "rejected", ...facts }, random);
        const expected = attempt >= DELIVERY_ATTEMPTS || facts.status === 410 ? "give_up" : "retry";
        expect(step.kind).toBe(expected);
        const delayMs = step.kind === "retry" ? step.delayMs : 4 * SECOND;
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(4 * SECOND);
        expect(delayMs).toBeLessThanOrEqual(24 * HOUR);
      },
    ),
  );
});
