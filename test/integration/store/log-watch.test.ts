import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { createEventLog } from "../../../src/store/events/event-log.ts";
import { createLogReader } from "../../../src/store/events/log-reader.ts";
import { createLogWatch } from "../../../src/store/events/log-watch.ts";
import { LOG_START } from "../../../src/store/events/position.ts";
import { numbered } from "../../support/admin-setup.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const ACCOUNTS = ["northside", "southbank"];
const NEVER = new AbortController().signal;

async function blockedReaders(redis: Redis): Promise<number> {
  const clients = String(await redis.client("LIST"));
  return clients.split("\n").filter((line) => /cmd=xread/.test(line) && /flags=b/.test(line)).length;
}

test("a wait ends with the first entry behind the place", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, keyringOf("k1"));
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  await log.append(numbered(1));
  const { last } = await createLogReader(redis, keys).bounds("northside");
  let ended = false;
  const waited = watch.wait(new Map([["northside", last]]), NEVER).then(() => (ended = true));
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);
  expect(ended).toBe(false);

  await log.append(numbered(2));
  await waited;

  expect(ended).toBe(true);
});

test("what is there already ends the wait at once", async ({ redis, keys }) => {
  await createEventLog(redis, keys, keyringOf("k1")).append(numbered(1));
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  await watch.wait(new Map([["northside", LOG_START]]), NEVER);
  expect(watch.waiting).toBe(0);
});

test("an entry of an account that is not waited for wakes nobody, one that is does", async ({
  redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, keyringOf("k1"));
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  const woken: string[] = [];
  const wait = async (account: string): Promise<void> => {
    await watch.wait(new Map([[account, LOG_START]]), NEVER);
    woken.push(account);
  };
  const north = wait("northside");
  const south = wait("southbank");
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);

  await log.append(numbered(1, { account: "southbank" }));
  await south;
  expect(woken).toEqual(["southbank"]);

  await log.append(numbered(2));
  await north;
  expect(woken).toEqual(["southbank", "northside"]);
});

test("200 wait on one connection, and all are woken by one event", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, keyringOf("k1"));
  const connections = async (): Promise<number> =>
    String(await redis.client("LIST"))
      .trim()
      .split("\n").length;
  const before = await connections();
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  const waits = Array.from({ length: 200 }, async () => {
    await watch.wait(new Map([["northside", LOG_START]]), new AbortController().signal);
  });
  expect(watch.waiting).toBe(200);
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);
  expect(await connections()).toBe(before + 1);

  await log.append(numbered(1));
  await Promise.all(waits);

  expect(watch.waiting).toBe(0);
});

test("a wait ends with its signal, and nothing of it is left", async ({ redis, keys }) => {
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  const leaving = new AbortController();
  const waited = watch.wait(new Map([["northside", LOG_START]]), leaving.signal);
  expect(watch.waiting).toBe(1);

  leaving.abort();
  await waited;

  expect(watch.waiting).toBe(0);
});

test("disposing ends every wait, also while the connection blocks", async ({ redis, keys }) => {
  const watch = createLogWatch(redis, keys, ACCOUNTS);
  const waited = watch.wait(new Map([["northside", LOG_START]]), NEVER);
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);

  await watch[Symbol.asyncDispose]();
  await waited;

  await expect.poll(async () => await blockedReaders(redis)).toBe(0);
});

test("a wait outlives the loss of its connection", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, keyringOf("k1"));
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  const waited = watch.wait(new Map([["northside", LOG_START]]), NEVER);
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);
  const clients = String(await redis.client("LIST")).split("\n");
  const id = /id=(\d+)/.exec(clients.find((line) => line.includes("cmd=xread")) ?? "")?.[1] ?? "";

  await redis.client("KILL", "ID", id);
  await expect.poll(async () => await blockedReaders(redis)).toBe(1);
  await log.append(numbered(1));

  await waited;
});
