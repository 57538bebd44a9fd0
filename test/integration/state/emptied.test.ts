import type { Redis } from "../../../src/store/redis/client.ts";
import { expect, test as base } from "vitest";

import { createKeys } from "../../../src/store/redis/keys.ts";
import { eventually } from "../../support/harness.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { type Stage, changeArrives, startStage } from "../../support/state-stage.ts";

const PREFIX = "emptied";
const RESOURCES = ["attendees", "group_appointments", "individual_appointments", "patients"];

const test = base
  .extend("redis", async ({}, { onCleanup }) => {
    const server = await startRedisServer({});
    onCleanup(async () => await server[Symbol.asyncDispose]());
    return server;
  })
  .extend("stage", async ({ redis }, { onCleanup }) => {
    const stage = await startStage(redis.address, PREFIX);
    onCleanup(async () => await stage[Symbol.asyncDispose]());
    return stage;
  });

async function allRead({ app }: Stage): Promise<void> {
  await eventually(
    async () => (await app.status()).every(({ cursor }) => cursor?.phase === "live") || undefined,
  );
}

async function writtenPolls(redis: Redis): Promise<number> {
  return (await redis.keys(`${PREFIX}:queue:{poll}:poll:northside.*`)).filter((key) => !key.endsWith(":lock"))
    .length;
}

/** What the log says that Redis lost. What was at work when its job was removed, or waited for a busy server, complains of its own. */
function losses({ log }: Stage): string[] {
  return log.messages(50).filter((message) => /^redis (?:was emptied|went back)/.test(message));
}

for (const [how, empty] of [
  ["FLUSHALL", async (redis: Redis) => await redis.flushall()],
  ["FLUSHDB", async (redis: Redis) => await redis.flushdb()],
] as const) {
  test(`${how} while it runs: what must exist is made anew, and the gap is told and bracketed`, async ({
    redis: { redis },
    stage,
  }) => {
    const told = stage.connectionEvents().length;
    const emptiedAt = Date.now();

    await empty(redis);
    await allRead(stage);

    expect(Date.now() - emptiedAt).toBeLessThan(60_000);
    const since = (): { readonly type: string; readonly object: Readonly<Record<string, unknown>> }[] =>
      stage
        .connectionEvents()
        .slice(told)
        .map(({ type, data }) => ({ type, object: data.object ?? {} }));
    const of = (type: string): unknown[] =>
      since()
        .filter((event) => event.type === type)
        .map(({ object }) => object["resource"])
        .toSorted();
    await expect.poll(() => of("connection.recovered")).toEqual(RESOURCES);
    expect(of("connection.degraded")).toEqual(RESOURCES);
    for (const { type, object } of since()) {
      if (type !== "connection.degraded") continue;
      expect(object["detail"]).toMatch(/^Redis was emptied after 20.*is lost/);
      expect(object["complete_up_to"]).toMatch(/^20/);
    }
    expect(losses(stage)).toEqual([expect.stringMatching(/^redis was emptied/)]);
    // The new first sync is silent, and what comes after it is told.
    expect(stage.events()).toEqual([]);
    expect(await changeArrives(stage, "after the flush")).toBeLessThan(60_000);
    expect((await stage.ready()).status).toBe(200);
  });
}

test("the identity is the same afterwards: the event ids go on", async ({ redis: { redis }, stage }) => {
  const keys = createKeys(PREFIX);
  const owner = await redis.hget(keys.marks, "owner");

  await redis.flushall();

  await expect.poll(async () => await redis.hget(keys.marks, "owner")).toBe(owner);
  expect(await redis.hexists(keys.installation, "identity")).toBe(1);
  await allRead(stage);
});

for (const [what, keysOf] of [
  ["a poll's hash", ["queue:{poll}:poll:northside.patients"]],
  ["the set of polls that sleep", ["queue:{poll}:poll:delayed"]],
  ["all of the queue of polls", ["queue:{poll}:poll:*"]],
  ["the endpoints", ["{_service}:endpoints"]],
  ["the endpoint's job", ["queue:{deliver}:deliver:*"]],
  ["the identity", ["installation"]],
  ["the identity and the marks", ["installation", "installation:marks"]],
] as const) {
  test(`${what} removed alone: it is made again, and nobody is told of a gap`, async ({
    redis: { redis },
    stage,
  }) => {
    const told = stage.connectionEvents().length;
    const found = await Promise.all(keysOf.map(async (key) => await redis.keys(`${PREFIX}:${key}`)));
    expect(found.flat()).not.toEqual([]);

    await redis.del(found.flat());

    await expect.poll(async () => await writtenPolls(redis)).toBe(4);
    await expect
      .poll(async () => await redis.exists(`${PREFIX}:installation`, `${PREFIX}:{_service}:endpoints`))
      .toBe(2);
    expect(await changeArrives(stage, "still read")).toBeLessThan(60_000);
    expect(stage.connectionEvents()).toHaveLength(told);
    expect(losses(stage)).toEqual([]);
  });
}
