import { expect } from "vitest";

import { startTidyWorker } from "../../../src/queues/workers.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

test("a Redis that answers and takes nothing in is asked more and more seldom, and work goes on when it does again", async ({
  prefix,
}) => {
  await using server = await startRedisServer({});
  await using setup = createQueueSetup(server.redis, prefix);
  await setup.queues.ensureTidy();
  await server.redis.config("SET", "maxmemory", "1");
  const startedAt = performance.now();
  const runs: number[] = [];
  await using _worker = startTidyWorker(setup.options, async () => {
    runs.push(performance.now());
    return Date.now() + HOUR_MS;
  });

  // Each rest is twice the one before: 250 ms, 500 ms, a second. Unrested it was thousands of tries a second.
  await expect.poll(() => setup.errors.length, { interval: 10 }).toBeGreaterThanOrEqual(5);
  expect(performance.now() - startedAt).toBeGreaterThan(240);
  expect(setup.errors.every(({ message }) => message.startsWith("OOM"))).toBe(true);
  expect(runs).toEqual([]);

  await server.redis.config("SET", "maxmemory", "0");
  await expect.poll(() => runs.length).toBe(1);
});

test("a Redis that takes everything in is not rested from", async ({ prefix }) => {
  await using server = await startRedisServer({});
  await using setup = createQueueSetup(server.redis, prefix);
  let runs = 0;
  const startedAt = performance.now();
  await using _worker = startTidyWorker(setup.options, async () => {
    runs += 1;
    return Date.now();
  });
  await setup.queues.ensureTidy();

  await expect.poll(() => runs, { interval: 10 }).toBeGreaterThan(20);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(setup.errors).toEqual([]);
});

test("a worker that rests can be disposed", async ({ prefix }) => {
  await using server = await startRedisServer({});
  await using setup = createQueueSetup(server.redis, prefix);
  await server.redis.config("SET", "maxmemory", "1");
  const worker = startTidyWorker(setup.options, async () => Date.now() + HOUR_MS);
  await expect.poll(() => setup.errors.length).toBeGreaterThan(0);
  const startedAt = performance.now();
  await worker[Symbol.asyncDispose]();

  expect(performance.now() - startedAt).toBeLessThan(15_000);
});
