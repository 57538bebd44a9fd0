import { expect, test } from "vitest";

import {
  BEAT_MS,
  SCHEDULE_DEFAULTS,
  createSchedule,
} from "../../../src/pollers/schedule/adaptive-schedule.ts";
import { createAdaptivePace } from "../../../src/pollers/schedule/pace.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const week = (weight: number): readonly number[] => Array.from({ length: 168 }, () => weight);

test.for([
  ["nothing else is read", []],
  ["another one changes as seldom", [week(1)]],
  ["another one changes a hundred times as often", [week(100)]],
] as const)(
  "a resource in which nothing is found is read again in its part of the time where %s",
  async ([, beside]) => {
    const pace = createAdaptivePace({
      scheduleOf: () => createSchedule(SCHEDULE_DEFAULTS),
      learntOf: async () => ({ weights: week(1), beside, sharing: beside.map(() => "attendees") }),
      shares: { spent: () => undefined, of: () => 1_000 },
      now: () => NOW,
    });
    const idle = { misses: 1_000, lastHitMs: undefined };
    const { atMs } = await pace.next({ account: "northside", resource: "patients" }, NOW, 0, idle);

    const isBusier = beside.some(([weight = 0]) => weight > 1);
    const { averageMs, promisedMaxMs, requestMs } = SCHEDULE_DEFAULTS;
    const capMs = isBusier ? promisedMaxMs - requestMs : averageMs;
    // An idle interval is cut by a tenth at most.
    expect(atMs - NOW).toBeGreaterThanOrEqual(capMs * 0.9 - BEAT_MS / 2);
    expect(atMs - NOW).toBeLessThanOrEqual(capMs + BEAT_MS / 2);
  },
);

test("what an account has learnt is read once for all that share, and once more after a hit", async () => {
  const asked: string[] = [];
  const schedule = createSchedule(SCHEDULE_DEFAULTS);
  const pace = createAdaptivePace({
    scheduleOf: () => schedule,
    learntOf: async ({ resource }) => {
      asked.push(resource);
      const [own, other] = resource === "patients" ? [100, 1] : [1, 100];
      const sharing = ["patients", "attendees"].filter((name) => name !== resource);
      return { weights: week(own), beside: [week(other)], sharing };
    },
    shares: { spent: () => undefined, of: () => 1_000 },
    now: () => NOW,
  });
  const idle = { misses: 1_000, lastHitMs: undefined };
  const pauseOf = async (resource: string, changes = 0): Promise<number> =>
    (await pace.next({ account: "northside", resource }, NOW, changes, idle)).atMs - NOW;

  const patients = await pauseOf("patients");
  // Each has its own part of what they share.
  expect(await pauseOf("attendees")).toBeGreaterThan(2 * patients);
  expect(asked).toEqual(["patients"]);
  await pauseOf("patients", 1);
  await pauseOf("attendees");
  expect(asked).toEqual(["patients"]);
  await pauseOf("patients");
  expect(asked).toEqual(["patients", "patients"]);
});
