import { expect, test } from "vitest";

import { startHeartbeat } from "../../src/app/heartbeat.ts";
import type { ProcessFacts } from "../../src/store/detection/process-registry.ts";

const CONFIG = {
  roles: ["poll", "ops"],
  accounts: [{ name: "northside" }],
  endpoints: [{ name: "crm" }],
  encryptionKeys: [{ id: "k2" }, { id: "k1" }],
};

/** Hears what is said; `fails` lets it come to nothing. */
function listener(fails = false) {
  const said: ProcessFacts[] = [];
  const removed: string[] = [];
  const redis = { status: "ready" };
  const processes = {
    say: async (facts: ProcessFacts): Promise<void> => {
      said.push(facts);
      if (fails) throw new Error("it is away");
    },
    remove: async (id: string): Promise<void> => {
      removed.push(id);
      if (fails) throw new Error("it is away");
    },
  };
  return { said, removed, redis, deps: { processes, redis, config: CONFIG, now: () => 1_800_000_000_000 } };
}

test("a process says what it is when it starts, again and again, and takes it back when it stops", async () => {
  const { deps, removed, said } = listener();
  const heartbeat = await startHeartbeat(deps, "0.1.0", 5);
  expect(said[0]).toMatchObject({
    roles: ["poll", "ops"],
    version: "0.1.0",
    pid: process.pid,
    node: process.versions.node,
    startedAt: 1_800_000_000_000,
    loopDelayMs: 0,
    accounts: ["northside"],
    endpoints: ["crm"],
    sealsWith: "k2",
  });
  expect(said[0]?.memoryBytes).toBeGreaterThan(1_000_000);
  await expect.poll(() => said.length).toBeGreaterThanOrEqual(3);
  await heartbeat[Symbol.asyncDispose]();

  expect(new Set(said.map(({ id }) => id)).size).toBe(1);
  expect(removed).toEqual([said[0]?.id]);
});

test("every start is another process", async () => {
  const { deps, said } = listener();
  for (let start = 0; start < 2; start += 1) {
    await using _heartbeat = await startHeartbeat(deps, "0.1.0", 60_000);
  }

  expect(new Set(said.map(({ id }) => id)).size).toBe(2);
});

test("while Redis is away nothing is said, and when it is back it is said again", async () => {
  const { deps, redis, removed, said } = listener();
  redis.status = "reconnecting";
  const heartbeat = await startHeartbeat(deps, "0.1.0", 5);
  expect(said).toEqual([]);
  redis.status = "ready";
  await expect.poll(() => said.length).toBeGreaterThan(0);
  redis.status = "reconnecting";
  await heartbeat[Symbol.asyncDispose]();

  expect(removed).toEqual([]);
});

test("a word that fails is said again in its turn, and stops neither the start nor the end", async () => {
  const { deps, removed, said } = listener(true);
  const heartbeat = await startHeartbeat(deps, "0.1.0", 5);
  await expect.poll(() => said.length).toBeGreaterThanOrEqual(2);
  await heartbeat[Symbol.asyncDispose]();

  expect(removed).toHaveLength(1);
});

test("words do not pile up behind one that waits, and the end waits for none for long", async () => {
  const { deps, removed, redis } = listener();
  let said = 0;
  const processes = {
    ...deps.processes,
    say: async (): Promise<void> => {
      said += 1;
      if (said > 1) await new Promise(() => undefined);
    },
  };
  const heartbeat = await startHeartbeat({ ...deps, processes }, "0.1.0", 1);
  await expect.poll(() => said).toBe(2);
  expect(redis.status).toBe("ready");
  await heartbeat[Symbol.asyncDispose]();

  expect(said).toBe(2);
  expect(removed).toEqual([]);
});

test("a loop that is blocked now and then is told, and the next word begins afresh", async () => {
  const { deps, said } = listener();
  await using _heartbeat = await startHeartbeat(deps, "0.1.0", 100);
  const worst = (): number => Math.max(...said.map(({ loopDelayMs }) => loopDelayMs));
  await expect
    .poll(() => {
      const until = performance.now() + 150;
      while (performance.now() < until);
      return worst();
    })
    .toBeGreaterThan(100);

  await expect.poll(() => said.at(-1)?.loopDelayMs).toBeLessThan(worst() / 2);
});
