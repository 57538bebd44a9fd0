import type { Redis } from "../../../src/store/redis/client.ts";
import { describe, expect } from "vitest";

import type { RequestBudget } from "../../../src/cliniko/budget.ts";
import { Secret } from "../../../src/config/secret.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { createBatch } from "../../../src/store/redis/batch.ts";
import {
  type BudgetOptions,
  askBudget,
  createRequestBudget,
  hashOfConnection,
  hashOfKey,
} from "../../../src/store/detection/request-budget.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";

const KEY = "MS4xLTEyMzQ1Njc4OTAtYWJjZGVmZ2g";
/** Far from Redis's clock: none of the pacing may depend on it. */
const NOW = 1_000_000;

function budgetOf(redis: Redis, keys: Keys, more: Partial<Omit<BudgetOptions, "apiKey">> = {}, key = KEY) {
  return createRequestBudget(redis, keys, {
    apiKey: new Secret(key),
    requestsPerMinute: 1,
    share: 1,
    now: () => NOW,
    random: () => 0,
    ...more,
  });
}

async function take(budget: RequestBudget, times: number): Promise<number[]> {
  const waits: number[] = [];
  for (let taken = 0; taken < times; taken++) waits.push(await budget.take());
  return waits;
}

/** Moves the last refusal into the past: Redis's clock cannot be moved. */
async function letMinutesPass(redis: Redis, keys: Keys, minutes: number): Promise<void> {
  const key = keys.budget(hashOfKey(new Secret(KEY)));
  await redis.hincrby(key, "shrunk_at", -minutes * 60_000);
  await redis.hdel(key, "blocked");
}

test("five requests follow each other, the sixth waits for its turn", async ({ redis, keys }) => {
  const waits = await take(budgetOf(redis, keys), 6);

  expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  expect(waits[5]).toBeGreaterThan(50_000);
  expect(waits[5]).toBeLessThanOrEqual(60_000);
});

test("a request that must wait takes nothing, however often it asks", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  await take(budget, 5);
  const waits = await take(budget, 20);

  expect(waits.every((wait) => wait > 50_000 && wait <= 60_000)).toBe(true);
  expect(waits.toSorted((left, right) => right - left)).toEqual(waits);
});

test.for([
  [200, 0.25, 1_200],
  [200, 1, 300],
  [60, 0.5, 2_000],
  [1, 0.1, 600_000],
] as const)(
  "of %i requests a minute, a share of %d is one every %i ms",
  async ([requestsPerMinute, share, gapMs], { redis, keys }) => {
    const [wait = 0] = (await take(budgetOf(redis, keys, { requestsPerMinute, share }), 6)).slice(5);

    expect(wait).toBeGreaterThan(gapMs - 250);
    expect(wait).toBeLessThanOrEqual(gapMs);
  },
);

test("by Redis's clock a request becomes free again, one at a time", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys, { requestsPerMinute: 600 }); // one every 100 ms
  const before = performance.now();
  await take(budget, 5);

  await expect.poll(async () => await budget.take(), { interval: 5 }).toBe(0);

  expect(performance.now() - before).toBeGreaterThan(90);
  expect(await budget.take()).toBeGreaterThan(0);
});

test("two workers with one key share one budget, whatever their clocks say", async ({ redis, keys }) => {
  const one = budgetOf(redis, keys, { now: () => 0 });
  const other = budgetOf(redis, keys, { now: () => Date.now() + 86_400_000 });
  const waits = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => await (index % 2 === 0 ? one : other).take()),
  );

  expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
});

test("a key has one budget, with and without its shard; another key has its own", async ({ redis, keys }) => {
  await take(budgetOf(redis, keys, {}, KEY), 5);

  expect(await budgetOf(redis, keys, {}, `${KEY}-au1`).take()).toBeGreaterThan(0);
  expect(await budgetOf(redis, keys, {}, `${KEY}-UK12`).take()).toBeGreaterThan(0);
  expect(await budgetOf(redis, keys, {}, `${KEY}x-au1`).take()).toBe(0);
});

test("nobody sends before the time that the upstream named, however full the bucket", async ({
  redis,
  keys,
}) => {
  const budget = budgetOf(redis, keys);
  const other = budgetOf(redis, keys, { now: () => 0 });
  await budget.blockUntil(NOW + 20_000);

  for (const wait of [await budget.take(), await other.take()]) {
    expect(wait).toBeGreaterThan(15_000);
    expect(wait).toBeLessThanOrEqual(20_000);
  }
});

test("up to a second is added by chance, so that workers do not all come back at once", async ({
  redis,
  keys,
}) => {
  const budget = budgetOf(redis, keys, { random: () => 0.999 });
  await budget.blockUntil(NOW + 20_000);

  const wait = await budget.take();
  expect(wait).toBeGreaterThan(20_000);
  expect(wait).toBeLessThanOrEqual(21_000);
});

test("a later block is believed, an earlier one does not shorten it", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  await budget.blockUntil(NOW + 60_000);
  await budget.blockUntil(NOW + 1_000);
  expect(await budget.take()).toBeGreaterThan(50_000);

  await budget.blockUntil(NOW + 120_000);
  expect(await budget.take()).toBeGreaterThan(110_000);
});

test("a block that has passed already holds nobody up", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  await budget.blockUntil(NOW - 5_000);

  expect(await budget.take()).toBe(0);
});

test("a block ends by Redis's clock", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  await budget.blockUntil(NOW + 150);
  expect(await budget.take()).toBeGreaterThan(0);

  await expect.poll(async () => await budget.take(), { interval: 10 }).toBe(0);
});

test("the key itself is not in Redis, and a quiet budget is forgotten within the hour", async ({
  redis,
  keys,
  prefix,
}) => {
  const budget = budgetOf(redis, keys, {}, `${KEY}-au1`);
  await budget.take();
  await budget.blockUntil(NOW + 1_000);

  expect(await clearTextOf(redis, prefix)).not.toContain(KEY.slice(0, 12));
  const ttl = await redis.pttl(keys.budget(hashOfKey(new Secret(KEY))));
  expect(ttl).toBeGreaterThan(3_500_000);
  expect(ttl).toBeLessThanOrEqual(3_600_000);
});

test("a budget that cannot be asked rejects: nothing is free", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  redis.disconnect();

  await expect(budget.take()).rejects.toThrow("Connection is closed");
});

describe("after a 429", () => {
  test("the share is halved, for everyone who uses the key", async ({ redis, keys }) => {
    const budget = budgetOf(redis, keys, { share: 0.5 });
    expect((await budget.read()).share).toBe(0.5);

    await budget.blockUntil(NOW + 20_000);

    expect((await budget.read()).share).toBeCloseTo(0.25, 4);
    expect((await budgetOf(redis, keys, { share: 0.5 }).read()).share).toBeCloseTo(0.25, 4);
  });

  test("requests come half as often, and what was taken before is not given back", async ({
    redis,
    keys,
  }) => {
    const budget = budgetOf(redis, keys);
    await take(budget, 5);
    await budget.blockUntil(NOW);

    const wait = await budget.take();
    expect(wait).toBeGreaterThan(110_000);
    expect(wait).toBeLessThanOrEqual(120_000);
  });

  test("refusals of requests that were sent together halve it once", async ({ redis, keys }) => {
    const budget = budgetOf(redis, keys);
    await Promise.all([20, 21, 22].map(async (seconds) => await budget.blockUntil(NOW + seconds * 1_000)));
    expect((await budget.read()).share).toBeCloseTo(0.5, 4);

    await letMinutesPass(redis, keys, 0);
    await budget.blockUntil(NOW);
    expect((await budget.read()).share).toBeCloseTo(0.5, 4);
  });

  test("however often it is refused, a twentieth is left and requests go on", async ({ redis, keys }) => {
    const budget = budgetOf(redis, keys, { requestsPerMinute: 200 }); // one every 300 ms, at a twentieth every 6 s
    await take(budget, 5);
    for (let refusal = 0; refusal < 20; refusal++) {
      await budget.blockUntil(NOW);
      await redis.hincrby(keys.budget(hashOfKey(new Secret(KEY))), "shrunk_at", -1_000);
    }

    expect((await budget.read()).share).toBeCloseTo(0.05, 2);
    const wait = await budget.take();
    expect(wait).toBeGreaterThan(1_000);
    expect(wait).toBeLessThanOrEqual(6_000);
  });

  test("a second refusal halves what is left", async ({ redis, keys }) => {
    const budget = budgetOf(redis, keys);
    await budget.blockUntil(NOW);
    await letMinutesPass(redis, keys, 1);
    await budget.blockUntil(NOW);

    expect((await budget.read()).share).toBeCloseTo(0.255, 4);
  });

  test.for([
    [1, 0.51],
    [10, 0.6],
    [49, 0.99],
    [50, 1],
    [5_000, 1],
  ] as const)(
    "after %i minutes the share is back at %d of what was configured",
    async ([minutes, part], { redis, keys }) => {
      const budget = budgetOf(redis, keys, { share: 0.25 });
      await budget.blockUntil(NOW);
      await letMinutesPass(redis, keys, minutes);

      const { share } = await budget.read();
      expect(share).toBeCloseTo(0.25 * part, 4);
      expect(share).toBeLessThanOrEqual(0.25);
    },
  );
});

test("a budget tells what it has given and until when it gives nothing", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  expect(await budget.read()).toEqual({ share: 1, blockedUntilMs: undefined, taken: 0, used: 0 });

  await take(budget, 7);
  await budget.blockUntil(NOW + 20_000);

  const { blockedUntilMs, taken } = await budget.read();
  expect(taken).toBe(5);
  expect(blockedUntilMs).toBeGreaterThan(NOW + 15_000);
  expect(blockedUntilMs).toBeLessThanOrEqual(NOW + 20_000);
});

test("a budget tells how much of it is in use: a fifth a request, and less as time goes by", async ({
  redis,
  keys,
}) => {
  // A minute a request: what runs out while the test does is little.
  const budget = budgetOf(redis, keys);
  for (const expected of [0.2, 0.4, 0.6, 0.8, 1]) {
    await budget.take();
    expect((await budget.read()).used).toBeCloseTo(expected, 1);
  }
  await budget.take();
  expect((await budget.read()).used).toBeLessThanOrEqual(1);

  const key = keys.budget(hashOfKey(new Secret(KEY)));
  await redis.hset(key, "empty_at", Number(await redis.hget(key, "empty_at")) - 150_000);
  expect((await budget.read()).used).toBeCloseTo(0.5, 1);
  await redis.hset(key, "empty_at", 0);
  expect((await budget.read()).used).toBe(0);
});

test("after a refusal what was taken is as much of what is left", async ({ redis, keys }) => {
  const budget = budgetOf(redis, keys);
  await take(budget, 2);
  await budget.blockUntil(NOW);

  expect((await budget.read()).used).toBeCloseTo(0.4, 1);
});

test("those of many keys are read at once, each its own", async ({ redis, keys }) => {
  const other = "MS4xLW90aGVyLWtleQ-au1";
  await take(budgetOf(redis, keys), 1);
  await take(budgetOf(redis, keys, {}, other), 3);
  const batch = createBatch(redis);
  const options = { requestsPerMinute: 1, share: 1, now: () => NOW };
  const asked = [KEY, other].map((key) => askBudget(batch, keys, { ...options, apiKey: new Secret(key) }));
  await batch.run();

  expect(asked.map((reading) => reading().taken)).toEqual([1, 3]);
});

test("a connection is a key and where it is used, however the address is spelt", () => {
  const at = (url: string): string => hashOfConnection(new Secret(KEY), url);
  expect(at("http://127.0.0.1:1/v1")).toBe(at("http://127.0.0.1:1/v1/"));
  expect(at("http://127.0.0.1:1/v1")).not.toBe(at("http://127.0.0.1:2/v1"));
  expect(at("http://127.0.0.1:1/v1")).not.toBe(at("http://127.0.0.1:1/proxy/v1"));
  expect(hashOfConnection(new Secret("another-au1"), "http://127.0.0.1:1/v1")).not.toBe(
    at("http://127.0.0.1:1/v1"),
  );
});
