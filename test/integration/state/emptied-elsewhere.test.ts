import { expect, test } from "vitest";

import { startApp } from "../../../src/app/app.ts";
import { startRelay } from "../../support/relay.ts";
import {
  type Stage,
  changeArrives,
  createKeptLog,
  startPortServer,
  startStage,
} from "../../support/state-stage.ts";

function countOf(stage: Stage, type: string): number {
  return stage.connectionEvents().filter((event) => event.type === type).length;
}

test("two processes notice an emptied Redis, and each resource's gap is told once", async () => {
  await using server = await startPortServer();
  await using stage = await startStage({ url: server.url }, "twice");
  const other = createKeptLog();
  const redis = { url: server.url };
  await using _second = await startApp({
    config: stage.config,
    logger: other.logger,
    redis,
    prefix: "twice",
  });

  await server.redis.flushall();
  await expect.poll(() => countOf(stage, "connection.recovered")).toBe(4);
  await changeArrives(stage, "after the flush");

  expect(countOf(stage, "connection.degraded")).toBe(4);
  expect(countOf(stage, "connection.recovered")).toBe(4);
  for (const log of [stage.log, other]) {
    const told = (): string[] =>
      log.messages(50).filter((message) => message.startsWith("redis was emptied"));
    await expect.poll(told).toHaveLength(1);
  }
});

test("a server that comes back empty is one that was emptied", async () => {
  await using full = await startPortServer();
  await using empty = await startPortServer();
  await using relay = await startRelay(full.url);
  await using stage = await startStage({ url: relay.url.replace("http", "redis") }, "empty");

  relay.turnTo(empty.url);
  await expect.poll(() => countOf(stage, "connection.recovered")).toBe(4);

  expect(countOf(stage, "connection.degraded")).toBe(4);
  await changeArrives(stage, "on the new one");
  expect(await empty.redis.hexists("empty:installation", "identity")).toBe(1);
  expect(await empty.redis.hexists("empty:installation", "erasure")).toBe(1);
});
