import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import type { Holder } from "../../../src/store/access/session-holder.ts";
import {
  MOST_SESSIONS,
  SESSION_IDLE_MS,
  SESSION_LIFETIME_MS,
  type SessionStore,
  createSessionStore,
} from "../../../src/store/access/session-store.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const RING = keyringOf("k1");
const HOLDER: Holder = { kind: "token", tokenId: "3f9c2ab41d07" };
const OPS: Holder = { kind: "ops_token", hash: "0".repeat(64) };
const START = 1_000_000;

interface Clock {
  at: number;
}

function storeOf(redis: Redis, keys: Keys, clock: Clock = { at: START }, ring: Keyring = RING): SessionStore {
  return createSessionStore(redis, keys, ring, () => clock.at);
}

test("a session is known by its secret alone, in every process", async ({ redis, keys }) => {
  const { session, secret } = await storeOf(redis, keys).create(OPS);

  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(session).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    holder: OPS,
    createdAt: START,
    usedAt: START,
    expiresAt: START + SESSION_LIFETIME_MS,
  });
  expect(await storeOf(redis, keys).find(secret)).toEqual(session);
  for (const wrong of ["", session.id, `${secret}x`, secret.slice(1), secret.toUpperCase(), "*"]) {
    expect([wrong, await storeOf(redis, keys).find(wrong)]).toEqual([wrong, undefined]);
  }
});

test("it ends when it is not used, and Redis forgets it by itself", async ({ redis, keys, prefix }) => {
  const clock = { at: START };
  const store = storeOf(redis, keys, clock);
  const { secret } = await store.create(HOLDER);
  const leftMs = async (): Promise<number> => {
    const [key = ""] = await redis.keys(`${prefix}:*:session:*`);
    return await redis.pttl(key);
  };
  expect(await leftMs()).toBeGreaterThan(SESSION_IDLE_MS - 10_000);
  expect(await leftMs()).toBeLessThanOrEqual(SESSION_IDLE_MS);
  clock.at += SESSION_IDLE_MS - 1;
  expect(await store.find(secret)).toMatchObject({ usedAt: clock.at });
  clock.at += SESSION_IDLE_MS;

  expect(await store.find(secret)).toBeUndefined();
  expect(await redis.keys(`${prefix}:*session*`)).toEqual([]);
});

test("it does not outlast its end, and Redis keeps it no longer", async ({ redis, keys, prefix }) => {
  const clock = { at: START };
  const store = storeOf(redis, keys, clock);
  const { session, secret } = await store.create(HOLDER, START + 60_000);
  const [key = ""] = await redis.keys(`${prefix}:*:session:*`);

  expect(session.expiresAt).toBe(START + 60_000);
  expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000);
  clock.at += 59_999;
  expect(await store.find(secret)).toBeDefined();
  clock.at += 1;
  expect(await store.find(secret)).toBeUndefined();
});

test("one that would have ended already is not begun", async ({ redis, keys }) => {
  const store = storeOf(redis, keys);
  const { secret } = await store.create(HOLDER, START);

  expect(await store.find(secret)).toBeUndefined();
});

test("a session that is ended while it is used stays ended", async ({ redis, keys, prefix }) => {
  const clock = { at: START };
  const store = storeOf(redis, keys, clock);
  const { session, secret } = await store.create(HOLDER);
  clock.at += 120_000;
  const set = redis.set.bind(redis);
  // Between all that `find` reads and what it writes back.
  redis.set = (async (...args: Parameters<Redis["set"]>) => {
    redis.set = set;
    expect(await store.end(secret)).toMatchObject({ id: session.id });
    return await set(...args);
  }) as Redis["set"];
  await store.find(secret);

  expect(await store.find(secret)).toBeUndefined();
  expect(await redis.keys(`${prefix}:*:session:*`)).toEqual([]);
  expect(await store.end(secret)).toBeUndefined();
});

test("all sessions of one holder end together, and nobody else's", async ({ redis, keys }) => {
  const store = storeOf(redis, keys);
  const [one, two, other] = [
    await store.create(HOLDER),
    await store.create(HOLDER),
    await store.create({ kind: "token", tokenId: "000000000000" }),
  ];
  await store.endAllOf(HOLDER);

  expect(await store.find(one.secret)).toBeUndefined();
  expect(await store.find(two.secret)).toBeUndefined();
  expect(await store.find(other.secret)).toBeDefined();
});

test("one holder has a hundred sessions at most: the oldest that lives makes room", async ({
  redis,
  keys,
  prefix,
}) => {
  const clock = { at: START };
  const store = storeOf(redis, keys, clock);
  const secrets: string[] = [];
  const sign = async (): Promise<void> => {
    clock.at += 1;
    secrets.push((await store.create(HOLDER)).secret);
  };
  for (let count = 0; count < MOST_SESSIONS; count += 1) await sign();
  // One that has ended by itself takes no room.
  await store.end(secrets[1] ?? "");
  await sign();
  expect(await store.find(secrets[0] ?? "")).toBeDefined();
  await sign();

  expect(await store.find(secrets[0] ?? "")).toBeUndefined();
  expect(await store.find(secrets[2] ?? "")).toBeDefined();
  expect(await redis.keys(`${prefix}:*:session:*`)).toHaveLength(MOST_SESSIONS);
});

test("whoever can write to Redis alone makes no session, and moves none", async ({ redis, keys, prefix }) => {
  const store = storeOf(redis, keys);
  const [mine, other] = [await store.create(HOLDER), await store.create(OPS)];
  const all = await redis.keys(`${prefix}:*:session:*`);
  const [mineKey, otherKey] = [mine, other].map(
    ({ session }) => all.find((key) => key.includes(`:session:${session.id}`)) ?? "",
  );
  const sealed = await redis.getBuffer(otherKey ?? "");
  await redis.set(mineKey ?? "", sealed ?? "");

  expect(await store.find(mine.secret)).toBeUndefined();
  expect(await store.find(other.secret)).toMatchObject({ holder: OPS });
});

test("with other encryption keys its browser has to sign in again, and nothing fails", async ({
  redis,
  keys,
}) => {
  const { secret } = await storeOf(redis, keys).create(HOLDER);

  expect(await storeOf(redis, keys, undefined, keyringOf("k2")).find(secret)).toBeUndefined();
  expect(await storeOf(redis, keys, undefined, keyringOf("k2", "k1")).find(secret)).toBeDefined();
});
