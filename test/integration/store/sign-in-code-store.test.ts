import { expect } from "vitest";

import type { Holder } from "../../../src/store/access/session-holder.ts";
import { SIGN_IN_CODE_MS, createSignInCodeStore } from "../../../src/store/access/sign-in-code-store.ts";
import { test } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const RING = keyringOf("k1");
const HOLDER: Holder = { kind: "token", tokenId: "3f9c2ab41d07" };
const START = 1_000_000;

test("a code is taken once, by one of all who try at the same time", async ({ redis, keys, prefix }) => {
  const store = createSignInCodeStore(redis, keys, RING, () => START);
  const { code, expiresAt } = await store.create(HOLDER);
  const taken = await Promise.all(Array.from({ length: 8 }, async () => await store.take(code)));

  expect(taken.filter((found) => found !== undefined)).toEqual([{ holder: HOLDER, expiresAt }]);
  expect(await store.take(code)).toBeUndefined();
  expect(await redis.keys(`${prefix}:*:sign-in-code:*`)).toEqual([]);
});

test("a code is taken within its time, and Redis forgets it by itself", async ({ redis, keys, prefix }) => {
  let at = START;
  const store = createSignInCodeStore(redis, keys, RING, () => at);
  const [one, other] = [await store.create(HOLDER), await store.create(HOLDER)];
  for (const key of await redis.keys(`${prefix}:*:sign-in-code:*`)) {
    expect(await redis.pttl(key)).toBeGreaterThan(SIGN_IN_CODE_MS - 10_000);
  }
  at = START + SIGN_IN_CODE_MS - 1;
  expect(await store.take(one.code)).toBeDefined();
  at += 1;

  expect(await store.take(other.code)).toBeUndefined();
});

test("a code whose session would have ended already opens nothing", async ({ redis, keys }) => {
  const store = createSignInCodeStore(redis, keys, RING, () => START);
  const [ended, lasting] = [await store.create(HOLDER, START), await store.create(HOLDER, START + 1)];

  expect(await store.take(ended.code)).toBeUndefined();
  expect(await store.take(lasting.code)).toMatchObject({ sessionUntil: START + 1 });
});

test("nothing but the very code is one", async ({ redis, keys }) => {
  const store = createSignInCodeStore(redis, keys, RING, () => START);
  const { code } = await store.create(HOLDER);

  for (const wrong of ["", "*", `${code}x`, code.slice(1), `${code.slice(1)}-`]) {
    expect([wrong, await store.take(wrong)]).toEqual([wrong, undefined]);
  }
  expect(await store.take(code)).toBeDefined();
});

test("with other encryption keys a code opens nothing, and nothing fails", async ({ redis, keys }) => {
  const { code } = await createSignInCodeStore(redis, keys, RING, () => START).create(HOLDER);

  expect(await createSignInCodeStore(redis, keys, keyringOf("k2"), () => START).take(code)).toBeUndefined();
});
