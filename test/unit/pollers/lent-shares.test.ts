import { expect, test } from "vitest";

import { createLentShares, createRequestShares } from "../../../src/pollers/schedule/request-shares.ts";

const LIVE = ["individual_appointments", "group_appointments", "attendees", "patients"];
/** What is lent of fifty requests a minute. */
const ALLOWED = 48;
const SHARED = {
  accounts: [{ name: "northside", resources: [...LIVE, "invoices"] }],
  polling: {
    budgetShare: 0.25,
    intervalMs: undefined,
    promiseMs: { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 },
    requestsPerMinute: 200,
  },
};
const ownOf = createRequestShares(SHARED);
const of = (resource: string) => ({ account: "northside", resource });

test("one live resource that is read while all else sleeps may spend what the account may", () => {
  const shares = createLentShares(SHARED, () => 0);

  expect(shares.of(of("patients"))).toBeCloseTo(ALLOWED);
  expect(ownOf(of("patients"))).toBeLessThan(ALLOWED / 4);
});

test.for(["individual_appointments", "invoices"])(
  "what %s use just now is not lent, however many requests a poll takes, and comes back within minutes of their silence",
  (busy) => {
    let nowMs = 0;
    const shares = createLentShares(SHARED, () => nowMs);
    for (let poll = 0; poll < 300; poll += 1) {
      nowMs += 4_000;
      shares.spent(of(busy), 2);
    }

    // Thirty a minute.
    expect(shares.of(of("patients"))).toBeGreaterThan(ALLOWED - 32);
    expect(shares.of(of("patients"))).toBeLessThan(ALLOWED - 29);
    nowMs += 600_000;
    expect(shares.of(of("patients"))).toBeCloseTo(ALLOWED, 1);
  },
);

test("when all of them hunt at once, they stay within what the account may spend", () => {
  let nowMs = 0;
  const shares = createLentShares(SHARED, () => nowMs);
  const nextAt = new Map([...LIVE, "invoices"].map((resource) => [resource, 0]));
  let polls = 0;
  const countedMs = 600_000;
  for (; nowMs < countedMs; nowMs += 50) {
    for (const [resource, at] of nextAt) {
      if (at > nowMs) continue;
      polls += 1;
      shares.spent(of(resource), 1);
      nextAt.set(resource, nowMs + 60_000 / shares.of(of(resource)));
    }
  }

  expect(polls / (countedMs / 60_000)).toBeLessThan(50 * 1.1);
  expect(polls / (countedMs / 60_000)).toBeGreaterThan(ALLOWED * 0.8);
});

test("nothing is lent to what can wait, nor to what is not configured", () => {
  const shares = createLentShares(SHARED, () => 0);

  expect(shares.of(of("invoices"))).toBe(ownOf(of("invoices")));
  expect(shares.of({ account: "elsewhere", resource: "patients" })).toBe(1);
});
