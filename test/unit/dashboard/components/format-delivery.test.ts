import { expect, test } from "vitest";

import type { Attempt, Delivery } from "../../../../dashboard/api/answers.ts";
import {
  countAttempts,
  lastFailure,
  formatAttempts,
  formatDeliveries,
  formatLatency,
  formatOutcome,
  worstFirst,
} from "../../../../dashboard/components/delivery/format-delivery.ts";

const FAILED: Attempt = {
  at: "2026-11-22T03:15:05.480Z",
  duration_ms: 212,
  outcome: "rejected",
  error_class: "status",
  status: 503,
  detail: null,
  excerpt: null,
  next_at: null,
  trigger: "schedule",
  counts: true,
};
const TAKEN: Attempt = {
  ...FAILED,
  at: "2026-11-22T03:15:11.004Z",
  outcome: "delivered",
  error_class: null,
  status: 204,
};

function deliveryOf(given: Partial<Delivery>): Delivery {
  return {
    endpoint: "crm",
    event: "evt_1",
    type: "appointment.created",
    account: "northside",
    subject: { type: "appointment", id: "1" },
    committed_at: "2026-11-22T03:15:05.120Z",
    state: "retry",
    since: "2026-11-22T03:20:00.000Z",
    attempts: [],
    attempts_allowed: 10,
    ...given,
  };
}

test("attempts that use up none of the schedule are counted apart", () => {
  const manual: Attempt = { ...FAILED, trigger: "manual", counts: false };
  const delivery = deliveryOf({ attempts: [FAILED, manual] });

  expect(countAttempts(delivery)).toBe(1);
  expect(formatAttempts(delivery)).toBe("1 of 10 attempts and 1 beside the schedule");
  expect(formatAttempts(deliveryOf({ attempts: [FAILED, FAILED] }))).toBe("2 of 10 attempts");
});

test("latency runs from the change in Cliniko to the first 2xx, once more sent or not", () => {
  const delivery = deliveryOf({
    state: "delivered",
    attempts: [FAILED, TAKEN, { ...TAKEN, at: "2026-11-25T00:00:00Z" }],
  });

  expect(formatLatency(delivery, "2026-11-22T03:15:09.204Z")).toBe("1.8 s after the change in Cliniko");
  expect(formatLatency(delivery)).toBe("5.8 s after it was recorded");
  expect(formatLatency(deliveryOf({ attempts: [FAILED] }))).toBe(undefined);
});

test("the last attempt tells what is wrong, unless it was taken", () => {
  expect(lastFailure(deliveryOf({ attempts: [FAILED] }))).toBe(FAILED);
  expect(lastFailure(deliveryOf({ attempts: [FAILED, TAKEN] }))).toBe(undefined);
});

test("an outcome has the status of the answer where there was one", () => {
  expect(formatOutcome(FAILED)).toBe("Rejected, 503");
  expect(formatOutcome({ outcome: "unreachable", status: null })).toBe("Unreachable");
});

test("what needs somebody comes first", () => {
  const states = ["delivered", "parked", "failed", "retry"] as const;
  const sorted = worstFirst(states.map((state) => deliveryOf({ state, endpoint: state })));

  expect(sorted.map(({ state }) => state)).toEqual(["failed", "parked", "retry", "delivered"]);
  expect(formatDeliveries(sorted)).toBe("1 delivered, 1 retrying, 1 parked, 1 given up");
});
