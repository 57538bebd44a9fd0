import { expect } from "vitest";

import {
  type ScheduleState,
  type ScheduleStore,
  createScheduleStore as createStore,
} from "../../../src/store/detection/schedule-store.ts";
import { createTurns } from "../../../src/store/detection/turn-store.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import type { RedisNode } from "../../../src/store/redis/client.ts";
import { test } from "../../support/redis-test.ts";

const NOW = Date.UTC(2027, 2, 1);
const WEEK_MS = 7 * 86_400_000;
const SCOPE = ["northside", "patients"] as const;
const IDLE = { misses: 3, lastHitMs: undefined };

/** With what a turn that ends writes of it, whoever had the lease. */
function createScheduleStore(
  redis: RedisNode,
  keys: Keys,
  now: () => number,
): ScheduleStore & {
  record(
    account: string,
    resource: string,
    hourOfWeek: number,
    changes: number,
    state: ScheduleState,
  ): Promise<void>;
} {
  const turns = createTurns(redis, keys, 10_000, now);
  return {
    ...createStore(redis, keys, now),
    async record(account, resource, hourOfWeek, changes, state) {
      const lease = { account, resource, epoch: 1, holder: "nobody", chain: { commits: 0 } };
      await turns.end(lease, { outcome: { hourOfWeek, changes, state } });
    },
  };
}

test("nothing learnt yet is a week of zeros and no state", async ({ redis, keys }) => {
  const { state, changesByHour } = await createScheduleStore(redis, keys, () => NOW).read(...SCOPE);

  expect(state).toBeUndefined();
  expect(changesByHour).toEqual(Array.from({ length: 168 }, () => 0));
});

test("another process goes on with the state that one has left", async ({ redis, keys }) => {
  const one = createScheduleStore(redis, keys, () => NOW);
  const other = createScheduleStore(redis, keys, () => NOW);
  await one.record(...SCOPE, 9, 0, IDLE);
  expect((await other.read(...SCOPE)).state).toEqual(IDLE);

  await one.record(...SCOPE, 9, 2, { misses: 0, lastHitMs: NOW - 400 });
  expect((await other.read(...SCOPE)).state).toEqual({ misses: 0, lastHitMs: NOW - 400 });
});

test("changes are counted in their hour, and none is lost when processes count at once", async ({
  redis,
  keys,
}) => {
  const stores = [createScheduleStore(redis, keys, () => NOW), createScheduleStore(redis, keys, () => NOW)];
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      await stores[index % 2]?.record(...SCOPE, index % 3, 1, IDLE);
    }),
  );

  const { changesByHour } = await createScheduleStore(redis, keys, () => NOW).read(...SCOPE);
  for (const hour of [0, 1, 2]) expect(changesByHour[hour]).toBeCloseTo(20, 6);
  expect(changesByHour[3]).toBe(0);
});

test("what was seen three weeks ago counts half", async ({ redis, keys }) => {
  await createScheduleStore(redis, keys, () => NOW).record(...SCOPE, 5, 8, IDLE);
  const later = createScheduleStore(redis, keys, () => NOW + 3 * WEEK_MS);
  await later.record(...SCOPE, 6, 8, IDLE);

  const { changesByHour } = await later.read(...SCOPE);
  expect(changesByHour[5]).toBeCloseTo(4, 6);
  expect(changesByHour[6]).toBeCloseTo(8, 6);
});

test("twenty years on the numbers still fit", async ({ redis, keys }) => {
  await createScheduleStore(redis, keys, () => NOW).record(...SCOPE, 5, 8, IDLE);
  const later = createScheduleStore(redis, keys, () => NOW + 20 * 52 * WEEK_MS);
  await later.record(...SCOPE, 6, 8, IDLE);

  const { changesByHour } = await later.read(...SCOPE);
  expect(changesByHour[5]).toBeCloseTo(0, 6);
  expect(changesByHour[6]).toBeCloseTo(8, 6);
});

test("an import of thousands counts as a busy poll, no more", async ({ redis, keys }) => {
  const store = createScheduleStore(redis, keys, () => NOW);
  await store.record(...SCOPE, 5, 9_000, IDLE);

  expect((await store.read(...SCOPE)).changesByHour[5]).toBeCloseTo(20, 6);
});

test("each resource of each account learns for itself", async ({ redis, keys }) => {
  const store = createScheduleStore(redis, keys, () => NOW);
  await store.record("northside", "patients", 5, 8, IDLE);

  for (const scope of [
    ["southside", "patients"],
    ["northside", "individual_appointments"],
  ] as [string, string][]) {
    expect((await store.read(...scope)).state).toBeUndefined();
    expect((await store.read(...scope)).changesByHour[5]).toBe(0);
  }
});

test("what cannot be read is as good as not learnt", async ({ redis, keys }) => {
  const junk = { misses: "many", last_hit: "yesterday", "hour:5": "busy", "hour:6": "-3" };
  await redis.hset(keys.schedule(...SCOPE), junk);

  const { state, changesByHour } = await createScheduleStore(redis, keys, () => NOW).read(...SCOPE);
  expect(state).toBeUndefined();
  expect(changesByHour.slice(5, 7)).toEqual([0, 0]);
});

test("a schedule that Redis does not take rejects", async ({ redis, keys }) => {
  await redis.set(keys.schedule(...SCOPE), "not a hash");
  const store = createScheduleStore(redis, keys, () => NOW);

  await expect(store.record(...SCOPE, 5, 1, IDLE)).rejects.toThrow("WRONGTYPE");
});
