import { assert, constantFrom, integer, nat, property } from "fast-check";
import { expect, test } from "vitest";

import {
  type DeliveryOutcome,
  OWN_FAULT_CLASSES,
  UNREACHABLE_CLASSES,
} from "../../../src/dispatch/worker/outcome.ts";
import { MAX_ATTEMPTS, nextStep } from "../../../src/dispatch/policy/retry-policy.ts";
import { SCHEDULED_ATTEMPTS } from "../../../src/store/outbox/delivery.ts";
import { chance, delivered, outcome, ownFault, refused, rejected, unreachable } from "./arbitrary-outcome.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** After each attempt that counts. */
const SCHEDULE = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR),
];
const MIDDLE = 0.5;
const LEAST = 0;
const MOST = 1 - Number.EPSILON;

function delayOf(attempt: number, ended: DeliveryOutcome, random: number): number | undefined {
  const step = nextStep(attempt, ended, random);
  return step.kind === "retry" ? step.delayMs : undefined;
}

/** What nobody but a person with the right key can mend is tried less often. */
function ownFaultWait(errorClass: string): number {
  return errorClass === "unreadable_event" ? 300 * SECOND : 15 * SECOND;
}

function expectedKind(attempt: number, ended: DeliveryOutcome): string {
  if (ended.kind === "delivered") return "done";
  if (ended.kind === "own_fault") return "retry";
  return attempt >= 10 || (ended.kind === "rejected" && ended.status === 410) ? "give_up" : "retry";
}

test.each(SCHEDULE.map((ms, index) => [index + 1, ms] as const))(
  "after attempt %i the wait is %i ms, a fifth less or more by chance",
  (attempt, ms) => {
    expect(nextStep(attempt, rejected(500), MIDDLE)).toEqual({ kind: "retry", delayMs: ms, counts: true });
    expect(delayOf(attempt, rejected(500), LEAST)).toBe(ms * 0.8);
    expect(delayOf(attempt, rejected(500), MOST)).toBe(ms * 1.2);
  },
);

test("the tenth attempt is the last", () => {
  expect(MAX_ATTEMPTS).toBe(10);
  expect(nextStep(9, rejected(500), MIDDLE).kind).toBe("retry");
  expect(nextStep(10, rejected(500), MIDDLE)).toEqual({ kind: "give_up" });
  expect(nextStep(11, rejected(500), MIDDLE)).toEqual({ kind: "give_up" });
});

test("when none has counted yet, the wait is the first one's, and nothing is given up", () => {
  expect(nextStep(0, rejected(500), MIDDLE)).toEqual(nextStep(1, rejected(500), MIDDLE));
});

test.each([1, 5, 10, 11])("what was delivered on attempt %i is done", (attempt) => {
  expect(nextStep(attempt, delivered(), MIDDLE)).toEqual({ kind: "done" });
});

test("410 ends it on the first attempt, its neighbours do not", () => {
  expect(nextStep(1, rejected(410), MIDDLE)).toEqual({ kind: "give_up" });
  expect(nextStep(1, rejected(410, 5_000), MIDDLE)).toEqual({ kind: "give_up" });
  expect(nextStep(1, rejected(404), MIDDLE).kind).toBe("retry");
  expect(nextStep(1, rejected(411), MIDDLE).kind).toBe("retry");
});

test.each([301, 302, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504])(
  "status %i is tried again, and counts",
  (status) => {
    expect(nextStep(1, rejected(status), MIDDLE)).toEqual({
      kind: "retry",
      delayMs: 5 * SECOND,
      counts: true,
    });
  },
);

test.each(["dns", "connect", "tls", "broken_off", "bad_answer"] as const)(
  "%s is tried again on the schedule",
  (errorClass) => {
    expect(delayOf(1, unreachable(errorClass), MIDDLE)).toBe(5 * SECOND);
    expect(nextStep(10, unreachable(errorClass), MIDDLE)).toEqual({ kind: "give_up" });
  },
);

test.each(["timeout", "body_too_slow"] as const)(
  "after %s the next attempt is a minute away at least, and those that timed out together part",
  (errorClass) => {
    expect(delayOf(1, unreachable(errorClass), LEAST)).toBe(MINUTE);
    expect(delayOf(1, unreachable(errorClass), MOST)).toBe(1.2 * MINUTE);
    expect(delayOf(2, unreachable(errorClass), MIDDLE)).toBe(5 * MINUTE);
    expect(nextStep(10, unreachable(errorClass), MIDDLE)).toEqual({ kind: "give_up" });
  },
);

test("what the guard refuses follows the schedule to its end", () => {
  expect(nextStep(1, refused, MIDDLE)).toEqual({ kind: "retry", delayMs: 5 * SECOND, counts: true });
  expect(nextStep(10, refused, MIDDLE)).toEqual({ kind: "give_up" });
});

test.each(OWN_FAULT_CLASSES)(
  "%s is our fault: it uses up no attempt, however many there were",
  (errorClass) => {
    const delayMs = ownFaultWait(errorClass);
    for (const attempt of [0, 1, 9, 10, 11]) {
      const step = nextStep(attempt, ownFault(errorClass), MIDDLE);
      expect(step).toEqual({ kind: "retry", delayMs, counts: false });
    }
    expect(delayOf(1, ownFault(errorClass), LEAST)).toBe(0.8 * delayMs);
    expect(delayOf(1, ownFault(errorClass), MOST)).toBe(1.2 * delayMs);
  },
);

test.each([
  ["less than the schedule has", 1, 2 * SECOND, 5 * SECOND],
  ["more than the schedule has", 1, 90 * SECOND, 90 * SECOND],
  ["a whole day", 1, 24 * HOUR, 24 * HOUR],
  ["more than a day", 1, 48 * HOUR, 24 * HOUR],
  ["for ever", 1, Infinity, 24 * HOUR],
  ["nothing", 1, 0, 5 * SECOND],
  ["less than a late attempt has", 8, HOUR, 20 * HOUR],
])("a receiver that asks for %s gets it within bounds", (_what, attempt, ms, delayMs) => {
  for (const status of [301, 404, 429, 500, 503]) {
    expect(delayOf(attempt, rejected(status, ms), MIDDLE)).toBe(delayMs);
  }
});

test("Retry-After on the last attempt does not make another one", () => {
  expect(nextStep(10, rejected(503, SECOND), MIDDLE)).toEqual({ kind: "give_up" });
});

test("the policy is total: every outcome on every attempt is done, given up, or tried again within bounds", () => {
  assert(
    property(integer({ min: 1, max: 12 }), outcome, chance, (attempt, ended, random) => {
      const step = nextStep(attempt, ended, random);
      expect(step.kind).toBe(expectedKind(attempt, ended));
      if (step.kind !== "retry") return;
      const scheduled =
        ended.kind === "own_fault" ? ownFaultWait(ended.errorClass) : (SCHEDULE[attempt - 1] ?? Infinity);
      expect(step.counts).toBe(ended.kind !== "own_fault");
      expect(Number.isInteger(step.delayMs)).toBe(true);
      expect(step.delayMs).toBeGreaterThanOrEqual(0.8 * scheduled);
      expect(step.delayMs).toBeLessThanOrEqual(28.8 * HOUR);
    }),
  );
});

test("without Retry-After and time-outs no wait leaves its fifth around the schedule", () => {
  const plain = constantFrom(rejected(500), refused, ...UNREACHABLE_CLASSES.slice(0, 3).map(unreachable));

  assert(
    property(integer({ min: 1, max: 9 }), plain, chance, (attempt, ended, random) => {
      const share = (delayOf(attempt, ended, random) ?? NaN) / (SCHEDULE[attempt - 1] ?? NaN);
      expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.2 + 1e-9);
    }),
  );
});

test("who asks for more patience never gets less", () => {
  const status = integer({ min: 300, max: 599 }).filter((one) => one !== 410);

  assert(
    property(
      ...[integer({ min: 1, max: 9 }), status, chance, nat(200_000_000), nat(200_000_000)],
      (attempt, code, random, ms, moreMs) => {
        const delayMs = delayOf(attempt, rejected(code, ms), random) ?? NaN;
        expect(delayOf(attempt, rejected(code, ms + moreMs), random)).toBeGreaterThanOrEqual(delayMs);
        expect(delayMs).toBeGreaterThanOrEqual(delayOf(attempt, rejected(code), random) ?? NaN);
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(ms, 24 * HOUR));
      },
    ),
  );
});

test("the schedule has as many attempts as the API tells of", () => {
  expect(MAX_ATTEMPTS).toBe(SCHEDULED_ATTEMPTS);
});

test("an endpoint that wants fewer attempts is given up sooner, and nothing else changes", () => {
  assert(
    property(
      integer({ min: 1, max: 12 }),
      integer({ min: 1, max: 10 }),
      outcome,
      chance,
      (attempt, most, ended, random) => {
        const whole = nextStep(attempt, ended, random);
        const fewer = nextStep(attempt, ended, random, most);
        expect(fewer).toEqual(
          attempt >= most && whole.kind === "retry" && whole.counts ? { kind: "give_up" } : whole,
        );
      },
    ),
  );
});
