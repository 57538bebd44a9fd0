import { expect } from "vitest";

import { askAccountFacts } from "../../../src/store/detection/account-facts.ts";
import { createTurns } from "../../../src/store/detection/turn-store.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { readLastPlaces } from "../../../src/store/events/log-reader.ts";
import { createLogWatch } from "../../../src/store/events/log-watch.ts";
import { LOG_START } from "../../../src/store/events/position.ts";
import { createBatch } from "../../../src/store/redis/batch.ts";
import { announceWake, startWakeFeed } from "../../../src/store/outbox/wake-feed.ts";
import { test } from "../../support/cluster-test.ts";
import { numbered } from "../../support/admin-setup.ts";
import { keyringOf } from "../../support/stored-things.ts";

/** Accounts of which no node has all. */
const ACCOUNTS = Array.from({ length: 12 }, (_, index) => `clinic-${index}`);

test("a turn begins, is busy and ends, whichever node has the account", async ({ cluster: redis, keys }) => {
  const turns = createTurns(redis, keys, 60_000, Date.now);
  for (const account of ACCOUNTS) {
    const scope = { account, resource: "patients", atMost: { count: 2, resources: ["patients", "taxes"] } };
    const opening = await turns.begin(scope, 0);
    if (typeof opening === "string") throw new Error("it is free");
    expect(await turns.begin(scope, 0)).toBe("busy");
    const state = { misses: 1, lastHitMs: undefined };
    await turns.end(opening.lease, { outcome: { hourOfWeek: 3, changes: 1, state } });
    expect(await turns.begin(scope, 0)).toMatchObject({ schedule: state });
  }
});

test("whoever waits for logs is told of those that grow, and of no other", async ({
  cluster: redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, keyringOf("k1"));
  await using watch = createLogWatch(redis, keys, ACCOUNTS);
  const told: string[] = [];
  const waits = ACCOUNTS.map(async (account) => {
    await watch.wait(new Map([[account, LOG_START]]), new AbortController().signal);
    told.push(account);
  });
  const [first = "", ...others] = ACCOUNTS;
  await log.append(numbered(1, { account: first }));
  await waits[0];
  expect(told).toEqual([first]);

  for (const account of others) await log.append(numbered(1, { account }));
  await Promise.all(waits);
  expect(told.toSorted()).toEqual(ACCOUNTS.toSorted());
  const places = await readLastPlaces(redis, keys, ACCOUNTS);
  expect([...places.values()].filter((place) => place === LOG_START)).toEqual([]);
});

test("what is read of many accounts together is read of each", async ({ cluster: redis, keys }) => {
  for (const [index, account] of ACCOUNTS.entries())
    await redis.hset(keys.cursor(account, "patients"), "phase", "live", "watermark", index + 1);
  const batch = createBatch(redis);
  const asked = ACCOUNTS.map((name) => askAccountFacts(batch, keys, { name, resources: ["patients"] }));
  await batch.run();

  expect(asked.map((facts) => facts().resources[0]?.cursor)).toEqual(
    ACCOUNTS.map((_, index) => ({ phase: "live", watermark: index + 1 })),
  );
});

test("a wake is heard by all who listen", async ({ cluster: redis, keys }) => {
  const heard: string[] = [];
  await using one = startWakeFeed({ redis, keys, onWake: (id) => void heard.push(`one ${id}`) });
  await using other = startWakeFeed({ redis, keys, onWake: (id) => void heard.push(`other ${id}`) });
  await expect.poll(() => one.hears() && other.hears()).toBe(true);
  await expect
    .poll(async () => {
      await announceWake(redis, keys, "crm");
      return new Set(heard);
    })
    .toEqual(new Set(["one crm", "other crm"]));
});
