import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Redis } from "../../src/store/redis/client.ts";

import { findRedisProgram, startPrivateRedis } from "../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../src/store/redis/redis.ts";

/** A Redis as the service starts its own (append-only), in a folder that goes with it. */
export interface BenchRedis extends AsyncDisposable {
  readonly redis: Redis;
  readonly socketPath: string;
  /** First line of what it says about itself: `redis 7.0.15`. */
  readonly version: string;
}

export async function startBenchRedis(): Promise<BenchRedis> {
  const program = findRedisProgram(process.env["PATH"]);
  if (!program) throw new Error("no redis-server or valkey-server: npm test installs one");
  const folder = await mkdtemp(join(tmpdir(), "cw-bench-"));
  const server = await startPrivateRedis(folder, program);
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);
  const info = await redis.info("server");
  const [, name = "redis", version = "?"] = /^(redis|valkey)_version:(\S+)/m.exec(info) ?? [];
  return {
    redis,
    socketPath: server.socketPath,
    version: `${name} ${version}`,
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes that Redis holds now. */
export async function usedMemory(redis: Redis): Promise<number> {
  await redis.call("MEMORY", "PURGE");
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
}
