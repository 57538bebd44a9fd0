import type { Redis } from "../../../src/store/redis/client.ts";
import { expect, onTestFinished } from "vitest";

import { readQueueFacts } from "../../../src/queues/queue-facts.ts";
import type { Queues } from "../../../src/queues/queues.ts";
import { startRouteWorker } from "../../../src/queues/workers.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { test } from "../../support/queue-test.ts";

test("a queue says who works on it, what is in it, and when the next job wakes", async ({ setup }) => {
  const { queues, options } = setup;
  const factsOf = async (name: string) => (await readQueueFacts(queues)).find(({ queue }) => queue === name);
  const before = Date.now();
  await queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  const after = Date.now();

  const poll = await factsOf("poll");
  expect(poll).toMatchObject({ workers: 0, jobs: { delayed: 1, waiting: 0, failed: 0 } });
  expect(poll?.nextWakeAt).toBeGreaterThanOrEqual(before + 60_000);
  expect(poll?.nextWakeAt).toBeLessThanOrEqual(after + 60_000);

  expect(await factsOf("route")).toMatchObject({ workers: 0, nextWakeAt: undefined });
  await using _worker = startRouteWorker(options, async () => undefined);
  await expect.poll(async () => (await factsOf("route"))?.workers).toBe(1);
  expect((await factsOf("poll"))?.workers).toBe(0);
});

test("workers of another database, or with another prefix, are not counted", async ({ redis, prefix }) => {
  await using here = createQueueSetup(redis, prefix);
  await using prefixed = createQueueSetup(redis, `${prefix}x`);
  const other = redis.duplicate({ db: 1 });
  onTestFinished(() => other.disconnect());
  await using elsewhere = createQueueSetup(other, prefix);
  const routeWorkers = async (queues: Queues) =>
    (await readQueueFacts(queues)).find(({ queue }) => queue === "route")?.workers;

  await using _other = startRouteWorker(elsewhere.options, async () => undefined);
  await using _prefixed = startRouteWorker(prefixed.options, async () => undefined);
  await expect.poll(async () => await routeWorkers(elsewhere.queues)).toBe(1);
  await expect.poll(async () => await routeWorkers(prefixed.queues)).toBe(1);
  expect(await routeWorkers(here.queues)).toBe(0);

  await using _here = startRouteWorker(here.options, async () => undefined);
  await expect.poll(async () => await routeWorkers(here.queues)).toBe(1);
  expect(await routeWorkers(elsewhere.queues)).toBe(1);
});

test("a queue says since when the first of those that could run now has waited", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues } = setup;
  const oldestOf = async (name: string) =>
    (await readQueueFacts(queues)).find(({ queue }) => queue === name)?.oldestWaitingAt;
  const target = { account: "northside", resource: "patients" };
  await queues.ensurePoll(target, 60_000);
  expect(await oldestOf("poll")).toBeUndefined();

  // It was made long ago, and has slept since: what counts is when it woke.
  await redis.hset(`${prefix}:queue:{poll}:poll:northside.patients`, "timestamp", 1);
  const before = await redisNow(redis);
  await queues.pollNow(target);
  const after = await redisNow(redis);
  await queues.ensurePoll({ ...target, account: "southside" }, 0);
  const oldest = await oldestOf("poll");
  expect(oldest).toBeGreaterThanOrEqual(before);
  expect(oldest).toBeLessThanOrEqual(after);
  expect(await oldestOf("route")).toBeUndefined();

  // Without the queue's own record of it, when the job was made has to do.
  await redis.del(`${prefix}:queue:{poll}:poll:events`);
  expect(await oldestOf("poll")).toBe(1);
});

/** The queue's events are stamped by Redis. */
async function redisNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
