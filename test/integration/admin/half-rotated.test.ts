import { expect } from "vitest";

import type { Caller } from "../../../src/admin/access/caller.ts";
import { type Base, openBase } from "../../../src/admin/base.ts";
import { isClean, sealAnew } from "../../../src/admin/privacy/rotate-encryption.ts";
import { Secret } from "../../../src/config/secret.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { syncFileEndpoints } from "../../../src/store/outbox/endpoint-file.ts";
import { test } from "../../support/redis-test.ts";
import { testConfig } from "../../support/test-config.ts";

const OPERATOR: Caller = { id: "cli:root", name: "root", role: "admin" };
const KEYS = { k1: Buffer.alloc(32, 7).toString("base64"), k2: Buffer.alloc(32, 8).toString("base64") };

test("until a rotation that was stopped half way is through, nothing begins without each of its keys", async ({
  address,
  prefix,
}) => {
  const stack = createReleaseStack();
  await using _stack = stack;
  const file = testConfig({ accounts: {}, endpoints: { crm: { url: "http://127.0.0.1:9/hooks" } } });
  const open = async (...ids: readonly (keyof typeof KEYS)[]): Promise<Base> => {
    const config = { ...file, encryptionKeys: ids.map((id) => ({ id, key: new Secret(KEYS[id]) })) };
    return await openBase(stack, { config, logger: createLogger("silent"), prefix }, address);
  };
  const first = await open("k1");
  await syncFileEndpoints(first.endpoints, file.endpoints, first.now);
  await first.redis.hset(
    first.keys.bodies("left"),
    "evt_1",
    first.keyring.seal(Buffer.from("{}"), "elsewhere"),
  );
  const both = await open("k2", "k1");
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = await sealAnew(both, OPERATOR, { signal, onProgress: () => stopping.abort() });
  expect(stopped.parts.every(isClean)).toBe(false);

  await expect(open("k2")).rejects.toThrow(UnreadableRecordError);
  await expect(open("k2")).rejects.toThrow('with key "k1", which is not configured');
  await expect(open("k1")).rejects.toThrow('with key "k2", which is not configured');

  // One thing that no key opens, and so needs none, is left.
  const run = { signal: new AbortController().signal, onProgress: () => undefined };
  const { parts } = await sealAnew(await open("k2", "k1"), OPERATOR, run);
  expect(parts.map(({ completed, unreadable }) => [completed, unreadable])).toEqual([
    [true, 0],
    [true, 1],
  ]);
  expect((await (await open("k2")).endpoints.list()).map(({ id }) => id)).toEqual(["crm"]);
});
