import type { RedisNode } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import type { Keyring } from "../../../src/store/sealing/keyring.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { type TokenStore, createTokenStore, isTokenText } from "../../../src/store/access/token-store.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

/** `cwt_`, the id, and `_`. */
const HEAD = 17;
const RING = keyringOf("k1");
const CRM = {
  name: "CRM",
  role: "subscriber",
  subscriber: "crm",
  accounts: ["northside"],
  sensitive: false,
} as const;
const ADMIN = { name: "boss", role: "admin", sensitive: false } as const;

function storeOf(
  redis: RedisNode,
  keys: Keys,
  { ring = RING, at = 1_000 }: { ring?: Keyring; at?: number } = {},
): TokenStore {
  return createTokenStore(redis, keys, ring, () => at);
}

test("a token is recognised by its text alone, in every process", async ({ redis, keys }) => {
  const { token, secret } = await storeOf(redis, keys).create(CRM);

  expect(isTokenText(secret)).toBe(true);
  expect(token).toEqual({ ...CRM, id: secret.split("_")[1], createdAt: 1_000 });
  expect(await storeOf(redis, keys).verify(secret)).toEqual(token);
  expect(await storeOf(redis, keys).list()).toEqual([{ ...token, lastUsedAt: 1_000 }]);
});

test("nothing but the very text is recognised", async ({ redis, keys }) => {
  const store = storeOf(redis, keys);
  const [one, other] = [await store.create(CRM), await store.create(ADMIN)];
  const secret = other.secret.slice(HEAD);
  const wrong = [
    "",
    "cwt__",
    one.secret.slice(0, -1),
    `${one.secret}x`,
    one.secret.toUpperCase(),
    `${one.secret.slice(0, -1)}${one.secret.endsWith("A") ? "B" : "A"}`,
    `cwt_${one.token.id}_${secret}`,
    `cwt_000000000000_${secret}`,
  ];

  for (const text of wrong) expect([text, await store.verify(text)]).toEqual([text, undefined]);
  expect(await store.verify(one.secret)).toBeDefined();
});

test("a token that is revoked in one process opens nothing in another, at once", async ({ redis, keys }) => {
  const [one, other] = [storeOf(redis, keys), storeOf(redis, keys)];
  const { token, secret } = await one.create(CRM);
  const left = await one.create(ADMIN);
  expect(await other.verify(secret)).toEqual(token);

  expect(await one.revoke(token.id)).toEqual(token);

  expect(await other.verify(secret)).toBeUndefined();
  expect(await other.verify(left.secret)).toEqual(left.token);
  expect(await one.revoke(token.id)).toBeUndefined();
});

test("a token opens until the millisecond in which it expires", async ({ redis, keys }) => {
  const { secret } = await storeOf(redis, keys).create({ ...CRM, expiresAt: 2_000 });

  expect(await storeOf(redis, keys, { at: 1_999 }).verify(secret)).toBeDefined();
  expect(await storeOf(redis, keys, { at: 2_000 }).verify(secret)).toBeUndefined();
});

test("a token that was shown before is found by its id, for as long as it opens anything", async ({
  redis,
  keys,
}) => {
  const store = storeOf(redis, keys);
  const { token } = await store.create({ ...CRM, expiresAt: 2_000 });
  const other = await store.create(ADMIN);

  expect(await store.find(token.id)).toEqual(token);
  const uses = new Map((await store.list()).map(({ id, lastUsedAt }) => [id, lastUsedAt]));
  expect([uses.get(token.id), uses.get(other.token.id)]).toEqual([1_000, undefined]);
  expect(await storeOf(redis, keys, { at: 2_000 }).find(token.id)).toBeUndefined();
  await store.revoke(other.token.id);
  expect(await store.find(other.token.id)).toBeUndefined();
  expect(await store.find("")).toBeUndefined();
});

test("neither a secret nor whose it is rests in clear", async ({ redis, keys, prefix }) => {
  const { secret } = await storeOf(redis, keys).create({ ...CRM, name: "a-telling-name" });
  const kept = await clearTextOf(redis, prefix);

  expect(kept).not.toContain(secret.slice(HEAD));
  expect(kept).not.toContain("a-telling-name");
});

test("who can write to Redis alone makes no token, and moves none", async ({ redis, keys }) => {
  const { token, secret } = await storeOf(redis, keys).create(ADMIN);
  const sealed = await redis.hgetBuffer(keys.tokens, token.id);
  await redis.hset(keys.tokens, "000000000000", sealed ?? "");

  const moved = secret.replace(token.id, "000000000000");
  expect(await storeOf(redis, keys).verify(moved)).toBeUndefined();
  // Also where nobody knows what lives.
  await redis.del(keys.rosters);
  expect(await storeOf(redis, keys).verify(moved)).toBeUndefined();
  expect(await storeOf(redis, keys).verify(secret)).toEqual(token);
});

test("verifying reads one small word while no token has changed", async ({ redis, keys }) => {
  const store = storeOf(redis, keys);
  const { secret } = await store.create(CRM);
  await store.verify(secret);
  const sent: string[] = [];
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...call: Parameters<RedisNode["sendCommand"]>) => {
    sent.push(call[0].name);
    return send(...call);
  };
  await store.verify(secret);
  redis.sendCommand = send;

  expect(sent).toEqual(["hget"]);
});
