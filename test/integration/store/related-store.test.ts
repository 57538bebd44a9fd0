import { expect } from "vitest";
import type { Redis } from "ioredis";

import type { Snapshot } from "../../../src/diff/adopt.ts";
import type { WebhookEvent } from "../../../src/diff/event.ts";
import { project } from "../../../src/diff/compare.ts";
import { sampleOf } from "../../../src/catalogue/make-example.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";
import { createAccountStore } from "../../../src/store/detection/account-store.ts";
import { createLeases } from "../../../src/store/detection/lease.ts";
import { createEventLog } from "../../../src/store/events/event-log.ts";
import { alongRules } from "../../../src/store/events/related-store.ts";
import { rotateKeys } from "../../../src/store/sealing/key-rotation.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf, snapshotOf } from "../../support/stored-things.ts";

const ring = keyringOf("k1");
const ACCOUNT = "northside";

/** What the real booking of the tests leads to. */
const LED = { practitioner: "1430127519894742168", business: "1430127519894742167" };

async function commit(
  redis: Redis,
  keys: Keys,
  resource: ResourceName,
  given: {
    readonly snapshots?: ReadonlyMap<string, Snapshot>;
    readonly events?: readonly WebhookEvent[];
    readonly alongOf?: ReturnType<typeof alongRules>;
  },
): Promise<void> {
  const leases = createLeases(redis, keys, 60_000);
  const lease = await leases.acquire(ACCOUNT, resource);
  if (!lease) throw new Error("the lease is free");
  const { snapshots = new Map(), events = [] } = given;
  const store = createAccountStore(redis, keys, ring, given.alongOf);
  expect(await store.commit(lease, { snapshots, events, cursor: undefined })).toBe("committed");
  await leases.release(lease);
}

/** Remembers an ordinary practitioner of that name; `version`: of which fingerprint. */
async function remember(
  redis: Redis,
  keys: Keys,
  id: string,
  display_name: string,
  version: number,
): Promise<void> {
  const values = project(resources.practitioners, { ...sampleOf(resources.practitioners), display_name });
  const fingerprint = Buffer.alloc(16, version).toString("hex");
  await commit(redis, keys, "practitioners", {
    snapshots: new Map([[id, snapshotOf(values, { fingerprint })]]),
  });
}

function visit(id: string, practitioner: string): WebhookEvent {
  const event = eventOf({ id });
  const self = `https://api.au1.cliniko.com/v1/practitioners/${practitioner}`;
  return {
    ...event,
    data: { ...event.data, object: { ...event.data.object, practitioner: { links: { self } } } },
  };
}

async function nameIn(redis: Redis, keys: Keys, id: string, by = ring): Promise<unknown> {
  const found = await createEventLog(redis, keys, by).readRelated(ACCOUNT, [id], () => true);
  const part = found.get(id)?.parts.get("practitioner");
  return part?.state === "read" ? part.values.get("display_name") : part?.state;
}

test("what an event leads to is kept as it was when it was committed", async ({ redis, keys }) => {
  const id = LED.practitioner;
  await remember(redis, keys, id, "Dr Alex Okafor", 1);
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_1", id)] });
  await remember(redis, keys, id, "Dr Alex Quill", 2);
  await commit(redis, keys, "individual_appointments", {
    events: [visit("evt_2", id), visit("evt_3", "404")],
  });

  expect(await nameIn(redis, keys, "evt_1")).toBe("Dr Alex Okafor");
  expect(await nameIn(redis, keys, "evt_2")).toBe("Dr Alex Quill");
  expect(await nameIn(redis, keys, "evt_3")).toBeUndefined();
});

test("what is remembered of a resource that is read no more does not come along", async ({ redis, keys }) => {
  const id = LED.practitioner;
  await remember(redis, keys, id, "Dr Alex Okafor", 1);
  const rules = { suppressWithoutConsent: false, resources: ["individual_appointments"] };
  const alongOf = alongRules([{ name: ACCOUNT, ...rules }]);
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_1", id)], alongOf });
  const wider = alongRules([{ name: ACCOUNT, ...rules, resources: [...rules.resources, "practitioners"] }]);
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_2", id)], alongOf: wider });

  expect(await nameIn(redis, keys, "evt_1")).toBeUndefined();
  expect(await nameIn(redis, keys, "evt_2")).toBe("Dr Alex Okafor");
});

test("written once more under the same id, an event leads to what it led to", async ({ redis, keys }) => {
  const log = createEventLog(redis, keys, ring);
  await remember(redis, keys, "7", "Dr Alex Okafor", 1);
  await log.keepAside(ACCOUNT, [visit("evt_1", "7")]);
  await remember(redis, keys, "7", "Dr Alex Quill", 2);
  await log.keepAside(ACCOUNT, [visit("evt_1", "7")]);

  expect(await nameIn(redis, keys, "evt_1")).toBe("Dr Alex Okafor");
  expect(await redis.hlen(keys.versions(ACCOUNT))).toBe(1);
});

test("a version is kept once for all events that lead to it, and goes with the last of them", async ({
  redis,
  keys,
}) => {
  const log = createEventLog(redis, keys, ring, () => 1);
  await remember(redis, keys, "7", "Dr Alex Okafor", 1);
  await commit(redis, keys, "individual_appointments", {
    events: [visit("evt_1", "7"), visit("evt_2", "7")],
  });
  await log.keepAside(ACCOUNT, [visit("evt_3", "7")]);
  expect(await redis.hvals(keys.versionUses(ACCOUNT))).toEqual(["3"]);

  const needed = async (): Promise<ReadonlySet<string>> => new Set(["evt_2"]);
  await log.trim(ACCOUNT, Date.now() + 60_000, needed);
  expect(await nameIn(redis, keys, "evt_2")).toBe("Dr Alex Okafor");
  expect(await redis.hlen(keys.related(ACCOUNT))).toBe(1);

  await log.trim(ACCOUNT, Date.now() + 60_000, async () => new Set());
  for (const key of [keys.related(ACCOUNT), keys.versions(ACCOUNT), keys.versionUses(ACCOUNT)])
    expect(await redis.exists(key)).toBe(0);
});

test("an event that leads nowhere that is known keeps nothing", async ({ redis, keys }) => {
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_1", "7")] });

  expect(await redis.exists(keys.related(ACCOUNT))).toBe(0);
});

test("a record that was deleted by then is told as deleted", async ({ redis, keys }) => {
  const gone = snapshotOf([], { deletedAt: 1_763_781_291 });
  await commit(redis, keys, "practitioners", { snapshots: new Map([["7", gone]]) });
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_1", "7")] });

  expect(await nameIn(redis, keys, "evt_1")).toBe("deleted");
});

test("versions are sealed anew with the others, and open without the former key", async ({ redis, keys }) => {
  await remember(redis, keys, "7", "Dr Alex Okafor", 1);
  await commit(redis, keys, "individual_appointments", { events: [visit("evt_1", "7")] });
  const resourceNames = ["practitioners"];
  await rotateKeys(redis, keys, keyringOf("k2", "k1"), {
    account: ACCOUNT,
    resources: resourceNames,
    signal: new AbortController().signal,
  });

  expect(await nameIn(redis, keys, "evt_1", keyringOf("k2"))).toBe("Dr Alex Okafor");
  expect(await nameIn(redis, keys, "evt_1", keyringOf("k3"))).toBe("unreadable");
});
