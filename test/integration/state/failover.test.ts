import type { Redis } from "../../../src/store/redis/client.ts";
import { expect, test } from "vitest";

import { startRelay } from "../../support/relay.ts";
import { changeArrives, startPortServer, startStage } from "../../support/state-stage.ts";

const OUTAGE = ["redis cannot be written, waiting for it", "redis can be written again"];

async function follow(replica: Redis, port: number): Promise<void> {
  await replica.replicaof("127.0.0.1", port);
  await expect.poll(async () => await replica.info("replication")).toContain("master_link_status:up");
}

test("a primary that is demoted where it stands, and is one again: told once, nothing lost", async () => {
  await using server = await startPortServer();
  await using stage = await startStage({ url: server.url }, "failover");
  const before = stage.log.messages().length;

  await server.redis.replicaof("127.0.0.1", 1);
  await expect.poll(async () => (await stage.ready()).reason).toMatch(/read-only/);
  const arriving = changeArrives(stage, "while it was a replica");
  // It stays so for a while: whatever is tried in the meantime is not told line by line.
  await expect
    .poll(async () => await countOf(server.redis, "errorstats", "READONLY:count"))
    .toBeGreaterThan(10);
  const meanwhile = stage.log.messages(50);
  await server.redis.replicaof("NO", "ONE");
  // A busy machine may find no answer in time, too: each reason is told once.
  expect(new Set(meanwhile)).toEqual(new Set([OUTAGE[0]]));
  expect(meanwhile.length).toBeLessThan(3);

  await arriving;
  const told = stage.log.messages().slice(before);
  expect([...new Set(told.filter((message) => OUTAGE.includes(message)))]).toEqual(OUTAGE);
  expect((await stage.ready()).status).toBe(200);
});

test("the address moves to the replica that was promoted: read on there, and delivered", async () => {
  await using first = await startPortServer();
  await using second = await startPortServer();
  await follow(second.redis, first.port);
  await using relay = await startRelay(first.url);
  await using stage = await startStage({ url: relay.url.replace("http", "redis") }, "failover");
  expect(await changeArrives(stage, "before")).toBeLessThan(60_000);
  await expect.poll(async () => (await second.redis.keys("failover:*")).length).toBeGreaterThan(10);

  // As a sentinel does it: the new one is promoted, the old one follows it, and the address moves last.
  await second.redis.replicaof("NO", "ONE");
  await first.redis.replicaof("127.0.0.1", second.port);
  await expect.poll(async () => (await stage.ready()).status).toBe(503);
  relay.turnTo(second.url);
  const movedAt = Date.now();

  await changeArrives(stage, "after");
  expect(Date.now() - movedAt).toBeLessThan(60_000);
  expect(stage.events()).toHaveLength(2);
  expect((await stage.ready()).status).toBe(200);
  expect(stage.log.messages(50).filter((message) => message !== OUTAGE[0])).toEqual([]);
});

test("a Redis of another installation behind the address: nothing is written or read, until ours is back", async () => {
  await using ours = await startPortServer();
  await using theirs = await startPortServer();
  {
    // Somebody else's service ran here, and is stopped.
    await using _other = await startStage({ url: theirs.url }, "failover");
  }
  await using relay = await startRelay(ours.url);
  await using stage = await startStage({ url: relay.url.replace("http", "redis") }, "failover");
  const keysBefore = await theirs.redis.keys("*");
  const before = await contentsOf(theirs.redis);

  relay.turnTo(theirs.url);
  await expect.poll(async () => (await stage.ready()).reason).toMatch(/holds another installation/);
  const asked = stage.clinic.traffic.total;
  const looks = await countOf(theirs.redis, "commandstats", "evalsha:calls");
  const arriving = changeArrives(stage, "while it was theirs");
  await expect
    .poll(async () => await countOf(theirs.redis, "commandstats", "evalsha:calls"))
    .toBeGreaterThan(looks + 4);
  expect(stage.clinic.traffic.total).toBe(asked);
  expect(stage.events()).toEqual([]);
  expect(await contentsOf(theirs.redis)).toBe(before);
  expect((await theirs.redis.keys("*")).filter((key) => !keysBefore.includes(key))).toEqual([]);
  relay.turnTo(ours.url);

  await arriving;
  expect((await stage.ready()).status).toBe(200);
  expect(stage.events()).toHaveLength(1);
}, 300_000);

/** One of the counts that a server keeps of itself. */
async function countOf(redis: Redis, section: string, name: string): Promise<number> {
  return Number(new RegExp(`${name}=(\\d+)`).exec(await redis.info(section))?.[1] ?? 0);
}

/** Everything that lasts in a Redis, apart from the marker that a waiting worker takes away. */
async function contentsOf(redis: Redis): Promise<string> {
  const contents: [key: string, dump: string | undefined][] = [];
  for (const key of (await redis.keys("*")).toSorted()) {
    if (key.endsWith(":marker") || (await redis.pttl(key)) >= 0) continue;
    contents.push([key, (await redis.dumpBuffer(key))?.toString("base64")]);
  }
  return JSON.stringify(contents);
}
