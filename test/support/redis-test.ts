import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test as base } from "vitest";

import { createKeys } from "../../src/store/redis/keys.ts";
import { findRedisProgram, startPrivateRedis } from "../../src/store/redis/private-redis.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";
import { asNode } from "./redis-process.ts";

/** A real Redis, one per file, and a prefix of its own per test. With REDIS_URL set, that server is used. */
export const test = base
  .extend("address", { scope: "file" }, async ({}, { onCleanup }): Promise<RedisAddress> => {
    const url = process.env["REDIS_URL"];
    if (url) return { url };
    const program = findRedisProgram(process.env["PATH"]);
    if (!program) throw new Error("no redis-server or valkey-server: npm test installs one");
    const folder = await mkdtemp(join(tmpdir(), "cw-test-"));
    const server = await startPrivateRedis(folder, program);
    onCleanup(async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });
    return { socketPath: server.socketPath };
  })
  .extend("prefix", () => `t${randomBytes(6).toString("hex")}`)
  .extend("keys", ({ prefix }) => createKeys(prefix))
  .extend("redis", async ({ address }, { onCleanup }) => {
    const redis = asNode(await connectRedis(address, 10_000));
    onCleanup(() => redis.disconnect());
    return redis;
  });

/** Of a fixture: what it made ends with its test. */
export function disposedAfter<Made extends AsyncDisposable>(
  onCleanup: (clean: () => Promise<void>) => void,
  made: Made,
): Made {
  onCleanup(async () => await made[Symbol.asyncDispose]());
  return made;
}
