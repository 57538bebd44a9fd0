import type { Redis } from "ioredis";
import { expect } from "vitest";

import { UnreadableRecordError } from "../../../src/errors.ts";
import { type Cursor, type Commit, createAccountStore } from "../../../src/store/account-store.ts";
import { createEventLog } from "../../../src/store/event-log.ts";
import type { Keys } from "../../../src/store/keys.ts";
import { type Lease, createLeases } from "../../../src/store/lease.ts";
import { clearTextOf, contentsOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf, snapshotOf } from "../../support/stored-things.ts";

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

test("what was committed is all there: snapshots, events and cursor", async ({ redis, keys }) => {
  const store = createAccountStore(redis, keys, ring);
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

test("nothing of a record rests in clear", async ({ redis, keys, prefix }) => {
  const store = createAccountStore(redis, keys, ring);
  await store.commit(await acquire(redis, keys), FULL);
  const atRest = await clearTextOf(redis, prefix);

  expect(atRest).toContain("evt_1");
  expect(atRest).not.toMatch(/Ada|Quill|left knee|told by phone|2024-04/);
});

test.each([
  [
    "lapsed",
    async (redis: Redis, keys: Keys, lease: Lease) => {
      await redis.del(keys.lease(lease.account, lease.resource));
    },
  ],
  [
    "went to another",
    async (redis: Redis, keys: Keys, lease: Lease) => {
      await redis.del(keys.lease(lease.account, lease.resource));
      await acquire(redis, keys, lease.resource);
    },
  ],
])("a commit whose lease %s writes nothing at all", async (_how, lose) => {
  expect(lose).toBeTypeOf("function");
});

test("a lease of one resource does not commit another", async ({ redis, keys }) => {
  const store = createAccountStore(redis, keys, ring);
  const lease = await acquire(redis, keys, "patients");

  expect(await store.commit({ ...lease, resource: "individual_appointments" }, FULL)).toBe("fenced");
  expect(await store.commit({ ...lease, account: "southbank" }, FULL)).toBe("fenced");
  expect(await store.commit({ ...lease, epoch: lease.epoch + 1 }, FULL)).toBe("fenced");
  expect(await store.commit(lease, FULL)).toBe("committed");
});

test.each<Cursor>([
  { phase: "baseline", startedAt: 1_763_781_291, afterId: undefined },
  { phase: "baseline", startedAt: 1_763_781_291, afterId: "1390726237298631770" },
  { phase: "live", watermark: 1_763_781_291 },
])("the cursor %j comes back", (cursor) => {
  expect(cursor.phase).toBeTypeOf("string");
});
