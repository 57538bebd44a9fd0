import { expect } from "vitest";

import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { loadIdentityKey } from "../../../src/store/detection/installation.ts";
import { createKeys } from "../../../src/store/redis/keys.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

test("the identity key is made once and is the same ever after", async ({ redis, keys, prefix }) => {
  const first = await loadIdentityKey(redis, keys, keyringOf("k1"));

  expect(first).toHaveLength(32);
  expect(await loadIdentityKey(redis, keys, keyringOf("k1"))).toEqual(first);
  expect(await loadIdentityKey(redis, createKeys(`${prefix}x`), keyringOf("k1"))).not.toEqual(first);
});

test("processes that start at once agree on it", async ({ address, redis, keys }) => {
  const other = await connectRedis(address, 10_000);
  const found = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      return await loadIdentityKey(index % 2 === 0 ? redis : other, keys, keyringOf("k1"));
    }),
  );
  other.disconnect();

  expect(new Set(found.map((key) => key.toString("hex"))).size).toBe(1);
});

test("a new encryption key in front changes no identity", async ({ redis, keys }) => {
  const first = await loadIdentityKey(redis, keys, keyringOf("k1"));

  expect(await loadIdentityKey(redis, keys, keyringOf("k2", "k1"))).toEqual(first);
});

test("the wrong encryption key is refused, and does not make a new identity", async ({ redis, keys }) => {
  const first = await loadIdentityKey(redis, keys, keyringOf("k1"));

  await expect(loadIdentityKey(redis, keys, keyringOf("k2"))).rejects.toThrow(UnreadableRecordError);
  await expect(loadIdentityKey(redis, keys, keyringOf("k2"))).rejects.toThrow(
    'installation/identity is sealed with key "k1", which is not configured',
  );
  expect(await loadIdentityKey(redis, keys, keyringOf("k1"))).toEqual(first);
});

test("the identity key is not in clear at rest", async ({ redis, keys }) => {
  const key = await loadIdentityKey(redis, keys, keyringOf("k1"));
  const stored = await redis.hgetBuffer(keys.installation, "identity");

  expect(stored?.length).toBeGreaterThan(key.length);
  expect(stored?.includes(key)).toBe(false);
});
