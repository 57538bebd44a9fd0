import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Redis, type RedisNode, isCluster } from "../../src/store/redis/client.ts";

import { findRedisProgram } from "../../src/store/redis/private-redis.ts";
import { type RedisAddress, connectRedis } from "../../src/store/redis/redis.ts";

/** The redis-server or valkey-server that the tests use. */
export function redisProgram(): string {
  const program = findRedisProgram(process.env["PATH"]);
  if (!program) throw new Error("no redis-server or valkey-server: npm test installs one");
  return program;
}

/** A connection that is to lead to one server. */
export function asNode(redis: Redis): RedisNode {
  if (isCluster(redis)) throw new Error("a cluster is not one server");
  return redis;
}

/** An empty folder of the test's own, gone with its content at the end. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "cw-"));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A redis-server with settings of the test's own, on a socket in a folder of its own. */
export async function startRedisServer(
  settings: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly redis: RedisNode; readonly address: RedisAddress }> {
  const folder = temporaryFolder();
  const socketPath = join(folder.path, "redis.sock");
  const own = { port: "0", unixsocket: socketPath, dir: folder.path, "jemalloc-bg-thread": "no" };
  const all = { ...own, ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...value.split("|")]);
  const child = spawn(redisProgram(), options, { stdio: "ignore" });
  const redis = asNode(await connectRedis({ socketPath }, 10_000));
  return {
    redis,
    address: { socketPath },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      folder[Symbol.dispose]();
    },
  };
}

/** The process id of the server behind a connection. */
export async function serverPid(redis: Redis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
