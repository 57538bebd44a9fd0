import { expect, test } from "vitest";

import { type DeliveryOutcome, UNREACHABLE_CLASSES } from "../../../src/dispatch/worker/outcome.ts";
import { MAX_ATTEMPTS } from "../../../src/dispatch/policy/retry-policy.ts";
import { settleAttempt, settleUnsent } from "../../../src/dispatch/worker/settle-attempt.ts";
import { attemptSchema } from "../../../src/store/outbox/delivery.ts";
import type { ClaimedDelivery } from "../../../src/store/outbox/outbox.ts";
import { T0, attemptOf } from "../../support/outbox-setup.ts";

const DELIVERED: DeliveryOutcome = { kind: "delivered", status: 204, excerpt: "" };
const BUSY: DeliveryOutcome = { kind: "rejected", status: 503, retryAfterMs: undefined, excerpt: "later" };
const GONE: DeliveryOutcome = { kind: "rejected", status: 410, retryAfterMs: undefined, excerpt: "" };
const NO_NETWORK: DeliveryOutcome = { kind: "own_fault", errorClass: "no_network", detail: "ENETUNREACH" };

function claimedOf(more: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    eventId: "evt_1",
    account: "northside",
    subject: "appointment",
    subjectId: "42",
    transitions: ["created"],
    at: T0 - 1_000,
    attempts: [],
    counted: 0,
    manual: false,
    recovered: false,
    queuePlace: "",
    targeted: false,
    ...more,
  };
}

function settle(
  outcome: DeliveryOutcome,
  more: Partial<ClaimedDelivery> = {},
  owned = false,
): ReturnType<typeof settleAttempt> {
  return settleAttempt(claimedOf(more), { outcome, endedAt: T0, durationMs: 80, owned }, 0.5);
}

test("when a subscriber's endpoint is tried again tells nothing of why there was no answer", () => {
  const failures: readonly DeliveryOutcome[] = [
    ...UNREACHABLE_CLASSES.map((errorClass) => ({ kind: "unreachable", errorClass, detail: "" }) as const),
    { kind: "refused", detail: "" },
  ];
  const whenAgain = (owned: boolean): ReadonlySet<number> =>
    new Set(failures.map((outcome) => settle(outcome, {}, owned).at));

  expect(whenAgain(true).size).toBe(1);
  // The twin: for the operator's a timeout gets more patience.
  expect(whenAgain(false).size).toBeGreaterThan(1);
});

test("an attempt that succeeds ends the delivery", () => {
  expect(settle(DELIVERED)).toMatchObject({ verdict: "delivered", at: T0, counted: 1 });
  expect(settle(DELIVERED).attempts).toEqual([
    { at: T0, durationMs: 80, outcome: "delivered", status: 204, trigger: "schedule", counts: true },
  ]);
});

test("an attempt that fails is followed by the next of the schedule, and says when and why", () => {
  const first = settle(BUSY);
  expect(first).toMatchObject({ verdict: "retry", at: T0 + 5_000, counted: 1 });
  expect(first.attempts).toEqual([
    {
      at: T0,
      durationMs: 80,
      outcome: "rejected",
      errorClass: "status",
      status: 503,
      excerpt: "later",
      nextAt: T0 + 5_000,
      trigger: "schedule",
      counts: true,
    },
  ]);
  expect(settle(BUSY, { counted: 1 })).toMatchObject({ verdict: "retry", at: T0 + 300_000, counted: 2 });
});

test("what the receiver asked for decides the wait", () => {
  expect(settle({ ...BUSY, retryAfterMs: 90_000 })).toMatchObject({ verdict: "retry", at: T0 + 90_000 });
});

test("the last attempt of the schedule fails the delivery, the one before does not", () => {
  expect(settle(BUSY, { counted: MAX_ATTEMPTS - 2 })).toMatchObject({
    verdict: "retry",
    counted: MAX_ATTEMPTS - 1,
  });
  const last = settle(BUSY, { counted: MAX_ATTEMPTS - 1 });
  expect(last).toMatchObject({ verdict: "failed", at: T0, counted: MAX_ATTEMPTS });
  expect(last.attempts[0]).not.toHaveProperty("nextAt");
});

test("a 410 holds the event: it was said of the endpoint", () => {
  expect(settle(GONE)).toMatchObject({ verdict: "parked", at: T0 });
});

test("a fault of ours uses up no attempt, however often", () => {
  const settled = settle(NO_NETWORK, { counted: MAX_ATTEMPTS - 1 });
  expect(settled).toMatchObject({ verdict: "retry", counted: MAX_ATTEMPTS - 1 });
  expect(settled.attempts).toMatchObject([
    { outcome: "own_fault", errorClass: "no_network", detail: "ENETUNREACH", counts: false },
  ]);
});

test("an attempt by hand uses up none of the schedule and announces no other", () => {
  const settled = settle(BUSY, { manual: true, counted: 3 });
  expect(settled).toMatchObject({ verdict: "retry", at: T0, counted: 3 });
  expect(settled.attempts).toMatchObject([{ trigger: "manual", counts: false }]);
  expect(settled.attempts[0]).not.toHaveProperty("nextAt");
});

test("an event that is not kept any more fails the delivery, and says so", () => {
  const settled = settleUnsent(claimedOf({ counted: 2 }), "event_not_kept", T0);
  expect(settled).toMatchObject({ verdict: "failed", at: T0, counted: 2 });
  expect(settled.attempts).toEqual([
    {
      at: T0,
      durationMs: 0,
      outcome: "own_fault",
      errorClass: "event_not_kept",
      trigger: "schedule",
      counts: false,
    },
  ]);
});

test("of many attempts the newest are kept", () => {
  const attempts = Array.from({ length: 30 }, (_, index) => attemptOf({ at: T0 - 100 + index }));
  for (const settled of [
    settle(BUSY, { attempts, manual: true }),
    settleUnsent(claimedOf({ attempts }), "event_not_kept", T0),
  ]) {
    expect(settled.attempts).toHaveLength(30);
    expect(settled.attempts.at(0)?.at).toBe(T0 - 99);
    expect(settled.attempts.at(-1)?.at).toBe(T0);
  }
});

test("whatever is written down can be read again", () => {
  const outcomes: DeliveryOutcome[] = [
    DELIVERED,
    BUSY,
    GONE,
    NO_NETWORK,
    { kind: "refused", detail: "10.0.0.1 is private" },
    { kind: "unreachable", errorClass: "tls", detail: "CERT_HAS_EXPIRED" },
  ];
  for (const outcome of outcomes) {
    for (const attempt of settle(outcome).attempts) expect(attemptSchema.parse(attempt)).toEqual(attempt);
  }
});

test("an endpoint that wants two attempts is tried twice, another goes on", () => {
  const settleFor = (most: number | undefined): string => {
    const ended = { outcome: BUSY, endedAt: T0, durationMs: 80, owned: false, most };
    return settleAttempt(claimedOf({ counted: 1 }), ended, 0.5).verdict;
  };
  expect([settleFor(2), settleFor(3), settleFor(undefined)]).toEqual(["failed", "retry", "retry"]);
});
