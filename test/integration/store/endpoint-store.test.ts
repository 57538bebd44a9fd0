import type { Redis, RedisNode } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { EndpointSettings } from "../../../src/config/endpoint-settings.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { type EndpointStore, createEndpointStore } from "../../../src/store/outbox/endpoint-store.ts";
import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { pack } from "../../../src/store/sealing/packing.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test as base } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";
import { SECRET } from "../../support/test-config.ts";

const test = base.extend("store", ({ redis, keys }) => storeOf(redis, keys));

const RING = keyringOf("k1");
const SETTINGS: EndpointSettings = {
  url: "https://crm.example.com/hooks?token=hunter2",
  description: "the clinic's CRM",
  events: ["appointment.*"],
  accounts: ["northside"],
  when: [{ field: "cancelled_at", from: null }, { field: "cancellation_reason", to: 50 }, { field: "notes" }],
  payload: "changes",
  include: ["notes"],
  headers: { authorization: "Bearer hunter3" },
  rateLimit: 2.5,
  concurrency: 4,
  ordering: "subject",
  tls: { certificate: "PEM", key: "PRIVATE PEM" },
};
const LEAST: EndpointSettings = {
  url: "https://a.example/",
  description: "",
  events: ["*"],
  when: [],
  payload: "full",
  include: [],
  headers: {},
  concurrency: 8,
  ordering: "none",
};
const KEY = { kind: "v1", secret: SECRET, createdAt: 7 } as const;
const CRM = { id: "crm", source: "api", settings: SETTINGS, signingKeys: [KEY] } as const;

/** A store as one process has it, with a clock that counts calls. */
function storeOf(redis: RedisNode, keys: Keys, ring: Keyring = RING): EndpointStore {
  let calls = 0;
  return createEndpointStore(redis, keys, ring, () => 1_000 + calls++);
}

/** Every command that was sent to Redis while something was done. */
async function commandsOf(redis: RedisNode, work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const watched = redis.sendCommand.bind(redis);
  redis.sendCommand = (...call: Parameters<RedisNode["sendCommand"]>) => {
    sent.push(call[0].name);
    return watched(...call);
  };
  await work();
  redis.sendCommand = watched;
  return sent;
}

test("what is made is read back whole, by another process too", async ({ store, redis, keys }) => {
  const made = await store.create(CRM);
  const other = storeOf(redis, keys);

  expect(made).toEqual({ ...CRM, revision: 1, createdAt: 1_000, updatedAt: 1_000 });
  expect(await other.read("crm")).toEqual(made);
  expect(await other.list()).toEqual([made]);
  expect(await other.read("crn")).toBeUndefined();
});

test("the list is by id, and empty when there is none", async ({ store }) => {
  expect(await store.list()).toEqual([]);

  for (const id of ["b", "a-2", "a", "c"]) await store.create({ ...CRM, id, settings: LEAST });

  expect((await store.list()).map(({ id }) => id)).toEqual(["a", "a-2", "b", "c"]);
});

test("a name that is taken is not taken again", async ({ store }) => {
  await store.create(CRM);

  expect(await store.create({ ...CRM, settings: LEAST })).toBe("exists");
  expect((await store.read("crm"))?.settings).toEqual(SETTINGS);
});

test("of two processes that make one name at once, one does", async ({ redis, keys }) => {
  const other = redis.duplicate();
  const made = await Promise.all(
    [redis, other].map(async (connection, index) => {
      const settings = { ...LEAST, description: String(index) };
      return await storeOf(connection, keys).create({ ...CRM, settings });
    }),
  );
  other.disconnect();
  const won = made.filter((result) => result !== "exists");

  expect(won).toHaveLength(1);
  expect(await storeOf(redis, keys).read("crm")).toEqual(won[0]);
});

test("a change is written as a whole, counts up, and leaves the rest", async ({ store }) => {
  await store.create(CRM);

  const paused = await store.update("crm", () => ({ pausedAt: 5 }));
  expect(paused).toEqual({ ...CRM, pausedAt: 5, revision: 2, createdAt: 1_000, updatedAt: 1_001 });
  const changed = await store.update("crm", ({ settings }) => ({
    settings: { ...settings, accounts: undefined, payload: "ids" },
    pausedAt: undefined,
  }));
  const read = await store.read("crm");

  expect(read).toEqual(changed);
  expect(read).toMatchObject({ revision: 3, settings: { payload: "ids", events: ["appointment.*"] } });
  expect(read).not.toHaveProperty("pausedAt");
  expect(read?.settings).not.toHaveProperty("accounts");
});

test("a change that changes nothing writes nothing, one that does is seen by the list", async ({
  store,
  redis,
  keys,
}) => {
  const made = await store.create(CRM);
  const version = await redis.hgetBuffer(keys.rosters, "endpoints");

  expect(await store.update("crm", () => undefined)).toEqual(made);
  expect(await redis.hgetBuffer(keys.rosters, "endpoints")).toEqual(version);
  await store.update("crm", () => ({ pausedAt: 1 }));
  expect(await redis.hgetBuffer(keys.rosters, "endpoints")).not.toEqual(version);
});

test("what is not there cannot be changed, and is not made by it", async ({ store }) => {
  expect(await store.update("crm", () => ({ pausedAt: 1 }))).toBe("unknown");
  expect(await store.list()).toEqual([]);
});

test("a change of a version that is no longer the newest is stale, of the newest it is not", async ({
  store,
}) => {
  await store.create(CRM);
  await store.update("crm", () => ({ pausedAt: 1 }));

  expect(await store.update("crm", () => ({ pausedAt: 2 }), 1)).toBe("stale");
  expect(await store.read("crm")).toMatchObject({ pausedAt: 1, revision: 2 });
  expect(await store.update("crm", () => ({ pausedAt: 2 }), 2)).toMatchObject({ pausedAt: 2, revision: 3 });
});

test("of many changes at once by two processes none is lost", async ({ redis, keys }) => {
  const other = redis.duplicate();
  const stores = [storeOf(redis, keys), storeOf(other, keys)];
  await stores[0]?.create({ ...CRM, settings: { ...LEAST, concurrency: 0 } });

  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const store = stores[index % 2];
      await store?.update("crm", ({ settings }) => ({
        settings: { ...settings, concurrency: settings.concurrency + 1 },
      }));
    }),
  );
  other.disconnect();

  expect(await storeOf(redis, keys).read("crm")).toMatchObject({
    settings: { concurrency: 40 },
    revision: 41,
  });
});

/** A ring that does something before it seals the first time: what it sends to Redis arrives before the write does. */
function interruptedRing(act: () => void): Keyring {
  let first = true;
  return {
    ...RING,
    seal(plaintext, context) {
      if (first) act();
      first = false;
      return RING.seal(plaintext, context);
    },
  };
}

test("a change that comes between reading and writing stays, and this one is made on top", async ({
  redis,
  keys,
}) => {
  await storeOf(redis, keys).create(CRM);
  const between = { ...CRM, settings: LEAST, revision: 2, createdAt: 1_000, updatedAt: 1_001 };
  const bytes = RING.seal(pack(JSON.stringify(between)), "endpoints/crm");
  const ring = interruptedRing(() => void redis.hset(keys.endpoints, "crm", bytes));

  expect(await storeOf(redis, keys, ring).update("crm", () => ({ pausedAt: 1 }))).toMatchObject({
    pausedAt: 1,
    revision: 3,
    settings: LEAST,
  });
});

test("what is removed between reading and writing is not brought back", async ({ redis, keys }) => {
  await storeOf(redis, keys).create(CRM);
  const ring = interruptedRing(() => void redis.hdel(keys.endpoints, "crm"));

  expect(await storeOf(redis, keys, ring).update("crm", () => ({ pausedAt: 1 }))).toBe("unknown");
  expect(await storeOf(redis, keys).read("crm")).toBeUndefined();
});

test("a write that the client sends twice counts once", async ({ store, redis }) => {
  const evaluate = redis.eval.bind(redis);
  redis.eval = (async (...call: Parameters<typeof evaluate>) => {
    await evaluate(...call);
    return await evaluate(...call);
  }) as Redis["eval"];

  expect(await store.create(CRM)).toMatchObject({ revision: 1 });
  expect(await store.update("crm", () => ({ pausedAt: 1 }))).toMatchObject({ revision: 2 });
  redis.eval = evaluate;
  expect(await store.read("crm")).toMatchObject({ revision: 2 });
});

test("while nothing has changed the list costs one HGET, and is the same list", async ({ store, redis }) => {
  await store.create(CRM);
  const first = await store.list();
  let second: unknown;

  const sent = await commandsOf(redis, async () => (second = await store.list()));

  expect(sent).toEqual(["hget"]);
  expect(second).toBe(first);
});

test("another process's making, change and removal are each seen at the next look", async ({
  redis,
  keys,
}) => {
  const [here, there] = [storeOf(redis, keys), storeOf(redis, keys)];
  expect(await here.list()).toEqual([]);

  await there.create(CRM);
  expect((await here.list()).map(({ id }) => id)).toEqual(["crm"]);
  await there.update("crm", () => ({ pausedAt: 9 }));
  expect(await here.list()).toMatchObject([{ pausedAt: 9 }]);
  await there.delete("crm");
  expect(await here.list()).toEqual([]);
});

test("a Redis that has gone back is not taken for one in which nothing has changed", async ({
  store,
  redis,
  keys,
}) => {
  await store.create(CRM);
  const [hash, version] = [await redis.dumpBuffer(keys.endpoints), await redis.dumpBuffer(keys.rosters)];
  await store.update("crm", () => ({ pausedAt: 1 }));
  await store.list();

  await redis.restore(keys.endpoints, 0, hash ?? "", "REPLACE");
  await redis.restore(keys.rosters, 0, version ?? "", "REPLACE");
  await storeOf(redis, keys).update("crm", () => ({ pausedAt: 2 }));

  expect(await store.list()).toMatchObject([{ pausedAt: 2, revision: 2 }]);
});

test("what is removed is gone once", async ({ store }) => {
  await store.create(CRM);
  await store.create({ ...CRM, id: "other" });

  expect(await store.delete("crm")).toBe(true);
  expect(await store.delete("crm")).toBe(false);
  expect((await store.list()).map(({ id }) => id)).toEqual(["other"]);
});

test("nothing of an endpoint but its name rests in clear", async ({ redis, keys, prefix }) => {
  await storeOf(redis, keys).create(CRM);
  await redis.set(`${prefix}:control`, "hunter2");
  const clear = await clearTextOf(redis, prefix);

  expect(clear.match(/hunter2/g)).toHaveLength(1);
  expect(clear).toContain("crm ");
  for (const part of [
    "crm.example",
    "hunter3",
    "authorization",
    "appointment",
    "CRM",
    "PEM",
    "MfKQ9r8GKYqr",
  ]) {
    expect(clear).not.toContain(part);
  }
});

test("an endpoint that is put in another's place does not open", async ({ store, redis, keys }) => {
  await store.create(CRM);
  const bytes = await redis.hgetBuffer(keys.endpoints, "crm");
  await redis.hset(keys.endpoints, "erp", bytes ?? "");

  await expect(store.read("erp")).rejects.toThrow("endpoints/erp cannot be opened");
  await expect(store.read("crm")).resolves.toBeDefined();
});

test.each([
  ["torn bytes", Buffer.from([2, 107, 49, 1, 2, 3])],
  ["bytes of another key", keyringOf("k9").seal(pack("{}"), "endpoints/crm")],
  ["no JSON", RING.seal(pack("nonsense"), "endpoints/crm")],
  ["bytes that do not unpack", RING.seal(Buffer.from([255, 255]), "endpoints/crm")],
  ["another shape", RING.seal(pack('{"id":"crm"}'), "endpoints/crm")],
  [
    "a setting of a later release",
    RING.seal(
      pack(
        JSON.stringify({ ...CRM, settings: { ...LEAST, sky: 1 }, revision: 1, createdAt: 1, updatedAt: 1 }),
      ),
      "endpoints/crm",
    ),
  ],
])("%s are an unreadable record that names the endpoint, and are not written over", async (_what, bytes) => {
  const fake = new Map([["crm", bytes]]);
  const redis = {
    hgetBuffer: async (key: string, id: string) => (key === "e" ? (fake.get(id) ?? null) : null),
    hgetallBuffer: async () => Object.fromEntries(fake),
    eval: async () => await Promise.reject(new Error("nothing is to be written")),
  } as unknown as Redis;
  const store = createEndpointStore(redis, { clock: "c", endpoints: "e", rosters: "r" }, RING, () => 1);

  expect(await store.list()).toEqual([]);
  expect(await store.unreadable()).toEqual(["crm"]);
  expect(await store.ids()).toEqual(["crm"]);
  for (const attempt of [store.read("crm"), store.update("crm", () => ({ pausedAt: 1 }))]) {
    const error: unknown = await attempt.catch((error_: unknown) => error_);
    expect(error).toBeInstanceOf(UnreadableRecordError);
    expect(String(error)).toContain("crm");
    expect(String(error)).not.toContain("nonsense");
  }
});

test("an endpoint is made at the earlier of the two clocks, so that what Redis stamps next is not before it", async ({
  redis,
  keys,
}) => {
  const makeAt = async (id: string, now: number): Promise<number> => {
    const made = await createEndpointStore(redis, keys, RING, () => now).create({ ...CRM, id });
    return made === "exists" ? 0 : made.createdAt;
  };
  const redisNow = async (): Promise<number> => Number((await redis.time())[0]) * 1_000;

  const before = await redisNow();
  const ahead = await makeAt("ahead", Date.now() + 3_600_000);
  expect(ahead).toBeGreaterThanOrEqual(before);
  expect(ahead).toBeLessThan((await redisNow()) + 60_000);
  const behind = Date.now() - 3_600_000;
  expect(await makeAt("behind", behind)).toBe(behind);
});

test("whose an endpoint is stays with it through every change", async ({ store, redis, keys }) => {
  await store.create({ ...CRM, owner: "crm" });
  await store.update("crm", () => ({ pausedAt: 5 }));

  expect(await storeOf(redis, keys).read("crm")).toMatchObject({ owner: "crm", pausedAt: 5 });
});
