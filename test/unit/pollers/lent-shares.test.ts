import { expect, test } from "vitest";

import { createLentShares, createRequestShares } from "../../../src/pollers/schedule/request-shares.ts";

const LIVE = ["individual_appointments", "group_appointments", "attendees", "patients"];
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
const ALL_LIVE = LIVE.reduce((sum, resource) => sum + ownOf(of(resource)), 0);

test("one live resource that is read while the others sleep may spend what all of them may", () => {
  const shareOf = createLentShares(SHARED, () => 0);

  expect(shareOf(of("patients"))).toBeCloseTo(ALL_LIVE);
  expect(ALL_LIVE).toBeGreaterThan(4 * ownOf(of("patients")));
});

test("what the others use just now is not lent, and comes back within minutes of their silence", () => {
  let nowMs = 0;
  const shareOf = createLentShares(SHARED, () => nowMs);
  for (let poll = 0; poll < 300; poll += 1) {
    nowMs += 2_000;
    shareOf(of("individual_appointments"));
  }

  // Thirty a minute.
  expect(shareOf(of("patients"))).toBeGreaterThan(ALL_LIVE - 32);
  expect(shareOf(of("patients"))).toBeLessThan(ALL_LIVE - 30);
  nowMs += 600_000;
  expect(shareOf(of("patients"))).toBeCloseTo(ALL_LIVE, 1);
});

test("when all of them hunt at once, they stay within what they may spend together", () => {
  let nowMs = 0;
  const shareOf = createLentShares(SHARED, () => nowMs);
  const nextAt = new Map(LIVE.map((resource) => [resource, 0]));
  let polls = 0;
  const countedMs = 600_000;
  for (; nowMs < countedMs; nowMs += 50) {
    for (const [resource, at] of nextAt) {
      if (at > nowMs) continue;
      polls += 1;
      nextAt.set(resource, nowMs + 60_000 / shareOf(of(resource)));
    }
  }

  expect(polls / (countedMs / 60_000)).toBeLessThan(ALL_LIVE * 1.1);
  expect(polls / (countedMs / 60_000)).toBeGreaterThan(ALL_LIVE * 0.8);
});

test("nothing is lent to what can wait, nor to what is not configured", () => {
  const shareOf = createLentShares(SHARED, () => 0);

  expect(shareOf(of("invoices"))).toBe(ownOf(of("invoices")));
  expect(shareOf({ account: "elsewhere", resource: "patients" })).toBe(1);
});
