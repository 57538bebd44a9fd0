import { setTimeout as delay } from "node:timers/promises";

import { expect } from "vitest";

import type { AccountStore, Commit, Cursor } from "../../src/store/detection/account-store.ts";
import { createAccountStore } from "../../src/store/detection/account-store.ts";
import { type EventLog, createEventLog } from "../../src/store/events/event-log.ts";
import { type Lease, type Leases, createLeases } from "../../src/store/detection/lease.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import { type Redis, primariesOf } from "../../src/store/redis/client.ts";
import { test as withCluster } from "../support/cluster-test.ts";
import { createMemoryStore } from "../support/simulation/memory-store.ts";
import { eventOf, keyringOf, snapshotOf } from "../support/stored-things.ts";

/**
 * What detection counts on, held by Redis and by the memory that the simulations run on alike: what is proved there
 * is proved of nothing else.
 */
interface Implementation {
  readonly store: AccountStore;
  readonly leases: Leases;
  readonly log: Pick<EventLog, "read" | "readEvent">;
  /** Lets so much time pass. */
  readonly pass: (ms: number) => Promise<void>;
  /** Remembers everything as it is; the answer puts it back, as a server that lost its last second. */
  readonly checkpoint: () => Promise<() => Promise<void>>;
}

const TTL_MS = 1_000;

const implementations = ["redis", "cluster", "memory"] as const;

function createStored(redis: Redis, keys: Keys, prefix: string): Implementation {
  const keyring = keyringOf("k1");
  const names = async (): Promise<string[]> =>
    (await Promise.all(primariesOf(redis).map(async (node) => await node.keys(`${prefix}:*`)))).flat();
  return {
    store: createAccountStore(redis, keys, keyring),
    leases: createLeases(redis, keys, TTL_MS),
    log: createEventLog(redis, keys, keyring),
    pass: async (ms) => await delay(ms),
    checkpoint: async () => {
      const dumps = await Promise.all(
        (await names()).map(async (key) => ({
          key,
          dump: await redis.dumpBuffer(key),
          ttl: await redis.pttl(key),
        })),
      );
      return async () => {
        for (const key of await names()) await redis.del(key);
        for (const { key, dump, ttl } of dumps) if (dump) await redis.restore(key, Math.max(ttl, 0), dump);
      };
    },
  };
}

/** Each asks for what it needs, and nothing else is started. */
function fixtureOf(name: (typeof implementations)[number]): (given: Given) => Implementation {
  switch (name) {
    case "redis":
      return ({ redis, keys, prefix }) => createStored(redis, keys, prefix);
    case "cluster":
      return ({ cluster, keys, prefix }) => createStored(cluster, keys, prefix);
    case "memory":
      return ({}) => createInMemory();
  }
}

interface Given {
  readonly redis: Redis;
  readonly cluster: Redis;
  readonly keys: Keys;
  readonly prefix: string;
}

function createInMemory(): Implementation {
  let time = Date.now();
  const memory = createMemoryStore({ now: () => time, leaseTtlMs: TTL_MS });
  return {
    ...memory,
    pass: async (ms) => {
      time += ms;
    },
    checkpoint: async () => {
      const goBack = memory.checkpoint();
      return async () => {
        goBack();
      };
    },
  };
}

for (const name of implementations) {
  const test = withCluster.extend("it", fixtureOf(name));

  test(`${name}: a commit is all there at once, and every kind of it comes back as it went in`, async ({
    it,
  }) => {
    const lease = await acquire(it.leases);
    const cursor: Cursor = { phase: "live", watermark: 1_763_781_291 };
    const values = ["Ada", 1, false, null, '{"a":[1]}'];
    const snapshots = new Map([
      ["42", snapshotOf(values, { sequence: 3, updatedAt: 1_763_781_290, projectionVersion: 2 })],
      ["1390726237298631770", snapshotOf([null])],
    ]);
    const events = [eventOf({ id: "evt_1" }), eventOf({ id: "evt_2", sequence: 18 })];

    expect(await it.store.commit(lease, { snapshots, events, cursor })).toBe("committed");

    const found = await it.store.loadSnapshots("northside", "patients", ["42", "43", "1390726237298631770"]);
    expect([...found.keys()].toSorted()).toEqual(["1390726237298631770", "42"]);
    const { values: read, ...head } = found.get("42") ?? snapshotOf([]);
    expect(head).toEqual({
      fingerprint: snapshotOf([]).fingerprint,
      sequence: 3,
      updatedAt: 1_763_781_290,
      projectionVersion: 2,
    });
    expect(read()).toEqual(values);
    expect(await it.store.readCursor("northside", "patients")).toEqual(cursor);
    expect(await idsIn(it.log)).toEqual(["evt_1", "evt_2"]);
    expect(await it.log.readEvent("northside", "evt_2")).toEqual(events[1]);
  });

  test(`${name}: what is stored is a copy`, async ({ it }) => {
    const values = ["Ada"];
    const event = eventOf({ id: "evt_1", data: { ...eventOf().data, object: { notes: "left" } } });
    await it.store.commit(await acquire(it.leases), {
      snapshots: new Map([["42", snapshotOf(values)]]),
      events: [event],
      cursor: undefined,
    });
    values[0] = "Bram";
    if (event.data.object) event.data.object["notes"] = "right";

    const found = await it.store.loadSnapshots("northside", "patients", ["42"]);
    expect(found.get("42")?.values()).toEqual(["Ada"]);
    expect((await it.log.readEvent("northside", "evt_1"))?.data.object).toEqual({ notes: "left" });
  });

  test(`${name}: nothing is known of what was never committed`, async ({ it }) => {
    expect(await it.store.readCursor("northside", "patients")).toBeUndefined();
    expect(await it.store.loadSnapshots("northside", "patients", ["42"])).toEqual(new Map());
    expect(await it.store.loadSnapshots("northside", "patients", [])).toEqual(new Map());
    expect(await it.log.read("northside", undefined, 10)).toEqual([]);
    expect(await it.log.readEvent("northside", "evt_1")).toBeUndefined();
  });

  const cursors: readonly Cursor[] = [
    { phase: "live", watermark: 0 },
    { phase: "baseline", startedAt: 1_763_781_291, plan: "combined", pass: 0, after: undefined },
    { phase: "baseline", startedAt: 1_763_781_291, plan: "old-lists", pass: 2, after: "1390726237298631770" },
  ];
  test(`${name}: each cursor replaces the whole of the one before, and none leaves it alone`, async ({
    it,
  }) => {
    const lease = await acquire(it.leases);
    for (const cursor of [...cursors, ...cursors.toReversed()]) {
      await it.store.commit(lease, { ...NOTHING, cursor });
      await it.store.commit(lease, NOTHING);
      expect(await it.store.readCursor("northside", "patients")).toEqual(cursor);
    }
  });

  test(`${name}: of a deleted record only its place in the sequence is kept, until it is there again`, async ({
    it,
  }) => {
    const lease = await acquire(it.leases);
    const there = snapshotOf(["Ada"], { sequence: 3 });
    await it.store.commit(lease, { ...NOTHING, snapshots: new Map([["42", there]]) });
    expect(await it.store.listIds("northside", "patients")).toEqual(["42"]);

    const gone = { ...there, sequence: 4, deletedAt: 1_763_781_300 };
    await it.store.commit(lease, { ...NOTHING, snapshots: new Map([["42", gone]]) });
    const found = (await it.store.loadSnapshots("northside", "patients", ["42"])).get("42");
    expect(found).toMatchObject({ sequence: 4, deletedAt: 1_763_781_300, fingerprint: there.fingerprint });
    expect(found?.values()).toEqual([]);
    expect(await it.store.listIds("northside", "patients")).toEqual([]);

    const back = { ...there, sequence: 5 };
    await it.store.commit(lease, { ...NOTHING, snapshots: new Map([["42", back]]) });
    const again = (await it.store.loadSnapshots("northside", "patients", ["42"])).get("42");
    expect(again?.sequence).toBe(5);
    expect(again?.deletedAt).toBeUndefined();
    expect(again?.values()).toEqual(["Ada"]);
    expect(await it.store.listIds("northside", "patients")).toEqual(["42"]);
  });

  test(`${name}: a commit under a lost lease is refused and writes nothing of itself`, async ({ it }) => {
    const stalled = await acquire(it.leases);
    await it.store.commit(stalled, { ...NOTHING, cursor: { phase: "live", watermark: 1 } });
    await it.leases.release(stalled);
    const everything: Commit = {
      snapshots: new Map([["42", snapshotOf(["Ada"])]]),
      events: [eventOf({ id: "evt_1" })],
      cursor: { phase: "live", watermark: 2 },
    };

    expect(await it.store.commit(stalled, everything)).toBe("fenced");
    const holder = await acquire(it.leases);
    expect(await it.store.commit(stalled, everything)).toBe("fenced");

    expect(await it.store.loadSnapshots("northside", "patients", ["42"])).toEqual(new Map());
    expect(await idsIn(it.log)).toEqual([]);
    expect(await it.store.readCursor("northside", "patients")).toEqual({ phase: "live", watermark: 1 });
    expect(await it.store.commit(holder, everything)).toBe("committed"); // the twin: its holder may
    expect(await idsIn(it.log)).toEqual(["evt_1"]);
  });

  test(`${name}: a lease lapses unless it is renewed, and then whoever had it is fenced off`, async ({
    it,
  }) => {
    const first = await acquire(it.leases);
    expect(await it.leases.acquire("northside", "patients")).toBeUndefined();
    await it.pass(TTL_MS * 0.6);
    expect(await it.leases.renew(first)).toBe(true);
    await it.pass(TTL_MS * 0.6);
    expect(await it.store.commit(first, NOTHING)).toBe("committed");
    await it.pass(TTL_MS * 0.6);

    expect(await it.leases.renew(first)).toBe(false);
    expect(await it.store.commit(first, NOTHING)).toBe("fenced");
    const second = await acquire(it.leases);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await it.leases.release(first); // not its own any more
    expect(await it.store.commit(first, NOTHING)).toBe("fenced");
    expect(await it.store.commit(second, NOTHING)).toBe("committed");
  });

  test(`${name}: a commit that builds on a forgotten one is refused, and writes nothing`, async ({ it }) => {
    const lease = await acquire(it.leases);
    const commit = async (id: string): Promise<string> =>
      await it.store.commit(lease, { ...NOTHING, events: [eventOf({ id })] });
    expect(await commit("evt_1")).toBe("committed");
    const goBack = await it.checkpoint();
    expect(await commit("evt_2")).toBe("committed");
    await goBack();

    expect(await commit("evt_3")).toBe("fenced");
    expect(await it.store.commit(lease, NOTHING)).toBe("fenced");
    expect(await idsIn(it.log)).toEqual(["evt_1"]);
    await it.leases.release(lease);
    const next = await acquire(it.leases);
    expect(await it.store.commit(next, { ...NOTHING, events: [eventOf({ id: "evt_2" })] })).toBe("committed");
  });

  test(`${name}: of two holders of one epoch, since the first was forgotten, the first is fenced off`, async ({
    it,
  }) => {
    const goBack = await it.checkpoint();
    const first = await acquire(it.leases);
    await goBack();
    const second = await acquire(it.leases);

    expect(second.epoch).toBe(first.epoch);
    expect(await it.leases.renew(first)).toBe(false);
    expect(await it.store.commit(first, NOTHING)).toBe("fenced");
    expect(await it.store.commit(first, { ...NOTHING, cursor: { phase: "live", watermark: 1 } })).toBe(
      "fenced",
    );
    await it.leases.release(first);
    expect(await it.store.commit(second, NOTHING)).toBe("committed");
  });

  test(`${name}: epochs grow and are never given twice`, async ({ it }) => {
    const epochs: number[] = [];
    for (let round = 0; round < 4; round++) {
      const lease = await acquire(it.leases);
      epochs.push(lease.epoch);
      await it.leases.release(lease);
    }
    expect(epochs).toEqual([1, 2, 3, 4]);
  });

  test(`${name}: accounts and resources do not see each other`, async ({ it }) => {
    const commit: Commit = {
      snapshots: new Map([["42", snapshotOf(["Ada"])]]),
      events: [eventOf({ id: "evt_1" })],
      cursor: { phase: "live", watermark: 1 },
    };
    await it.store.commit(await acquire(it.leases), commit);

    for (const [account, resource] of [
      ["southbank", "patients"],
      ["northside", "individual_appointments"],
    ] as const) {
      expect(await it.store.readCursor(account, resource)).toBeUndefined();
      expect(await it.store.loadSnapshots(account, resource, ["42"])).toEqual(new Map());
      expect(await it.leases.acquire(account, resource)).toMatchObject({ epoch: 1 });
    }
    expect(await it.log.read("southbank", undefined, 10)).toEqual([]);
    expect(await it.log.readEvent("southbank", "evt_1")).toBeUndefined();
  });

  test(`${name}: the log keeps the order of the commits and is read on from a position`, async ({ it }) => {
    const lease = await acquire(it.leases);
    for (const ids of [["evt_1", "evt_2", "evt_3"], ["evt_4"], ["evt_5", "evt_6"]]) {
      await it.store.commit(lease, { ...NOTHING, events: ids.map((id) => eventOf({ id })) });
    }
    const entries = await it.log.read("northside", undefined, 10);
    expect(entries.map(({ eventId }) => eventId)).toEqual([
      "evt_1",
      "evt_2",
      "evt_3",
      "evt_4",
      "evt_5",
      "evt_6",
    ]);
    expect(entries[0]).toMatchObject({
      subject: "appointment",
      transitions: eventOf().data.transitions,
    });
    expect(entries[0]?.position).toMatch(/^\d+-\d+$/);
    const rest = await it.log.read("northside", entries[1]?.position, 3);
    expect(rest.map(({ eventId }) => eventId)).toEqual(["evt_3", "evt_4", "evt_5"]);
  });
}

const NOTHING: Commit = { snapshots: new Map(), events: [], cursor: undefined };

async function acquire(leases: Leases): Promise<Lease> {
  const lease = await leases.acquire("northside", "patients");
  if (!lease) throw new Error("the lease is free");
  return lease;
}

async function idsIn(log: Pick<EventLog, "read">): Promise<string[]> {
  return (await log.read("northside", undefined, 100)).map(({ eventId }) => eventId);
}
