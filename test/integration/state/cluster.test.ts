import { expect, test } from "vitest";

import { connectRedis, durabilityWarnings } from "../../../src/store/redis/redis.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { startHoldingProxy } from "../../support/holding-proxy.ts";
import { startCluster } from "../../support/redis-servers.ts";
import { startStage } from "../../support/state-stage.ts";
import { startWork } from "../../support/under-trouble.ts";

const PREFIX = "cluster";
const keys = createKeys(PREFIX);
const POLLS = `${PREFIX}:queue:{poll}:poll:wait`;

test("a cluster whose slots move and whose primary is killed: read and delivered on, nothing lost, nothing invented", async () => {
  await using cluster = await startCluster();
  await using stage = await startStage({ url: cluster.url }, PREFIX);
  const work = startWork(stage);

  const client = await connectRedis({ url: cluster.url }, 60_000);
  expect((await durabilityWarnings(client)).map((warning) => warning.split(" is ")[0])).toEqual([
    "min-replicas-to-write",
  ]);
  client.disconnect();
  const moved = await work.through(async () => {
    for (const key of [keys.log("northside"), keys.outbox("crm").heads, POLLS]) await cluster.moveSlot(key);
  });
  expect(moved).toMatchObject({ lost: 0, invented: 0, identityFaults: 0, strange: [] });
  // What is no trouble is not told.
  expect(stage.log.messages(40).filter((message) => /^redis (lost|cannot)/.test(message))).toEqual([]);

  const { primary } = await cluster.ownerOf(keys.log("northside"));
  const killed = await work.through(async () => {
    await primary.kill();
    await expect
      .poll(async () => (await cluster.ownerOf(keys.log("northside"))).primary.port)
      .not.toBe(primary.port);
  });
  expect(killed).toMatchObject({ lost: 0, invented: 0, identityFaults: 0, strange: [] });
  await expect.poll(() => stage.log.messages()).toContain("redis is back");
  expect((await stage.ready()).status).toBe(200);
  expect(stage.log.messages(50)).toContain("redis lost, waiting for it");
}, 600_000);

test("the way to one node is cut and nothing breaks: what needs it waits, and goes on when it is there again", async () => {
  // Clients reach every primary by a way that can be cut; the nodes reach each other.
  await using first = await startHoldingProxy();
  await using second = await startHoldingProxy();
  await using third = await startHoldingProxy();
  const ways = [first, second, third];
  await using cluster = await startCluster({ replicas: false, announced: ways.map(({ port }) => port) });
  for (const [index, way] of ways.entries()) way.leadTo(cluster.servers[index]?.port ?? 0);
  const url = `redis+cluster://${ways.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  await using stage = await startStage({ url }, PREFIX);
  const work = startWork(stage);
  const { primary } = await cluster.ownerOf(keys.log("northside"));
  const cut = ways[cluster.servers.indexOf(primary)];
  expect(cut?.passed).toBeGreaterThan(0);

  const through = await work.through(async () => {
    cut?.hold(true);
    await expect.poll(() => stage.log.messages(50)).toContain("redis lost, waiting for it");
    cut?.hold(false);
    await expect.poll(() => stage.log.messages()).toContain("redis is back");
  });
  expect(through).toMatchObject({ lost: 0, invented: 0, identityFaults: 0, strange: [] });
  expect((await stage.ready()).status).toBe(200);
}, 600_000);
