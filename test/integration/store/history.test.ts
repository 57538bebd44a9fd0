import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { SERVICE_ACCOUNT } from "../../../src/diff/endpoint-event.ts";
import { type History, createHistory } from "../../../src/store/history/history.ts";
import {
  type CountedAttempt,
  type HistoryRecorder,
  startHistoryRecorder,
} from "../../../src/store/history/history-recorder.ts";
import { type HistoryScope, type Keys, createKeys } from "../../../src/store/redis/keys.ts";
import { MOST_ERROR, percentileOf } from "../../../src/store/history/latency-bins.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { test } from "../../support/redis-test.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Half past, and in the middle of a minute. */
const T0 = Date.parse("2026-11-22T03:30:20Z");

interface Setup {
  readonly clock: { ms: number };
  readonly history: History;
  readonly troubles: readonly string[];
  start(): HistoryRecorder;
  /** Counts what `act` does, and has it written. */
  record(act: (recorder: HistoryRecorder) => void): Promise<void>;
}

function setUp(redis: Redis, keys: Keys): Setup {
  const clock = { ms: T0 };
  const troubles: string[] = [];
  const start = (): HistoryRecorder =>
    startHistoryRecorder({ redis, keys, now: () => clock.ms, onTrouble: (detail) => troubles.push(detail) });
  return {
    clock,
    troubles,
    history: createHistory(redis, keys),
    start,
    async record(act) {
      await using recorder = start();
      act(recorder);
    },
  };
}

function attemptOf(more: Partial<CountedAttempt> = {}): CountedAttempt {
  const made = { endpoint: "crm", account: "northside", owned: false };
  return { ...made, delivered: true, sinceHappenedMs: 10_000, ...more };
}

async function sumOf(
  { clock, history }: Setup,
  scope: HistoryScope = {},
  range: "hour" | "day" | "week" = "hour",
): Promise<readonly [detected: number, delivered: number, failed: number]> {
  const selection = { detectedOf: [scope], deliveredOf: [scope] };
  const { intervals } = await history.read(range, selection, clock.ms);
  const sum = (name: "detected" | "delivered" | "failed"): number =>
    intervals.reduce((total, interval) => total + interval[name], 0);
  return [sum("detected"), sum("delivered"), sum("failed")];
}

test.for([
  ["hour", 60, MINUTE_MS, "2026-11-22T02:31:00.000Z", "2026-11-22T03:30:00.000Z"],
  ["day", 144, 10 * MINUTE_MS, "2026-11-21T03:40:00.000Z", "2026-11-22T03:30:00.000Z"],
  ["week", 168, HOUR_MS, "2026-11-15T04:00:00.000Z", "2026-11-22T03:00:00.000Z"],
] as const)(
  "a %s is %i intervals, the last of which is not over yet, and where nothing was counted stand zeros",
  async ([range, shown, stepMs, first, last], { redis, keys }) => {
    const setup = setUp(redis, keys);
    await setup.record((recorder) => {
      recorder.detected("northside", 3);
      recorder.attemptEnded(attemptOf());
      recorder.attemptEnded(attemptOf({ delivered: false }));
    });

    const selection = { detectedOf: [{}], deliveredOf: [{}] };
    const found = await setup.history.read(range, selection, setup.clock.ms);
    expect(found.stepMs).toBe(stepMs);
    expect(found.intervals).toHaveLength(shown);
    expect(new Date(found.intervals[0]?.at ?? 0).toISOString()).toBe(first);
    expect(new Date(found.intervals.at(-1)?.at ?? 0).toISOString()).toBe(last);
    expect(found.intervals.at(-1)).toMatchObject({ detected: 3, delivered: 1, failed: 1 });
    for (const { latencies, ...counts } of found.intervals.slice(0, -1)) {
      expect(counts).toMatchObject({ detected: 0, delivered: 0, failed: 0 });
      expect(percentileOf(latencies, 0.5)).toBeUndefined();
    }
  },
);

test("what is counted stands in its own interval, over the bounds of hashes too", async ({ redis, keys }) => {
  const setup = setUp(redis, keys);
  const minutes = Array.from({ length: 60 }, (_, index) => index);
  for (const minute of minutes) {
    setup.clock.ms = T0 + minute * MINUTE_MS;
    await setup.record((recorder) => recorder.detected("northside", minute + 1));
  }

  const selection = { detectedOf: [{ account: "northside" }], deliveredOf: [] };
  const { intervals } = await setup.history.read("hour", selection, setup.clock.ms);
  expect(intervals.map(({ detected }) => detected)).toEqual(minutes.map((minute) => minute + 1));
  const day = await setup.history.read("day", selection, setup.clock.ms);
  expect(day.intervals.map(({ detected }) => detected).filter((detected) => detected > 0)).toEqual(
    // 3:30 to 4:29: six of ten minutes each.
    [0, 1, 2, 3, 4, 5].map((ten) => 10 * (10 * ten) + 55),
  );
});

test("several processes add up", async ({ address, prefix, redis, keys }) => {
  const other = await connectRedis(address, 10_000);
  const [one, two] = [setUp(redis, keys), setUp(other, createKeys(prefix))];
  const count = (recorder: HistoryRecorder): void => {
    recorder.detected("northside", 2);
    recorder.attemptEnded(attemptOf({ sinceHappenedMs: 9_000 }));
    recorder.attemptEnded(attemptOf({ delivered: false }));
  };
  await Promise.all([one.record(count), two.record(count), one.record(count)]);
  other.disconnect();

  expect(await sumOf(one)).toEqual([6, 3, 3]);
  const { intervals } = await one.history.read(
    "hour",
    { detectedOf: [], deliveredOf: [{ endpoint: "crm" }] },
    one.clock.ms,
  );
  const p95 = percentileOf(intervals.at(-1)?.latencies ?? new Map(), 0.95) ?? 0;
  expect(p95).toBeGreaterThan(9_000 / MOST_ERROR);
  expect(p95).toBeLessThan(9_000 * MOST_ERROR);
});

test("an attempt counts for its endpoint, its account and the whole; for both together where it is a subscriber's", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys);
  await setup.record((recorder) => {
    recorder.attemptEnded(attemptOf());
    recorder.attemptEnded(attemptOf({ account: "southside" }));
    recorder.attemptEnded(attemptOf({ endpoint: "own", owned: true }));
    recorder.detected("southside", 5);
  });

  expect(await sumOf(setup)).toEqual([5, 3, 0]);
  expect(await sumOf(setup, { endpoint: "crm" })).toEqual([0, 2, 0]);
  expect(await sumOf(setup, { endpoint: "own" })).toEqual([0, 1, 0]);
  expect(await sumOf(setup, { account: "northside" })).toEqual([0, 2, 0]);
  expect(await sumOf(setup, { account: "southside" })).toEqual([5, 1, 0]);
  expect(await sumOf(setup, { endpoint: "own", account: "northside" })).toEqual([0, 1, 0]);
  expect(await sumOf(setup, { endpoint: "own", account: "southside" })).toEqual([0, 0, 0]);
  expect(await sumOf(setup, { endpoint: "crm", account: "northside" })).toEqual([0, 0, 0]);
});

test("what the service tells of itself counts once, for its endpoint and for the whole", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys);
  await setup.record((recorder) => {
    recorder.attemptEnded(attemptOf({ account: SERVICE_ACCOUNT, endpoint: "own", owned: true }));
  });

  expect(await sumOf(setup)).toEqual([0, 1, 0]);
  expect(await sumOf(setup, { endpoint: "own" })).toEqual([0, 1, 0]);
  expect(await sumOf(setup, { endpoint: "own", account: SERVICE_ACCOUNT })).toEqual([0, 0, 0]);
});

test("what was sent again by hand counts, and says nothing of latency", async ({ redis, keys }) => {
  const setup = setUp(redis, keys);
  await setup.record((recorder) => recorder.attemptEnded(attemptOf({ sinceHappenedMs: undefined })));
  const selection = { detectedOf: [], deliveredOf: [{}] };
  const { intervals } = await setup.history.read("hour", selection, setup.clock.ms);

  expect(intervals.at(-1)).toMatchObject({ delivered: 1, latencies: new Map() });
});

test("the last day of endpoints comes by the hour, in their order", async ({ redis, keys }) => {
  const setup = setUp(redis, keys);
  await setup.record((recorder) => recorder.attemptEnded(attemptOf()));
  setup.clock.ms += 5 * HOUR_MS;
  await setup.record((recorder) => {
    recorder.attemptEnded(attemptOf());
    recorder.attemptEnded(attemptOf({ delivered: false }));
  });

  const found = await setup.history.hourly(["unknown", "crm"], setup.clock.ms);
  expect(found.map(({ endpoint }) => endpoint)).toEqual(["unknown", "crm"]);
  const zeros = Array.from({ length: 24 }, () => 0);
  expect(found[0]).toMatchObject({ delivered: zeros, failed: zeros });
  expect(found[1]).toMatchObject({
    delivered: [...zeros.slice(6), 1, 0, 0, 0, 0, 1],
    failed: [...zeros.slice(1), 1],
  });
});

test("every hash goes by itself, later than anybody can see it, and holds no more than counts", async ({
  redis,
  keys,
  prefix,
}) => {
  const setup = setUp(redis, keys);
  await setup.record((recorder) => {
    recorder.detected("northside", 1);
    recorder.attemptEnded(attemptOf({ endpoint: "own", owned: true }));
  });
  const found = await redis.keys(`${prefix}:*`);

  expect(found.map((key) => key.replace(/:\d+$/, "")).toSorted()).toEqual(
    [
      "{_service}:history",
      "{endpoint:own}:history",
      "{endpoint:own}:history:northside",
      "{northside}:history",
    ]
      .flatMap((scope) => ["60", "600", "3600"].map((step) => `${prefix}:${scope}:${step}`))
      .toSorted(),
  );
  for (const key of found) {
    const step = Number(key.split(":").at(-2)) * 1_000;
    const shownMs = step === MINUTE_MS ? HOUR_MS : step === HOUR_MS ? 7 * DAY_MS : DAY_MS;
    const leftMs = await redis.pttl(key);
    expect(leftMs).toBeGreaterThan(shownMs);
    expect(leftMs).toBeLessThanOrEqual(10 * DAY_MS);
    const fields = await redis.hgetall(key);
    expect(Object.entries(fields).flat().join(" ")).toMatch(/^([0-9a-n](D|S|[0-9a-z]{1,2}) 1 ?)+$/);
  }
});

test("what is gathered is written within a second or so, without anybody asking", async ({ redis, keys }) => {
  const setup = setUp(redis, keys);
  await using recorder = setup.start();
  recorder.detected("northside", 1);

  await expect.poll(async () => await sumOf(setup)).toEqual([1, 0, 0]);
});

test("while Redis is away nothing is thrown and nothing waits; what was counted is written when it is back", async () => {
  const server = await startRedisServer({});
  const redis = await connectRedis(server.address, 10_000);
  const keys = createKeys("away");
  const setup = setUp(redis, keys);
  await setup.record((recorder) => recorder.detected("northside", 1));
  expect(await sumOf(setup)).toEqual([1, 0, 0]);

  const recorder = setup.start();
  redis.disconnect(true);
  recorder.detected("northside", 2);
  recorder.attemptEnded(attemptOf());
  await expect.poll(async () => await sumOf(setup)).toEqual([3, 1, 0]);

  // The twin: it does not come back, and the service stops all the same.
  await server[Symbol.asyncDispose]();
  recorder.detected("northside", 4);
  await recorder[Symbol.asyncDispose]();
  redis.disconnect();
  expect(setup.troubles).toEqual([]);
});

test("a Redis that takes nothing in is told of once, and again after it did", async () => {
  await using server = await startRedisServer({});
  const { redis } = server;
  const setup = setUp(redis, createKeys("full"));
  const fill = async (): Promise<void> => {
    await redis.config("SET", "maxmemory", "1");
  };
  await fill();
  await using recorder = setup.start();
  recorder.detected("northside", 1);
  await expect.poll(() => setup.troubles).toHaveLength(1);
  expect(setup.troubles[0]).toMatch(/OOM/);
  recorder.detected("northside", 2);
  const before = await commandsOf(redis);
  await expect.poll(async () => await commandsOf(redis)).toBeGreaterThan(before);
  expect(setup.troubles).toHaveLength(1);

  await redis.config("SET", "maxmemory", "0");
  recorder.detected("northside", 4);
  await expect.poll(async () => await sumOf(setup)).toEqual([4, 0, 0]);
  await fill();
  recorder.detected("northside", 8);
  await expect.poll(() => setup.troubles).toHaveLength(2);
  expect(await sumOf(setup)).toEqual([4, 0, 0]);
});

/** How often something was counted in it, also in vain. */
async function commandsOf(redis: Redis): Promise<number> {
  const stats = await redis.info("commandstats");
  return Number(/^cmdstat_evalsha:.*failed_calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

test("what was gathered in an outage that outlasts its keeping is not written any more", async ({
  redis,
  keys,
  prefix,
}) => {
  const setup = setUp(redis, keys);
  const recorder = setup.start();
  recorder.detected("northside", 1);
  setup.clock.ms += 3 * HOUR_MS;
  await recorder[Symbol.asyncDispose]();

  const steps = (await redis.keys(`${prefix}:*`)).map((key) => key.split(":").at(-2));
  expect(new Set(steps)).toEqual(new Set(["600", "3600"]));
  expect(await sumOf(setup, {}, "day")).toEqual([1, 0, 0]);
});

test("however much is counted without Redis, what is kept of it has a bound", async () => {
  const server = await startRedisServer({});
  const redis = await connectRedis(server.address, 10_000);
  const setup = setUp(redis, createKeys("bound"));
  const recorder = setup.start();
  redis.disconnect(true);
  for (let index = 0; index < 25_000; index += 1) recorder.detected(`clinic-${index}`, 1);

  // By itself, once the connection is back: its end waits for no more than a second.
  await expect.poll(async () => await sumOf(setup)).toEqual([25_000, 0, 0]);
  await recorder[Symbol.asyncDispose]();
  expect(await sumOf(setup, { account: "clinic-0" })).toEqual([1, 0, 0]);
  expect(await sumOf(setup, { account: "clinic-24999" })).toEqual([0, 0, 0]);
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
