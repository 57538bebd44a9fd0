import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { type Cursor, type Commit, createAccountStore } from "../../../src/store/detection/account-store.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { type Lease, createLeases } from "../../../src/store/detection/lease.ts";
import { createReadingStore } from "../../../src/store/detection/reading-store.ts";
import { clearTextOf, contentsOf } from "../../support/redis-contents.ts";
import { test as base } from "../../support/redis-test.ts";
import { eventOf, keyringOf, snapshotOf } from "../../support/stored-things.ts";

const test = base.extend("store", ({ redis, keys }) => createAccountStore(redis, keys, ring));

const ring = keyringOf("k1");

async function acquire(redis: Redis, keys: Keys, resource = "patients"): Promise<Lease> {
  const lease = await createLeases(redis, keys, 60_000).acquire("northside", resource);
  if (!lease) throw new Error("the lease is free");
  return lease;
}

function commitOf(more: Partial<Commit> = {}): Commit {
  return { snapshots: new Map(), events: [], cursor: undefined, ...more };
}

const FULL = commitOf({
  snapshots: new Map([
    ["42", snapshotOf(["Ada", 1], { sequence: 1 })],
    ["1390726237298631770", snapshotOf(["Bo", null], { sequence: 2 })],
  ]),
  events: [eventOf({ id: "evt_1" }), eventOf({ id: "evt_2" })],
  cursor: { phase: "live", watermark: 1_763_781_291 },
});

test("what was committed is all there: snapshots, events and cursor", async ({ store, redis, keys }) => {
  const log = createEventLog(redis, keys, ring);

  expect(await store.commit(await acquire(redis, keys), FULL)).toBe("committed");

  const found = await store.loadSnapshots("northside", "patients", ["1390726237298631770", "42", "43"]);
  expect([...found.keys()].toSorted()).toEqual(["1390726237298631770", "42"]);
  expect(found.get("42")).toMatchObject({ sequence: 1, updatedAt: 1_763_781_291, projectionVersion: 1 });
  expect(found.get("42")?.values()).toEqual(["Ada", 1]);
  expect(found.get("1390726237298631770")?.values()).toEqual(["Bo", null]);
  expect((await log.read("northside", undefined, 10)).map(({ eventId }) => eventId)).toEqual([
    "evt_1",
    "evt_2",
  ]);
  expect(await log.readEvent("northside", "evt_2")).toEqual(eventOf({ id: "evt_2" }));
  expect(await store.readCursor("northside", "patients")).toEqual({
    phase: "live",
    watermark: 1_763_781_291,
  });
});

test("nothing of a record rests in clear", async ({ store, redis, keys, prefix }) => {
  await store.commit(await acquire(redis, keys), FULL);
  const atRest = await clearTextOf(redis, prefix);

  expect(atRest).toContain("evt_1");
  expect(atRest).not.toMatch(/Ada|Quill|left knee|told by phone|2024-04/);
});

test.for([
  { what: "lapsed", taken: false },
  { what: "went to another worker", taken: true },
])("a commit whose lease $what writes nothing at all", async ({ taken }, { store, redis, keys, prefix }) => {
  const lease = await acquire(redis, keys);
  await redis.del(keys.lease("northside", "patients"));
  if (taken) await acquire(redis, keys);
  const before = await contentsOf(redis, prefix);

  expect(await store.commit(lease, FULL)).toBe("fenced");

  expect(await contentsOf(redis, prefix)).toEqual(before);
});

test("a worker that stalled cannot write over what its successor wrote", async ({ store, redis, keys }) => {
  const stalled = await acquire(redis, keys);
  await redis.del(keys.lease("northside", "patients"));
  const successor = await acquire(redis, keys);
  const snapshots = new Map([["42", snapshotOf(["newer"])]]);
  expect(await store.commit(successor, commitOf({ snapshots }))).toBe("committed");

  expect(await store.commit(stalled, FULL)).toBe("fenced");

  const found = await store.loadSnapshots("northside", "patients", ["42"]);
  expect(found.get("42")?.values()).toEqual(["newer"]);
});

test("a lease of one resource does not commit another", async ({ store, redis, keys }) => {
  const lease = await acquire(redis, keys, "patients");

  expect(await store.commit({ ...lease, resource: "individual_appointments" }, FULL)).toBe("fenced");
  expect(await store.commit({ ...lease, account: "southbank" }, FULL)).toBe("fenced");
  expect(await store.commit({ ...lease, epoch: lease.epoch + 1 }, FULL)).toBe("fenced");
  expect(await store.commit(lease, FULL)).toBe("committed");
});

const CURSORS: Cursor[] = [
  { phase: "baseline", startedAt: 1_763_781_291, plan: "combined", pass: 0, after: undefined },
  { phase: "baseline", startedAt: 1_763_781_291, plan: "separate", pass: 2, after: "1390726237298631770" },
  { phase: "live", watermark: 1_763_781_291 },
  { phase: "live", watermark: 1_763_781_291, readFrom: 1_763_780_391 },
  { phase: "live", watermark: 1_763_781_291, jumpedFrom: 1_763_780_391 },
];

test.for(CURSORS)("the cursor %j comes back", async (cursor, { store, redis, keys }) => {
  expect(await store.readCursor("northside", "patients")).toBeUndefined();

  await store.commit(await acquire(redis, keys), commitOf({ cursor }));

  expect(await store.readCursor("northside", "patients")).toEqual(cursor);
  expect(await store.readCursor("northside", "individual_appointments")).toBeUndefined();
  expect(await store.readCursor("southbank", "patients")).toBeUndefined();
});

test("each cursor takes the place of the one before, with nothing of it left", async ({
  store,
  redis,
  keys,
}) => {
  const lease = await acquire(redis, keys);
  for (const cursor of [...CURSORS.toReversed(), ...CURSORS]) {
    await store.commit(lease, commitOf({ cursor }));
    expect(await store.readCursor("northside", "patients")).toEqual(cursor);
  }
});

test("a commit without a cursor leaves the cursor where it was", async ({ store, redis, keys }) => {
  const lease = await acquire(redis, keys);
  await store.commit(lease, FULL);

  expect(await store.commit(lease, commitOf({ snapshots: FULL.snapshots }))).toBe("committed");

  expect(await store.readCursor("northside", "patients")).toEqual(FULL.cursor);
});

test("a commit of nothing is committed, and needs its lease all the same", async ({ store, redis, keys }) => {
  const lease = await acquire(redis, keys);

  expect(await store.commit(lease, commitOf())).toBe("committed");
  await redis.del(keys.lease("northside", "patients"));
  expect(await store.commit(lease, commitOf())).toBe("fenced");
  const successor = await acquire(redis, keys);
  expect(await store.commit(lease, commitOf())).toBe("fenced");
  expect(await store.commit(successor, commitOf())).toBe("committed");
});

test("a later snapshot of a record takes the place of the earlier one", async ({ store, redis, keys }) => {
  const lease = await acquire(redis, keys);
  await store.commit(lease, FULL);
  const snapshots = new Map([["42", snapshotOf(["Ada B."], { sequence: 2 })]]);
  await store.commit(lease, commitOf({ snapshots }));

  const found = await store.loadSnapshots("northside", "patients", ["42", "1390726237298631770"]);
  expect(found.get("42")?.values()).toEqual(["Ada B."]);
  expect(found.get("1390726237298631770")?.values()).toEqual(["Bo", null]);
});

test("a whole page of 100 records with an event each is one commit", async ({ store, redis, keys }) => {
  const ids = Array.from({ length: 100 }, (_, index) => String(1_000 + index));
  const page = commitOf({
    snapshots: new Map(ids.map((id) => [id, snapshotOf([`name of ${id}`])])),
    events: ids.map((id) => eventOf({ id: `evt_${id}` })),
    cursor: { phase: "live", watermark: 1 },
  });

  expect(await store.commit(await acquire(redis, keys), page)).toBe("committed");

  const found = await store.loadSnapshots("northside", "patients", ids);
  expect(ids.map((id) => found.get(id)?.values())).toEqual(ids.map((id) => [`name of ${id}`]));
  const entries = await createEventLog(redis, keys, ring).read("northside", undefined, 1_000);
  expect(entries.map(({ eventId }) => eventId)).toEqual(ids.map((id) => `evt_${id}`));
});

test("to load no snapshots takes nothing", async ({ store }) => {
  expect(await store.loadSnapshots("northside", "patients", [])).toEqual(new Map());
  expect(await store.loadSnapshots("northside", "patients", ["42"])).toEqual(new Map());
});

test("a snapshot that was not written by this release is refused, not taken for an unknown record", async ({
  store,
  redis,
  keys,
}) => {
  await redis.hset(keys.snapshots("northside", "patients"), "42", '{"first_name":"Ada"}');

  await expect(store.loadSnapshots("northside", "patients", ["42"])).rejects.toThrow(UnreadableRecordError);
});

test("a snapshot copied to another record does not open there", async ({ store, redis, keys }) => {
  await store.commit(await acquire(redis, keys), FULL);
  const key = keys.snapshots("northside", "patients");
  const bytes = await redis.hgetBuffer(key, "42");
  if (!bytes) throw new Error("the snapshot was committed");
  await redis.hset(key, "43", bytes);

  const found = await store.loadSnapshots("northside", "patients", ["42", "43"]);

  expect(found.get("42")?.values()).toEqual(["Ada", 1]);
  expect(() => found.get("43")?.values()).toThrow(UnreadableRecordError);
});

const GONE = snapshotOf([], { sequence: 5, fingerprint: "0a".repeat(16), deletedAt: 1_763_781_300 });

test("of a deleted record its place is kept, and nothing of its content", async ({
  store,
  redis,
  keys,
  prefix,
}) => {
  const lease = await acquire(redis, keys);
  await store.commit(lease, FULL);
  expect((await store.listIds("northside", "patients")).toSorted()).toEqual(["1390726237298631770", "42"]);

  await store.commit(
    lease,
    commitOf({ snapshots: new Map([["42", GONE]]), events: [eventOf({ id: "evt_gone" })] }),
  );

  expect(await store.listIds("northside", "patients")).toEqual(["1390726237298631770"]);
  expect(await redis.hexists(keys.snapshots("northside", "patients"), "42")).toBe(0);
  const gone = (await store.loadSnapshots("northside", "patients", ["42"])).get("42");
  expect(gone).toMatchObject({ sequence: 5, fingerprint: "0a".repeat(16), deletedAt: 1_763_781_300 });
  expect(gone?.values()).toEqual([]);
  expect(await clearTextOf(redis, prefix)).toContain("evt_gone");
});

test("a deleted record that is there again is remembered as any other", async ({ store, redis, keys }) => {
  const lease = await acquire(redis, keys);
  await store.commit(lease, commitOf({ snapshots: new Map([["42", GONE]]) }));
  await store.commit(lease, commitOf({ snapshots: new Map([["42", snapshotOf(["Ada"], { sequence: 6 })]]) }));

  const found = (await store.loadSnapshots("northside", "patients", ["42"])).get("42");
  expect(found?.deletedAt).toBeUndefined();
  expect(found?.values()).toEqual(["Ada"]);
  expect(await redis.hlen(keys.gone("northside", "patients"))).toBe(0);
});

test("what is to be read again is committed with the event that says so, or not at all", async ({
  store,
  redis,
  keys,
}) => {
  const reading = createReadingStore(redis, keys);
  const lease = await acquire(redis, keys);
  const merge = commitOf({
    events: [eventOf()],
    rereads: ["42", "43", "42"].map((id) => ({ resource: "attendees", id })),
  });
  expect(await store.commit({ ...lease, epoch: lease.epoch + 1 }, merge)).toBe("fenced");
  expect(await reading.rereads("northside", "attendees")).toEqual([]);

  expect(await store.commit(lease, merge)).toBe("committed");

  expect((await reading.rereads("northside", "attendees")).toSorted()).toEqual(["42", "43"]);
  await reading.clearRereads("northside", "attendees", ["42"]);
  expect(await reading.rereads("northside", "attendees")).toEqual(["43"]);
});
