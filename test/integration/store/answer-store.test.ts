import { expect } from "vitest";

import { createAnswerStore } from "../../../src/store/access/answer-store.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test as base } from "../../support/redis-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const test = base.extend("store", ({ redis, keys }) => createAnswerStore(redis, keys, keyringOf("k1")));

test("one claim is given out, and its answer is given again", async ({ store }) => {
  const first = await store.claim("a", "key", "body");
  expect(first.kind).toBe("first");
  expect(await store.claim("a", "key", "body")).toEqual({ kind: "under_way" });
  expect(await store.claim("a", "key", "another")).toEqual({ kind: "other_request" });

  const claim = "claim" in first ? first.claim : "";
  await store.keep("a", "key", claim, { request: "body", answer: "secret" });

  expect(await store.claim("a", "key", "body")).toEqual({ kind: "answered", answer: "secret" });
  expect(await store.claim("a", "key", "another")).toEqual({ kind: "other_request" });
  expect(await store.claim("b", "key", "body")).toMatchObject({ kind: "first" });
});

test("of many at once one has the claim", async ({ store }) => {
  const found = await Promise.all(
    Array.from({ length: 20 }, async () => await store.claim("a", "key", "body")),
  );

  expect(found.filter(({ kind }) => kind === "first")).toHaveLength(1);
  expect(found.filter(({ kind }) => kind === "under_way")).toHaveLength(19);
});

test("a claim that was released is free; one that was lost ends nobody else's", async ({
  store,
  redis,
  prefix,
}) => {
  const first = await store.claim("a", "key", "body");
  const lost = "claim" in first ? first.claim : "";
  await store.release("a", "key", lost);
  expect(await store.claim("a", "key", "other")).toMatchObject({ kind: "first" });

  await store.keep("a", "key", lost, { request: "body", answer: "late" });
  await store.release("a", "key", lost);

  expect(await store.claim("a", "key", "other")).toEqual({ kind: "under_way" });
  const [name = ""] = await redis.keys(`${prefix}:answer:*`);
  // A process that died does not keep its key for ever.
  expect(await redis.pttl(name)).toBeGreaterThan(0);
  expect(await redis.pttl(name)).toBeLessThanOrEqual(60_000);
});

test("an answer rests sealed, for a day, under a name that tells nothing", async ({
  store,
  redis,
  prefix,
}) => {
  const first = await store.claim("token-1", "telling-key", "body");
  const claim = "claim" in first ? first.claim : "";
  await store.keep("token-1", "telling-key", claim, { request: "body", answer: "whsec_secret" });
  const kept = await clearTextOf(redis, prefix);

  for (const hidden of ["whsec_secret", "telling-key", "token-1"]) expect(kept).not.toContain(hidden);
  const [name = ""] = await redis.keys(`${prefix}:answer:*`);
  const ttlMs = await redis.pttl(name);
  expect(ttlMs).toBeGreaterThan(23 * 3_600_000);
  expect(ttlMs).toBeLessThanOrEqual(24 * 3_600_000);
});
