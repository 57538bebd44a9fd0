import { randomBytes } from "node:crypto";

import { expect } from "vitest";

import { rotateKeys } from "../../../src/store/sealing/key-rotation.ts";
import { createLeases } from "../../../src/store/detection/lease.ts";
import { createTombstones } from "../../../src/store/detection/tombstones.ts";
import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf, snapshotOf } from "../../support/stored-things.ts";

const ACCOUNT = "northside";
const TOMBSTONE = {
  patientId: "42",
  forgottenAt: 1_763_781_291_000,
  by: "cli:ada",
  sequence: 3,
  fingerprint: "09".repeat(16),
};
const IDENTITY = randomBytes(32);

test("a tombstone says whom it keeps away to whoever asks for them, and its name and content say it to nobody else", async ({
  redis,
  keys,
}) => {
  const tombstones = createTombstones(redis, keys, keyringOf("k1"), IDENTITY);
  const lease = await createLeases(redis, keys, 60_000).acquire(ACCOUNT, "patients");
  if (!lease) throw new Error("the lease is free");

  expect(
    await tombstones.eraseToTombstone(ACCOUNT, {
      leases: [lease],
      tombstone: TOMBSTONE,
      snapshots: new Map(),
    }),
  ).toBe(0);

  const forgotten = await tombstones.read(ACCOUNT);
  expect([forgotten.has("42"), forgotten.has("43"), forgotten.count]).toEqual([true, false, 1]);
  expect(forgotten.ids()).toEqual(["42"]);
  expect(await tombstones.find(ACCOUNT, "42")).toEqual(TOMBSTONE);
  expect((await tombstones.read("southside")).has("42")).toBe(false);
  const kept = await redis.hgetallBuffer(keys.forgotten(ACCOUNT));
  const [field = ""] = Object.keys(kept);
  expect(field).toMatch(/^[\w-]{43}$/);
  expect(kept[field]?.toString("latin1")).not.toMatch(/ada|42"/);
  const other = createTombstones(redis, keys, keyringOf("k1"), randomBytes(32));
  expect(other.nameOf(ACCOUNT, "42")).not.toBe(field);
});

test("who has lost a lease erases nobody", async ({ redis, keys }) => {
  const tombstones = createTombstones(redis, keys, keyringOf("k1"), IDENTITY);
  const leases = createLeases(redis, keys, 60_000);
  const [patients, visits] = [
    await leases.acquire(ACCOUNT, "patients"),
    await leases.acquire(ACCOUNT, "individual_appointments"),
  ];
  if (!patients || !visits) throw new Error("the leases are free");
  await leases.release(visits);
  const snapshots = new Map([["individual_appointments", new Map([["7", snapshotOf([null])]])]]);

  const erasure = { leases: [patients, visits], tombstone: TOMBSTONE, snapshots };
  expect(await tombstones.eraseToTombstone(ACCOUNT, erasure)).toBe("fenced");
  expect((await tombstones.read(ACCOUNT)).count).toBe(0);
  expect(await redis.hlen(keys.snapshots(ACCOUNT, "individual_appointments"))).toBe(0);

  expect(await tombstones.eraseToTombstone(ACCOUNT, { ...erasure, leases: [patients] })).toBe(0);
  expect(await redis.hlen(keys.snapshots(ACCOUNT, "individual_appointments"))).toBe(1);
});

test("a tombstone keeps away although no key opens it, and rotation seals it anew", async ({
  redis,
  keys,
}) => {
  const old = createTombstones(redis, keys, keyringOf("k1"), IDENTITY);
  const lease = await createLeases(redis, keys, 60_000).acquire(ACCOUNT, "patients");
  if (!lease) throw new Error("the lease is free");
  await old.eraseToTombstone(ACCOUNT, { leases: [lease], tombstone: TOMBSTONE, snapshots: new Map() });
  const fresh = createTombstones(redis, keys, keyringOf("k2"), IDENTITY);

  const before = await fresh.read(ACCOUNT);
  expect([before.has("42"), before.ids()]).toEqual([true, []]);
  await rotateKeys(redis, keys, keyringOf("k2", "k1"), {
    account: ACCOUNT,
    resources: [],
    signal: new AbortController().signal,
  });
  expect((await fresh.read(ACCOUNT)).ids()).toEqual(["42"]);
});

test("who was forgotten is counted as there: it costs no request more, and another who vanishes is found", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    reconcile: { countMs: 0, nearMs: 3_600_000_000, walkMs: 3_600_000_000 },
  });
  const { desk } = bench.clinic;
  await bench.poll("patients");
  bench.tick(70_000);
  const requestsOfAPoll = async (): Promise<number> => {
    const before = bench.requests();
    await bench.poll("patients");
    bench.tick(70_000);
    return bench.requests() - before;
  };
  const usual = await requestsOfAPoll();
  const [first = "", other = ""] = desk
    .patients()
    .filter((row) => row.archived_at === null)
    .map(({ id }) => id);
  const lease = await createLeases(redis, keys, 60_000).acquire(ACCOUNT, "patients");
  if (!lease) throw new Error("nobody polls");
  await bench.tombstones.eraseToTombstone(ACCOUNT, {
    leases: [lease],
    tombstone: { ...TOMBSTONE, patientId: first },
    snapshots: new Map(),
  });
  await createLeases(redis, keys, 60_000).release(lease);

  expect(await requestsOfAPoll()).toBe(usual);
  expect(await redis.hexists(keys.snapshots(ACCOUNT, "patients"), first)).toBe(0);
  desk.archivePatient(other);
  desk.deletePatientForGood(other);
  for (let round = 0; round < 4; round += 1) await requestsOfAPoll();

  const told = (await bench.events()).map(({ type, subject }) => [type, subject.id]);
  expect(told).toEqual([["patient.deleted", other]]);
});
