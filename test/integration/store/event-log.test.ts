import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { WebhookEvent } from "../../../src/diff/event.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { createAccountStore } from "../../../src/store/detection/account-store.ts";
import { createEventLog, sealEvent } from "../../../src/store/events/event-log.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { createLeases } from "../../../src/store/detection/lease.ts";
import { pack } from "../../../src/store/sealing/packing.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test as base } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const test = base.extend("log", ({ redis, keys }) => createEventLog(redis, keys, ring));

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
  log,
  redis,
  keys,
}) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_b" }), eventOf({ id: "evt_a" }));
  await commitEvents(redis, keys, eventOf({ id: "evt_c" }));

  const entries = await log.read("northside", undefined, 10);

  expect(entries.map(({ eventId }) => eventId)).toEqual(["evt_b", "evt_a", "evt_c"]);
  expect(entries[0]).toEqual({
    position: expect.stringMatching(/^\d+-\d+$/),
    eventId: "evt_b",
    subject: "appointment",
    record: "1390726237298631770",
    transitions: ["rescheduled", "updated"],
  });
  expect(await log.read("southbank", undefined, 10)).toEqual([]);
});

test("reading goes on behind a position, and in steps", async ({ log, redis, keys }) => {
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

test("an event that is not known, or another account's, is undefined", async ({ log, redis, keys }) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));

  expect(await log.readEvent("northside", "evt_2")).toBeUndefined();
  expect(await log.readEvent("southbank", "evt_1")).toBeUndefined();
  expect(await log.readEvent("northside", "evt_1")).toBeDefined();
});

test("an event whose body was erased is undefined, and still counted in the log", async ({
  log,
  redis,
  keys,
}) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));
  await redis.hdel(keys.bodies("northside"), "evt_1");

  expect(await log.readEvent("northside", "evt_1")).toBeUndefined();
  expect(await log.read("northside", undefined, 10)).toHaveLength(1);
});

test("an event's body under another event's id does not open", async ({ log, redis, keys }) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));
  const body = await redis.hgetBuffer(keys.bodies("northside"), "evt_1");
  if (!body) throw new Error("the body was committed");
  await redis.hset(keys.bodies("northside"), "evt_2", body);

  await expect(log.readEvent("northside", "evt_2")).rejects.toThrow(UnreadableRecordError);
});

test("a body that opens but is no event is unreadable, and its text is not in the message", async ({
  log,
  redis,
  keys,
}) => {
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

test("several events are read at once: what is not kept is left out, what cannot be opened is told as such", async ({
  redis,
  keys,
}) => {
  await commitEvents(redis, keys, ...["evt_1", "evt_2", "evt_3"].map((id) => eventOf({ id })));
  await redis.hdel(keys.bodies("northside"), "evt_2");
  const body = await redis.hgetBuffer(keys.bodies("northside"), "evt_1");
  if (!body) throw new Error("the body was committed");
  await redis.hset(keys.bodies("northside"), "evt_4", body);
  const log = createEventLog(redis, keys, ring);

  const found = await log.readEvents("northside", ["evt_1", "evt_2", "evt_3", "evt_4", "evt_9"]);

  expect([...found.keys()]).toEqual(["evt_1", "evt_3", "evt_4"]);
  expect(found.get("evt_1")).toEqual(eventOf({ id: "evt_1" }));
  expect(found.get("evt_4")).toBeInstanceOf(UnreadableRecordError);
  expect(await log.readEvents("northside", [])).toEqual(new Map());
  expect(await log.readEvents("southbank", ["evt_1"])).toEqual(new Map());
});

test("an event that no scan made is added once, at the end, and sealed", async ({
  log,
  redis,
  keys,
  prefix,
}) => {
  await commitEvents(redis, keys, eventOf({ id: "evt_1" }));
  const own = eventOf({ id: "evt_own", subject: { type: "endpoint", id: "crm" } });

  expect(await log.append(own)).toBe(true);
  expect(await log.append(own)).toBe(false);

  const entries = await log.read("northside", undefined, 10);
  expect(entries.map(({ eventId }) => eventId)).toEqual(["evt_1", "evt_own"]);
  expect(entries[1]).toMatchObject({ subject: "endpoint", record: "crm" });
  expect(await log.readEvent("northside", "evt_own")).toEqual(own);
  expect(await clearTextOf(redis, prefix)).not.toMatch(/knee|2024-04/);
});

test("events beside the log are kept and have no place in it", async ({ log, redis, prefix }) => {
  await log.keepAside("northside", [eventOf({ id: "evt_1" }), eventOf({ id: "evt_2" })]);
  await log.keepAside("northside", []);

  expect(await log.read("northside", undefined, 10)).toEqual([]);
  expect(await log.readEvent("northside", "evt_2")).toEqual(eventOf({ id: "evt_2" }));
  expect(await clearTextOf(redis, prefix)).not.toMatch(/knee|2024-04/);
});

async function needNothing(): Promise<ReadonlySet<string>> {
  return new Set();
}

test("events older than the cutoff go, body and entry; younger ones stay", async ({
  log,
  redis,
  keys,
  prefix,
}) => {
  await addAt(redis, keys, "5000-0", "evt_old");
  await addAt(redis, keys, "6000-0", "evt_young");

  expect(await log.trim("northside", 5_000, needNothing)).toBe(0);
  expect(await log.trim("northside", 6_000, needNothing)).toBe(1);

  expect((await log.read("northside", undefined, 9)).map(({ eventId }) => eventId)).toEqual(["evt_young"]);
  expect(await log.readEvent("northside", "evt_old")).toBeUndefined();
  expect(await log.readEvent("northside", "evt_young")).toBeDefined();
  expect(await clearTextOf(redis, prefix)).not.toContain("evt_old");
});

test("what is needed stays, however old, in the log and beside it", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring, () => 7_000);
  await addAt(redis, keys, "5000-0", "evt_1");
  await addAt(redis, keys, "5000-1", "evt_2");
  await log.keepAside("northside", [eventOf({ id: "evt_a1" }), eventOf({ id: "evt_a2" })]);
  const asked: unknown[] = [];
  const need = async (entries: readonly { eventId: string; position: string | undefined }[]) => {
    asked.push(...entries.map(({ eventId, position }) => [eventId, position]));
    return new Set(["evt_2", "evt_a1"]);
  };

  expect(await log.trim("northside", 7_001, need)).toBe(2);
  expect(asked).toEqual([
    ["evt_1", "5000-0"],
    ["evt_2", "5000-1"],
    ["evt_a1", undefined],
    ["evt_a2", undefined],
  ]);
  const left = await log.readEvents("northside", ["evt_1", "evt_2", "evt_a1", "evt_a2"]);
  expect([...left.keys()]).toEqual(["evt_2", "evt_a1"]);
  expect(await log.trim("northside", 7_001, needNothing)).toBe(2);
  expect(await redis.exists(keys.bodies("northside"), keys.aside("northside"))).toBe(0);
});

test("more than one batch is looked through, with needed ones in between", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring, () => 7_000);
  const needed = new Set<string>();
  const aside = Array.from({ length: 1_200 }, (_, index) => eventOf({ id: `evt_a${index}` }));
  for (let index = 0; index < 1_200; index++) {
    await addAt(redis, keys, `5000-${index}`, `evt_${index}`);
    if (index % 3 === 0) needed.add(`evt_${index}`).add(`evt_a${index}`);
  }
  await log.keepAside("northside", aside);

  expect(await log.trim("northside", 7_001, async () => needed)).toBe(1_600);
  expect(await redis.hlen(keys.bodies("northside"))).toBe(800);
  expect(await redis.xlen(keys.log("northside"))).toBe(400);
  expect(await redis.zcard(keys.aside("northside"))).toBe(400);
});

/** An event as it rests, at a place of the test's choice. */
async function addAt(redis: Redis, keys: Keys, position: string, id: string): Promise<void> {
  const fields = ["event", id, "subject", "appointment", "record", "42", "transitions", "created"];
  await redis.xadd(keys.log("northside"), position, ...fields);
  await redis.hset(keys.bodies("northside"), id, sealEvent(ring, eventOf({ id })));
}
