import type { Redis } from "ioredis";
import { expect } from "vitest";

import type { WebhookEvent } from "../../../src/diff/event.ts";
import { UnreadableRecordError } from "../../../src/errors.ts";
import { createAccountStore } from "../../../src/store/account-store.ts";
import { createEventLog } from "../../../src/store/event-log.ts";
import type { Keys } from "../../../src/store/keys.ts";
import { createLeases } from "../../../src/store/lease.ts";
import { pack } from "../../../src/store/packing.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const ring = keyringOf("k1");

async function commitEvents(redis: Redis, keys: Keys, ...events: WebhookEvent[]): Promise<void> {
  const leases = createLeases(redis, keys, 60_000);
  const lease = await leases.acquire("northside", "patients");
  if (!lease) throw new Error("the lease is free");
  const commit = { snapshots: new Map(), events, cursor: undefined };
  expect(await createAccountStore(redis, keys, ring).commit(lease, commit)).toBe("committed");
  await leases.release(lease);
}

test("entries are read in the order of their commits, each with what routing needs", async ({
  redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, ring);
  await commitEvents(redis, keys, eventOf({ id: "evt_b" }), eventOf({ id: "evt_a" }));
  await commitEvents(redis, keys, eventOf({ id: "evt_c" }));

  const entries = await log.read("northside", undefined, 10);

  expect(entries.map(({ eventId }) => eventId)).toEqual(["evt_b", "evt_a", "evt_c"]);
  expect(entries[0]).toEqual({
    position: expect.stringMatching(/^\d+-\d+$/),
    eventId: "evt_b",
    subject: "appointment",
    transitions: ["rescheduled", "updated"],
  });
  expect(await log.read("southbank", undefined, 10)).toEqual([]);
});

test("reading goes on behind a position, and in steps", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  const ids = ["evt_1", "evt_2", "evt_3", "evt_4", "evt_5"];
  await commitEvents(redis, keys, ...ids.map((id) => eventOf({ id })));
  const seen: string[] = [];
  let position: string | undefined;
  for (;;) {
    const entries = await log.read("northside", position, 2);
    const last = entries.at(-1);
    if (!last) break;
    expect(entries.length).toBeLessThanOrEqual(2);
    seen.push(...entries.map(({ eventId }) => eventId));
    position = last.position;
  }

  expect(seen).toEqual(ids);
});

test("an event comes back as it was committed, to the last field", async ({ redis, keys }) => {
  const event = eventOf();
  await commitEvents(redis, keys, event);

  expect(await createEventLog(redis, keys, ring).readEvent("northside", event.id)).toEqual(event);
});

test("an event that is not known, or another account's, is undefined", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));

  expect(await log.readEvent("northside", "evt_2")).toBeUndefined();
  expect(await log.readEvent("southbank", "evt_1")).toBeUndefined();
  expect(await log.readEvent("northside", "evt_1")).toBeDefined();
});

test("an event whose body was erased is undefined, and still counted in the log", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));
  await redis.hdel(keys.bodies("northside"), "evt_1");

  expect(await log.readEvent("northside", "evt_1")).toBeUndefined();
  expect(await log.read("northside", undefined, 10)).toHaveLength(1);
});

test("an event's body under another event's id does not open", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));
  const body = await redis.hgetBuffer(keys.bodies("northside"), "evt_1");
  if (!body) throw new Error("the body was committed");
  await redis.hset(keys.bodies("northside"), "evt_2", body);

  await expect(log.readEvent("northside", "evt_2")).rejects.toThrow(UnreadableRecordError);
});

test("a body that opens but is no event is unreadable, and its text is not in the message", async ({
  redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, ring);
  const context = "northside/events/evt_1";
  const { type: _type, ...torn } = eventOf({ id: "evt_1" });
  for (const text of [JSON.stringify(torn), '{"secret":', "[]"]) {
    await redis.hset(keys.bodies("northside"), "evt_1", ring.seal(pack(text), context));

    await expect(log.readEvent("northside", "evt_1")).rejects.toThrow(
      new UnreadableRecordError("northside/events/evt_1 is not an event"),
    );
  }
});

test("an event sealed with a key that was taken off the ring is unreadable", async ({ redis, keys }) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));

  await expect(createEventLog(redis, keys, keyringOf("k2")).readEvent("northside", "evt_1")).rejects.toThrow(
    'sealed with key "k1"',
  );
  expect(
    await createEventLog(redis, keys, keyringOf("k2", "k1")).readEvent("northside", "evt_1"),
  ).toBeDefined();
});

test.for([
  ["9-1", "10-0", "10-0"],
  ["10-0", "9-1", "10-0"],
  ["5-2", "5-10", "5-10"],
  ["5-10", "5-2", "5-10"],
  ["5-2", "5-2", "5-2"],
  ["1763781291000-0", "999999999999-9", "1763781291000-0"],
] as const)("the mark at %s told of %s is then at %s", async ([from, to, then], { redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  expect(await log.readRouted("northside")).toBeUndefined();

  await log.advanceRouted("northside", from);
  expect(await log.readRouted("northside")).toBe(from);
  await log.advanceRouted("northside", to);

  expect(await log.readRouted("northside")).toBe(then);
  expect(await log.readRouted("southbank")).toBeUndefined();
});
