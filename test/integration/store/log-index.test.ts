import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { WebhookEvent } from "../../../src/diff/event.ts";
import { indexLogs } from "../../../src/dispatch/routing/index-logs.ts";
import { createAccountStore } from "../../../src/store/detection/account-store.ts";
import { createConnectionStore } from "../../../src/store/detection/connection-store.ts";
import { createEventLog, parseEntry } from "../../../src/store/events/event-log.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { createLeases } from "../../../src/store/detection/lease.ts";
import { createLogIndex } from "../../../src/store/events/log-index.ts";
import { MOST_TRAIL } from "../../../src/store/events/log-index-scripts.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const ring = keyringOf("k1");
const ACCOUNT = "northside";
const NEVER = new AbortController().signal;

function about(id: string, record: string): WebhookEvent {
  return eventOf({ id, subject: { type: "appointment", id: record } });
}

async function commitEvents(redis: Redis, keys: Keys, ...events: WebhookEvent[]): Promise<void> {
  const leases = createLeases(redis, keys, 60_000);
  const lease = await leases.acquire(ACCOUNT, "patients");
  if (!lease) throw new Error("the lease is free");
  const commit = { snapshots: new Map(), events, cursor: undefined };
  expect(await createAccountStore(redis, keys, ring).commit(lease, commit)).toBe("committed");
  await leases.release(lease);
}

/** As a release without an index writes: nothing of it is indexed. */
async function writeAsBefore(redis: Redis, keys: Keys, from: number, count: number, at = "*"): Promise<void> {
  const pipeline = redis.pipeline();
  for (let index = from; index < from + count; index += 1) {
    const fields = ["event", `evt_${index}`, "subject", "appointment", "record", String(index % 7)];
    pipeline.xadd(keys.log(ACCOUNT), at.replace("#", String(index)), ...fields, "transitions", "created");
  }
  await pipeline.exec();
}

/** All that the index says, held against the log itself. */
async function expectWhole(redis: Redis, keys: Keys): Promise<void> {
  const index = createLogIndex(redis, keys);
  const entries = (await redis.xrange(keys.log(ACCOUNT), "-", "+")).map(parseEntry);
  const trails = new Map<string, string[]>();
  for (const entry of entries) {
    expect(await index.find(ACCOUNT, entry.eventId)).toEqual(entry);
    const name = `${entry.subject} ${entry.record}`;
    trails.set(name, [...(trails.get(name) ?? []), entry.position]);
  }
  for (const [name, positions] of trails) {
    const [subject = "", record = ""] = name.split(" ");
    const expected = { positions: positions.slice(-MOST_TRAIL), cut: positions.length > MOST_TRAIL };
    expect(await index.trailOf(ACCOUNT, subject, record)).toEqual(expected);
  }
  // Nothing besides: what is gone is not named any more.
  expect(await redis.hlen(keys.logPlaces(ACCOUNT))).toBe(entries.length);
  const named = (await redis.hkeys(keys.logTrails(ACCOUNT))).filter((name) => name !== "count");
  expect(named).toHaveLength(trails.size);
}

async function runIndexing(redis: Redis, keys: Keys): Promise<string[]> {
  const told: string[] = [];
  const onProgress = (account: string, state: string): void => void told.push(`${account} ${state}`);
  await indexLogs({ index: createLogIndex(redis, keys), accounts: [ACCOUNT], onProgress }, NEVER);
  return told;
}

test("whoever writes the log, each entry is found by its id and by its record", async ({ redis, keys }) => {
  const index = createLogIndex(redis, keys);
  expect(await index.find(ACCOUNT, "evt_none")).toBeUndefined();
  expect(await index.trailOf(ACCOUNT, "appointment", "1")).toEqual({ positions: [], cut: false });

  await commitEvents(redis, keys, about("evt_1", "1"), about("evt_2", "2"), about("evt_3", "1"));
  await createEventLog(redis, keys, ring).append(about("evt_4", "1"));
  const connections = createConnectionStore(redis, keys, ring);
  const read = await connections.read(ACCOUNT);
  expect(await connections.change(ACCOUNT, read, { incident: "i1" }, about("evt_5", "2"))).toBe(true);

  await expectWhole(redis, keys);
  expect(await index.find(ACCOUNT, "evt_none")).toBeUndefined();
  expect(await index.trailOf(ACCOUNT, "patient", "1")).toEqual({ positions: [], cut: false });
  const trail = await index.trailOf(ACCOUNT, "appointment", "1");
  if (trail === "not_indexed") throw new Error("it is indexed");
  const entries = await index.read(ACCOUNT, trail.positions);
  expect(entries.map(({ eventId }) => eventId)).toEqual(["evt_1", "evt_3", "evt_4"]);
  // The same event once more changes nothing.
  await createEventLog(redis, keys, ring).append(about("evt_4", "1"));
  await expectWhole(redis, keys);
});

test("what is removed for its age is not named any more, what is still needed is", async ({
  redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, ring);
  await writeAsBefore(redis, keys, 0, 1_300, "7000-#");
  await runIndexing(redis, keys);
  await log.append(about("evt_young", "5"));

  expect(await log.trim(ACCOUNT, 8_000, async () => new Set(["evt_5", "evt_700"]))).toBe(1_298);
  await expectWhole(redis, keys);
  expect(await log.trim(ACCOUNT, 8_000, async () => new Set())).toBe(2);
  await expectWhole(redis, keys);
  expect(await createLogIndex(redis, keys).find(ACCOUNT, "evt_5")).toBeUndefined();
});

test("a log of a release without an index is indexed in steps, whatever happens meanwhile", async ({
  redis,
  keys,
}) => {
  await writeAsBefore(redis, keys, 0, 1_700, "7000-#");
  const index = createLogIndex(redis, keys);
  expect(await index.find(ACCOUNT, "evt_3")).toBe("not_indexed");
  expect(await index.trailOf(ACCOUNT, "appointment", "3")).toBe("not_indexed");

  expect(await index.indexBatch(ACCOUNT)).toBe("begun");
  await commitEvents(redis, keys, about("evt_new", "3"), about("evt_newer", "3"));
  expect(await createLogIndex(redis, keys).indexBatch(ACCOUNT)).toBe("more");
  const log = createEventLog(redis, keys, ring);
  // Of what has been indexed, and of what has not.
  const removed = new Set(["evt_10", "evt_1600"]);
  await log.trim(
    ACCOUNT,
    8_000,
    async (entries) => new Set(entries.map(({ eventId }) => eventId).filter((id) => !removed.has(id))),
  );
  expect(await index.find(ACCOUNT, "evt_none")).toBe("not_indexed");

  // Two go on at once where the first was killed.
  const told = await Promise.all([runIndexing(redis, keys), runIndexing(redis, keys)]);
  await expectWhole(redis, keys);
  expect(told.flat().filter((line) => line === "northside indexed").length).toBeGreaterThan(0);
  expect(await index.find(ACCOUNT, "evt_none")).toBeUndefined();
  expect(await runIndexing(redis, keys)).toEqual([]);
});

test("what a process of such a release writes and removes beside us is noticed, and mended", async ({
  redis,
  keys,
}) => {
  await commitEvents(redis, keys, about("evt_a", "1"), about("evt_b", "2"));
  await writeAsBefore(redis, keys, 1, 3);
  const index = createLogIndex(redis, keys);
  expect(await index.find(ACCOUNT, "evt_none")).toBe("not_indexed");
  expect(await runIndexing(redis, keys)).toEqual(["northside indexing", "northside indexed"]);
  await expectWhole(redis, keys);

  const [first] = await redis.xrange(keys.log(ACCOUNT), "-", "+", "COUNT", 1);
  await redis.xdel(keys.log(ACCOUNT), first?.[0] ?? "");
  expect(await index.trailOf(ACCOUNT, "appointment", "1")).toBe("not_indexed");
  await runIndexing(redis, keys);
  await expectWhole(redis, keys);

  // A log that is gone leaves no index behind either.
  await redis.del(keys.log(ACCOUNT));
  await runIndexing(redis, keys);
  await expectWhole(redis, keys);
});

test("a record with more events than are shown names its newest, and says so", async ({ redis, keys }) => {
  const many = Array.from({ length: MOST_TRAIL }, (_, number) => about(`evt_${number}`, "1"));
  await commitEvents(redis, keys, ...many);
  await expectWhole(redis, keys);
  await commitEvents(redis, keys, about("evt_more", "1"), about("evt_most", "1"), about("evt_other", "2"));
  await expectWhole(redis, keys);
});

test("an event that stands in the log twice leaves the index whole, until both are gone", async ({
  redis,
  keys,
}) => {
  await writeAsBefore(redis, keys, 1, 1, "7000-1");
  await writeAsBefore(redis, keys, 1, 1, "9000-1");
  await runIndexing(redis, keys);
  const index = createLogIndex(redis, keys);
  expect(await index.trailOf(ACCOUNT, "appointment", "1")).toMatchObject({ positions: ["7000-1", "9000-1"] });

  const log = createEventLog(redis, keys, ring);
  await log.trim(ACCOUNT, 8_000, async () => new Set());
  await expectWhole(redis, keys);
  await log.trim(ACCOUNT, 10_000, async () => new Set());
  await expectWhole(redis, keys);
});

test("places of every size are kept as they are", async ({ redis, keys }) => {
  const places = ["1-1", "1795317305120-65536", "1795317305121-4294967295", "281474976710655-7"];
  for (const place of places) await writeAsBefore(redis, keys, places.indexOf(place), 1, place);
  await runIndexing(redis, keys);
  await expectWhole(redis, keys);
});
