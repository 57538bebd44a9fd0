import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Redis } from "ioredis";
import { expect, test } from "vitest";

import { RedisUnavailableError } from "../../../src/errors.ts";
import { findRedisProgram, startPrivateRedis } from "../../../src/store/private-redis.ts";
import { connectRedis } from "../../../src/store/redis.ts";
import { isAlive, redisProgram, serverPid, temporaryFolder } from "../../support/redis-process.ts";

const PROGRAM = redisProgram();

/** Asks a server one thing over a connection of its own. */
async function ask<Answer>(socketPath: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = await connectRedis({ socketPath }, 10_000);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

async function startBystander(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: "ignore" });
  await once(child, "spawn");
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function touch(...path: string[]): void {
  writeFileSync(join(...path), "");
}

test("a server of our own listens on a socket in its folder and on no port, for this user alone", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "data");
  await using server = await startPrivateRedis(home, PROGRAM);

  expect(server).toMatchObject({ socketPath: join(home, "redis.sock"), program: PROGRAM });
  const settings = await ask(server.socketPath, async (redis) => {
    const names = ["port", "appendonly", "appendfsync", "maxmemory-policy", "dir"];
    return await Promise.all(names.map(async (name) => await redis.config("GET", name)));
  });
  expect(settings).toEqual([
    ["port", "0"],
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["maxmemory-policy", "noeviction"],
    ["dir", home],
  ]);
  expect(statSync(server.socketPath).mode & 0o077).toBe(0);
  expect(statSync(home).mode & 0o077).toBe(0);
});

test("a folder with blanks in its name will do", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(join(folder.path, "our data"), PROGRAM);

  expect(await ask(server.socketPath, async (redis) => await redis.ping())).toBe("PONG");
});

test("a server that is killed is started again, with everything that was written", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(folder.path, PROGRAM);
  const pid = await ask(server.socketPath, async (redis) => {
    await redis.set("northside", "17");
    return await serverPid(redis);
  });
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isAlive(pid)).toBe(false);

  expect(await ask(server.socketPath, async (redis) => await redis.get("northside"))).toBe("17");
  expect(await ask(server.socketPath, serverPid)).not.toBe(pid);
});

test("a server that dies again is started again", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(folder.path, PROGRAM);
  const pids: number[] = [];
  for (let death = 0; death < 3; death++) {
    const pid = await ask(server.socketPath, serverPid);
    pids.push(pid);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => isAlive(pid)).toBe(false);
  }

  expect(await ask(server.socketPath, async (redis) => await redis.ping())).toBe("PONG");
  expect(new Set(pids).size).toBe(3);
});

test("disposing ends the server, with everything on disk, and gives the folder up", async () => {
  using folder = temporaryFolder();
  const server = await startPrivateRedis(folder.path, PROGRAM);
  const pid = await ask(server.socketPath, async (redis) => {
    await redis.set("northside", "17");
    return await serverPid(redis);
  });
  expect(readFileSync(join(folder.path, "owner.pid"), "utf8")).toBe(String(process.pid));

  await server[Symbol.asyncDispose]();

  await expect.poll(() => isAlive(pid)).toBe(false);
  expect(existsSync(join(folder.path, "owner.pid"))).toBe(false);
  await server[Symbol.asyncDispose]();
  await using again = await startPrivateRedis(folder.path, PROGRAM);
  expect(await ask(again.socketPath, async (redis) => await redis.get("northside"))).toBe("17");
});

test("a folder whose owner is alive is refused, and free once the owner is gone", async () => {
  using folder = temporaryFolder();
  const owner = await startBystander();
  writeFileSync(join(folder.path, "owner.pid"), String(owner.pid));

  await expect(startPrivateRedis(folder.path, PROGRAM)).rejects.toThrow(
    new RedisUnavailableError(
      `process ${owner.pid} already runs the service on ${folder.path}: ` +
        "stop it, or give this one another data_folder or a REDIS_URL",
    ),
  );
  expect(existsSync(join(folder.path, "redis.sock"))).toBe(false);

  await end(owner);
  await using server = await startPrivateRedis(folder.path, PROGRAM);
  expect(existsSync(server.socketPath)).toBe(true);
});

test("a server that a killed owner left behind is stopped first, and nothing of it is lost", async () => {
  using folder = temporaryFolder();
  const socketPath = join(folder.path, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", socketPath, "--dir", folder.path, "--appendonly", "yes"];
  const left = spawn(PROGRAM, settings, { stdio: "ignore" });
  const leftEnded = once(left, "exit");
  await ask(socketPath, async (redis) => await redis.set("northside", "17"));
  const owner = await startBystander();
  writeFileSync(join(folder.path, "owner.pid"), String(owner.pid));
  await end(owner);

  await using server = await startPrivateRedis(folder.path, PROGRAM);

  expect(await leftEnded).toEqual([0, null]);
  expect(await ask(server.socketPath, serverPid)).not.toBe(left.pid);
  expect(await ask(server.socketPath, async (redis) => await redis.get("northside"))).toBe("17");
  expect(readFileSync(join(folder.path, "owner.pid"), "utf8")).toBe(String(process.pid));
});

test.each(["", "not a number", "-1", "0"])("an owner of %j is nobody", async (owner) => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "owner.pid"), owner);

  await using server = await startPrivateRedis(folder.path, PROGRAM);

  expect(existsSync(server.socketPath)).toBe(true);
});

test("a socket that nobody answers on is cleared away", async () => {
  using folder = temporaryFolder();
  touch(folder.path, "redis.sock");

  await using server = await startPrivateRedis(folder.path, PROGRAM);

  expect(await ask(server.socketPath, async (redis) => await redis.ping())).toBe("PONG");
});

test("a folder too deep for a socket's path is refused before anything starts", async () => {
  using folder = temporaryFolder();
  const deep = join(folder.path, "x".repeat(100));

  await expect(startPrivateRedis(deep, PROGRAM)).rejects.toThrow(/is too long for a socket's path/);
  expect(existsSync(join(deep, "owner.pid"))).toBe(false);
});

test.each([
  ["ends at once", "/bin/false", /\/bin\/false did not start: it ended with code 1; see .*redis\.log$/],
  ["is not there", "/nowhere/redis-server", /\/nowhere\/redis-server did not start: .*ENOENT/],
])("a program that %s is reported at once as unavailable", async (_what, program, message) => {
  using folder = temporaryFolder();
  const starting = startPrivateRedis(folder.path, program);

  await expect(starting).rejects.toThrow(RedisUnavailableError);
  await expect(starting).rejects.toThrow(message);
});

test("the first program on the search path is found, redis before valkey in one folder", () => {
  using folder = temporaryFolder();
  const [empty, valkey, both] = ["empty", "valkey", "both"].map((name) => join(folder.path, name));
  if (!empty || !valkey || !both) throw new Error("three folders");
  for (const path of [empty, valkey, both]) mkdirSync(path);
  touch(valkey, "valkey-server");
  touch(both, "valkey-server");
  touch(both, "redis-server");

  expect(findRedisProgram(`${empty}:${both}`)).toBe(join(both, "redis-server"));
  expect(findRedisProgram(`${valkey}:${both}`)).toBe(join(valkey, "valkey-server"));
  expect(findRedisProgram(`:${both}:`)).toBe(join(both, "redis-server"));
});

test.each([undefined, "", ":", "/nowhere", "/nowhere:/nowhere/else"])(
  "there is no program on the search path %j",
  (searchPath) => {
    expect(findRedisProgram(searchPath)).toBeUndefined();
  },
);
