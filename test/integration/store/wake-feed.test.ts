import type { Redis } from "ioredis";
import { expect } from "vitest";

import { announceWake, startWakeFeed } from "../../../src/store/outbox/wake-feed.ts";
import { test } from "../../support/redis-test.ts";

test("every process hears of what is announced from its start on, and of nothing before", async ({
  redis,
  keys,
}) => {
  await announceWake(redis, keys, "before");
  const heard: string[] = [];
  await using one = startWakeFeed({ redis, keys, onWake: (endpoint) => heard.push(`one ${endpoint}`) });
  await using other = startWakeFeed({ redis, keys, onWake: (endpoint) => heard.push(`other ${endpoint}`) });
  await expect.poll(() => one.hears() && other.hears()).toBe(true);

  await announceWake(redis, keys, "crm");
  await announceWake(redis, keys, "archive");

  await expect.poll(() => heard.length).toBe(4);
  expect(heard.toSorted()).toEqual(["one archive", "one crm", "other archive", "other crm"]);
});

test("cut off, it comes back and hears what is announced afterwards", async ({ redis, keys }) => {
  const heard: string[] = [];
  const connections: Redis[] = [];
  const duplicate = redis.duplicate.bind(redis);
  Object.assign(redis, {
    duplicate: () => {
      const connection = duplicate();
      connections.push(connection);
      return connection;
    },
  });
  await using feed = startWakeFeed({
    redis,
    keys,
    onWake: (endpoint) => heard.push(endpoint),
  });
  await expect.poll(() => feed.hears()).toBe(true);
  await announceWake(redis, keys, "first");
  await expect.poll(() => heard).toEqual(["first"]);

  connections[0]?.disconnect(true);
  await expect
    .poll(async () => {
      await announceWake(redis, keys, "afterwards");
      return heard.at(-1);
    })
    .toBe("afterwards");
});

test("what is announced does not pile up", async ({ redis, keys }) => {
  for (let count = 0; count < 1_500; count += 1) void announceWake(redis, keys, "crm");
  await announceWake(redis, keys, "crm");
  expect(await redis.xlen(keys.wakeFeed)).toBeLessThan(1_300);
});

test("it ends at once, also while it waits", async ({ redis, keys }) => {
  const feed = startWakeFeed({ redis, keys, onWake: () => undefined });
  await expect.poll(() => feed.hears()).toBe(true);
  await feed[Symbol.asyncDispose]();
  expect(feed.hears()).toBe(false);
});
