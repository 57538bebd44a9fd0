import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { type Commit, createAccountStore } from "../../../src/store/detection/account-store.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { loadIdentityKey } from "../../../src/store/detection/installation.ts";
import {
  type RotationCounts,
  rotateInstallation,
  rotateKeys,
} from "../../../src/store/sealing/key-rotation.ts";
import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { type Lease, createLeases } from "../../../src/store/detection/lease.ts";
import { encodeSnapshot, snapshotContext } from "../../../src/store/detection/snapshot-codec.ts";
import { isTargeted, parseHead } from "../../../src/store/outbox/delivery-head.ts";
import { createOutbox } from "../../../src/store/outbox/outbox.ts";
import { createEndpointStore } from "../../../src/store/outbox/endpoint-store.ts";
import { attemptsContext } from "../../../src/store/outbox/sealed-attempts.ts";
import { createTokenStore } from "../../../src/store/access/token-store.ts";
import { contentsOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf, snapshotOf } from "../../support/stored-things.ts";
import { SECRET } from "../../support/test-config.ts";

const OLD = keyringOf("k1");
const BOTH = keyringOf("k2", "k1");
const NEW = keyringOf("k2");
const SCOPE = { account: "northside", resources: ["patients"], signal: new AbortController().signal };

function idsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(1_000 + index));
}

async function acquire(redis: Redis, keys: Keys): Promise<Lease> {
  const lease = await createLeases(redis, keys, 60_000).acquire("northside", "patients");
  if (!lease) throw new Error("the lease is free");
  return lease;
}

/** Patients 1000, 1001, …, each named by `version`, in commits of 100 with one event for every tenth. */
async function commitPatients(
  redis: Redis,
  keys: Keys,
  lease: Lease,
  { ids, version, ring }: { ids: readonly string[]; version: number; ring: Keyring },
): Promise<void> {
  const store = createAccountStore(redis, keys, ring);
  for (let at = 0; at < ids.length; at += 100) {
    const page = ids.slice(at, at + 100);
    const commit: Commit = {
      snapshots: new Map(page.map((id) => [id, snapshotOf([`Ada ${id}`, version], { sequence: version })])),
      events: page
        .filter((id) => id.endsWith("0"))
        .map((id) => eventOf({ id: `evt_${id}_${version}`, sequence: version })),
      cursor: undefined,
    };
    expect(await store.commit(lease, commit)).toBe("committed");
  }
}

async function versionsOf(
  redis: Redis,
  keys: Keys,
  ids: readonly string[],
  ring: Keyring,
): Promise<unknown[]> {
  const found = await createAccountStore(redis, keys, ring).loadSnapshots("northside", "patients", ids);
  return ids.map((id) => found.get(id)?.values());
}

test("afterwards the old key can be taken away, and everything opens", async ({ redis, keys }) => {
  const ids = idsOf(450);
  await commitPatients(redis, keys, await acquire(redis, keys), { ids, version: 1, ring: OLD });
  await expect(versionsOf(redis, keys, ids, NEW)).rejects.toThrow(UnreadableRecordError);
  const progress: RotationCounts[] = [];

  const rotation = await rotateKeys(redis, keys, BOTH, {
    ...SCOPE,
    onProgress: (counts) => progress.push(counts),
  });

  expect(rotation).toMatchObject({ completed: true, resealed: 450 + 45, unreadable: 0, contended: 0 });
  expect(rotation.seen).toBeGreaterThanOrEqual(rotation.resealed);
  const { completed: _completed, ...counts } = rotation;
  expect(progress.at(-1)).toEqual(counts);
  expect(progress.length).toBeGreaterThan(3);
  expect(await versionsOf(redis, keys, ids, NEW)).toEqual(ids.map((id) => [`Ada ${id}`, 1]));
  const log = createEventLog(redis, keys, NEW);
  expect(await log.readEvent("northside", "evt_1040_1")).toEqual(eventOf({ id: "evt_1040_1", sequence: 1 }));
});

test("what needs no rotation is not touched, byte for byte", async ({ redis, keys, prefix }) => {
  const lease = await acquire(redis, keys);
  await commitPatients(redis, keys, lease, { ids: idsOf(30), version: 1, ring: BOTH });
  const before = await contentsOf(redis, prefix);

  expect(await rotateKeys(redis, keys, BOTH, SCOPE)).toMatchObject({ completed: true, resealed: 0 });

  expect(await contentsOf(redis, prefix)).toEqual(before);
});

test("while a poller commits all the time, nothing is lost and nothing goes back", async ({
  redis,
  keys,
}) => {
  const ids = idsOf(600);
  const lease = await acquire(redis, keys);
  await commitPatients(redis, keys, lease, { ids, version: 1, ring: OLD });
  const poller = redis.duplicate();
  const rotated = new AbortController();
  let version = 1;
  const polling = (async () => {
    // Every record again and again, so that each batch of the rotation meets commits.
    while (!rotated.signal.aborted || version < 4) {
      version += 1;
      await commitPatients(poller, keys, lease, { ids: ids.toReversed(), version, ring: BOTH });
    }
  })();

  const rotation = await rotateKeys(redis, keys, BOTH, SCOPE);
  rotated.abort();
  await polling;
  poller.disconnect();

  expect(rotation).toMatchObject({ completed: true, unreadable: 0, contended: 0 });
  expect(await versionsOf(redis, keys, ids, NEW)).toEqual(ids.map((id) => [`Ada ${id}`, version]));
  const log = createEventLog(redis, keys, NEW);
  const entries = await log.read("northside", undefined, 10_000);
  expect(entries).toHaveLength(60 * version);
  for (const { eventId } of entries) {
    expect(await log.readEvent("northside", eventId)).toMatchObject({ id: eventId });
  }
});

/** A ring that does something each time before it seals: what it sends to Redis arrives before the swap does. */
function interruptedRing(ring: Keyring, act: () => void): Keyring {
  return {
    ...ring,
    seal(plaintext, context) {
      act();
      return ring.seal(plaintext, context);
    },
  };
}

test("a commit between reading and writing wins", async ({ redis, keys }) => {
  const key = keys.snapshots("northside", "patients");
  const context = snapshotContext("northside", "patients", "42");
  await redis.hset(key, "42", encodeSnapshot(OLD, context, snapshotOf(["Ada"])));
  const newer = encodeSnapshot(BOTH, context, snapshotOf(["Ada B."]));
  const ring = interruptedRing(BOTH, () => void redis.hset(key, "42", newer));

  const rotation = await rotateKeys(redis, keys, ring, SCOPE);

  expect(rotation).toMatchObject({ completed: true, resealed: 1, contended: 0 });
  expect(await redis.hgetBuffer(key, "42")).toEqual(newer);
});

test("a record that is erased between reading and writing stays erased", async ({ redis, keys }) => {
  const key = keys.snapshots("northside", "patients");
  const context = snapshotContext("northside", "patients", "42");
  await redis.hset(key, "42", encodeSnapshot(OLD, context, snapshotOf(["Ada"])));
  const ring = interruptedRing(BOTH, () => void redis.hdel(key, "42"));

  expect(await rotateKeys(redis, keys, ring, SCOPE)).toMatchObject({ completed: true, contended: 0 });

  expect(await redis.hexists(key, "42")).toBe(0);
});

test("a process that goes on sealing with the old key is told of, not fought with", async ({
  redis,
  keys,
}) => {
  const key = keys.snapshots("northside", "patients");
  const context = snapshotContext("northside", "patients", "42");
  const sealOld = (): Buffer => encodeSnapshot(OLD, context, snapshotOf(["Ada"]));
  await redis.hset(key, "42", sealOld());
  const ring = interruptedRing(BOTH, () => void redis.hset(key, "42", sealOld()));

  const rotation = await rotateKeys(redis, keys, ring, SCOPE);

  expect(rotation).toMatchObject({ completed: true, resealed: 0, contended: 1 });
});

test("stopped half way, it says so, and another run goes on with the rest", async ({ redis, keys }) => {
  const ids = idsOf(1_000);
  const lease = await acquire(redis, keys);
  await commitPatients(redis, keys, lease, { ids, version: 1, ring: OLD });
  const stop = new AbortController();

  const first = await rotateKeys(redis, keys, BOTH, {
    ...SCOPE,
    signal: stop.signal,
    onProgress: ({ resealed }) => resealed > 300 && stop.abort(),
  });
  expect(first.completed).toBe(false);
  expect(first.resealed).toBeGreaterThan(300);
  expect(first.resealed).toBeLessThan(1_000);
  expect(await versionsOf(redis, keys, ids, BOTH)).toEqual(ids.map((id) => [`Ada ${id}`, 1]));

  const second = await rotateKeys(redis, keys, BOTH, SCOPE);

  expect(second).toMatchObject({ completed: true, unreadable: 0, contended: 0 });
  expect(first.resealed + second.resealed).toBe(1_000 + 100);
  expect(await versionsOf(redis, keys, ids, NEW)).toEqual(ids.map((id) => [`Ada ${id}`, 1]));
});

test("what no key opens is counted and left as it is, and the rest goes on", async ({ redis, keys }) => {
  const lease = await acquire(redis, keys);
  await commitPatients(redis, keys, lease, { ids: ["41", "42"], version: 1, ring: OLD });
  const key = keys.snapshots("northside", "patients");
  const context = snapshotContext("northside", "patients", "43");
  const foreign = encodeSnapshot(keyringOf("k9"), context, snapshotOf(["Bo"]));
  await redis.hset(key, { "43": foreign, "44": Buffer.from("{}") });

  expect(await rotateKeys(redis, keys, BOTH, SCOPE)).toMatchObject({ resealed: 2, unreadable: 2 });

  expect(await redis.hgetBuffer(key, "43")).toEqual(foreign);
  expect(await versionsOf(redis, keys, ["41", "42"], NEW)).toEqual([
    ["Ada 41", 1],
    ["Ada 42", 1],
  ]);
});

const CRM = {
  id: "crm",
  source: "api",
  settings: {
    url: "https://crm.example.com/",
    description: "",
    events: ["*"],
    when: [],
    payload: "full",
    include: [],
    headers: {},
    concurrency: 8,
    ordering: "none",
  },
  signingKeys: [{ kind: "v1", secret: SECRET, createdAt: 1 }],
} as const;

test("what belongs to no account opens afterwards without the old key: the identity and the endpoints", async ({
  redis,
  keys,
}) => {
  const identity = await loadIdentityKey(redis, keys, OLD);
  const old = createEndpointStore(redis, keys, OLD, () => 1);
  const made = [await old.create(CRM), await old.create({ ...CRM, id: "erp" })];
  const fresh = createEndpointStore(redis, keys, NEW, () => 1);
  await expect(fresh.list()).rejects.toThrow(UnreadableRecordError);

  expect(await rotateInstallation(redis, keys, BOTH, SCOPE)).toEqual({
    completed: true,
    seen: 4,
    resealed: 4,
    unreadable: 0,
    contended: 0,
  });

  expect(await fresh.list()).toEqual(made);
  expect(await loadIdentityKey(redis, keys, NEW)).toEqual(identity);
  expect(await rotateInstallation(redis, keys, BOTH, SCOPE)).toMatchObject({ resealed: 0, unreadable: 0 });
});

test("what is told of endpoints and their attempts are sealed anew too", async ({ redis, keys }) => {
  await createEndpointStore(redis, keys, BOTH, () => 1).create(CRM);
  const [body, attempts] = ["_service/events/evt_1", attemptsContext("crm", "evt_1")];
  await redis.hset(keys.bodies("_service"), "evt_1", OLD.seal(Buffer.from("told"), body));
  await redis.hset(keys.outbox("crm").attempts, "evt_1", OLD.seal(Buffer.from("tried"), attempts));

  expect(await rotateInstallation(redis, keys, BOTH, SCOPE)).toMatchObject({ resealed: 2, unreadable: 0 });

  const read = async (key: string): Promise<Buffer> =>
    (await redis.hgetBuffer(key, "evt_1")) ?? Buffer.alloc(0);
  expect(NEW.open(await read(keys.bodies("_service")), body).toString()).toBe("told");
  expect(NEW.open(await read(keys.outbox("crm").attempts), attempts).toString()).toBe("tried");
});

test("what was given to an endpoint on purpose and waits is so afterwards too, without the old key", async ({
  redis,
  keys,
}) => {
  await createEndpointStore(redis, keys, BOTH, () => 1).create(CRM);
  const given = { subject: "patient", record: "1", transitions: ["updated"], at: 5, order: undefined };
  const old = createOutbox(redis, keys, OLD);
  await old.add("crm", "northside", [
    { ...given, eventId: "evt_1", targeted: true },
    { ...given, eventId: "evt_2" },
  ]);

  expect(await rotateInstallation(redis, keys, BOTH, SCOPE)).toMatchObject({ resealed: 1, unreadable: 0 });

  const heads = await redis.hgetall(keys.outbox("crm").heads);
  const isGivenOnPurpose = (id: string): boolean =>
    isTargeted(NEW, "crm", id, parseHead(id, heads[id] ?? "").mark);
  expect(["evt_1", "evt_2"].map(isGivenOnPurpose)).toEqual([true, false]);
  expect(parseHead("evt_1", heads["evt_1"] ?? "")).toMatchObject({ subjectId: "1", at: 5 });
});

test("tokens are sealed anew too, and go on opening", async ({ redis, keys }) => {
  const given = { name: "CRM", role: "viewer", sensitive: false } as const;
  const { token, secret } = await createTokenStore(redis, keys, OLD, () => 1).create(given);
  const fresh = createTokenStore(redis, keys, NEW, () => 1);
  await expect(fresh.verify(secret)).rejects.toThrow(UnreadableRecordError);

  expect(await rotateInstallation(redis, keys, BOTH, SCOPE)).toMatchObject({ resealed: 2, unreadable: 0 });

  expect(await fresh.verify(secret)).toEqual(token);
});

test("an endpoint that is changed while it is sealed anew keeps the change", async ({ redis, keys }) => {
  await createEndpointStore(redis, keys, OLD, () => 1).create(CRM);
  const changing = createEndpointStore(redis, keys, BOTH, () => 2);

  await Promise.all([
    rotateInstallation(redis, keys, BOTH, SCOPE),
    changing.update("crm", () => ({ pausedAt: 5 })),
  ]);
  await rotateInstallation(redis, keys, BOTH, SCOPE);

  expect(await createEndpointStore(redis, keys, NEW, () => 3).read("crm")).toMatchObject({
    pausedAt: 5,
    revision: 2,
  });
});
