import { expect } from "vitest";

import { type ProcessFacts, createProcessRegistry } from "../../../src/store/detection/process-registry.ts";
import { test } from "../../support/redis-test.ts";

const FACTS: ProcessFacts = {
  id: "one",
  host: "notifier-1",
  pid: 17,
  roles: ["poll", "ops"],
  version: "0.1.0",
  node: "24.11.1",
  startedAt: 1_795_317_304_000,
  memoryBytes: 121_634_816,
  loopDelayMs: 1.4,
  accounts: ["northside"],
  endpoints: ["crm"],
  sealsWith: "k1",
};

test("processes are listed as they describe themselves, who spoke last first", async ({ redis, keys }) => {
  const registry = createProcessRegistry(redis, keys);
  expect(await registry.list()).toEqual([]);
  await registry.say(FACTS);
  await registry.say({ ...FACTS, id: "two", pid: 18 });
  await redis.zadd(keys.processes, Date.now() - 5_000, "one");

  const before = Date.now();
  const listed = await registry.list();
  expect(listed).toEqual([
    {
      ...FACTS,
      id: "two",
      pid: 18,
      seenAt: expect.any(Number) as number,
      silentMs: expect.any(Number) as number,
    },
    { ...FACTS, seenAt: expect.any(Number) as number, silentMs: expect.any(Number) as number },
  ]);
  // By the clock of Redis alone, whatever this machine's says.
  expect(listed[0]?.silentMs).toBeLessThan(60_000);
  expect(listed[1]?.silentMs).toBeGreaterThanOrEqual(5_000);
  expect(Math.abs((listed[0]?.seenAt ?? 0) - before)).toBeLessThan(60_000);

  // All of this may happen within a millisecond.
  await redis.zadd(keys.processes, Date.now() - 1_000, "two");
  await registry.say({ ...FACTS, memoryBytes: 7 });
  expect((await registry.list()).map(({ id, memoryBytes }) => [id, memoryBytes])).toEqual([
    ["one", 7],
    ["two", FACTS.memoryBytes],
  ]);
});

test("a process that says goodbye is gone at once", async ({ redis, keys }) => {
  const registry = createProcessRegistry(redis, keys);
  await registry.say(FACTS);
  await registry.say({ ...FACTS, id: "two" });
  await registry.remove("one");

  expect((await registry.list()).map(({ id }) => id)).toEqual(["two"]);
  expect(await redis.zrange(keys.processes, "0", "-1")).toEqual(["two"]);
  expect(await redis.exists(keys.process("one"))).toBe(0);
});

test("a process that falls silent is gone after a minute, and one that goes on speaking is not", async ({
  redis,
  keys,
}) => {
  const registry = createProcessRegistry(redis, keys);
  await registry.say(FACTS);
  await registry.say({ ...FACTS, id: "two" });
  const leftMs = await redis.pttl(keys.process("one"));
  expect(leftMs).toBeGreaterThan(50_000);
  expect(leftMs).toBeLessThanOrEqual(60_000);
  // The minute passes for the first one.
  await redis.pexpire(keys.process("one"), 0);

  expect((await registry.list()).map(({ id }) => id)).toEqual(["two"]);
});

test("a service that starts and dies over and over leaves nothing behind", async ({ redis, keys }) => {
  const registry = createProcessRegistry(redis, keys);
  for (let start = 0; start < 5; start += 1) await registry.say({ ...FACTS, id: `start-${start}` });
  expect(await redis.zcard(keys.processes)).toBe(5);
  const longAgo = Date.now() - 61_000;
  for (let start = 0; start < 4; start += 1) await redis.zadd(keys.processes, longAgo, `start-${start}`);
  await registry.say({ ...FACTS, id: "start-4" });

  expect(await redis.zrange(keys.processes, "0", "-1")).toEqual(["start-4"]);
  expect(await redis.pttl(keys.processes)).toBeGreaterThan(50_000);
});

test("what another release says in another shape is left out, the rest is not", async ({ redis, keys }) => {
  const registry = createProcessRegistry(redis, keys);
  await registry.say(FACTS);
  await redis.zadd(keys.processes, Date.now(), "strange", Date.now(), "torn");
  await redis.set(keys.process("strange"), JSON.stringify({ id: "strange", roles: "all" }));
  await redis.set(keys.process("torn"), "{");

  expect((await registry.list()).map(({ id }) => id)).toEqual(["one"]);
});
