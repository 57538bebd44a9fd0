import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

import type { Redis } from "../../../src/store/redis/client.ts";
import { describe, expect, test } from "vitest";

import { RedisUnavailableError, SetupError } from "../../../src/shared/errors.ts";
import { findRedisProgram, startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { connectRedis } from "../../../src/store/redis/redis.ts";
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
    const names = ["port", "appendonly", "appendfsync", "maxmemory-policy", "jemalloc-bg-thread", "dir"];
    return await Promise.all(names.map(async (name) => await redis.config("GET", name)));
  });
  expect(settings).toEqual([
    ["port", "0"],
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["maxmemory-policy", "noeviction"],
    ["jemalloc-bg-thread", "no"],
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

/** Starts a server of its own in the folder, says so, and stays. */
const OWNER = `
import { startPrivateRedis } from "./.data/programs/private-redis.js";
try {
  const { socketPath } = await startPrivateRedis(process.env.HOME_FOLDER, process.env.PROGRAM);
  console.log(socketPath);
  setInterval(() => {});
} catch (error) {
  console.log(error.message);
}
`;

/** Another process of the service; in namespaces of its own it is process 1, as in a container. */
async function startOwner(
  folder: string,
  namespaces = false,
): Promise<{ child: ChildProcess; said: string }> {
  const command = [process.execPath, "--input-type=module", "-e", OWNER];
  const [program = "", ...args] = namespaces
    ? ["unshare", "--pid", "--fork", "--kill-child", ...command]
    : command;
  const child = spawn(program, args, {
    env: { ...process.env, HOME_FOLDER: folder, PROGRAM },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: said.toString().trim() };
}

const CAN_UNSHARE = spawnSync("unshare", ["--pid", "--fork", "true"]).status === 0;

describe.each([
  ["on one machine", false],
  ["in containers that are process 1 each", true],
])("two services on one folder, %s", (_where, namespaces) => {
  test.skipIf(namespaces && !CAN_UNSHARE)(
    "the second is refused, and may take it when the first is killed",
    async () => {
      using folder = temporaryFolder();
      const first = await startOwner(folder.path, namespaces);
      expect(first.said).toBe(join(folder.path, "redis.sock"));
      const pid = await ask(first.said, async (redis) => {
        await redis.set("northside", "17");
        return await serverPid(redis);
      });

      const second = await startOwner(folder.path, namespaces);
      expect(second.said).toMatch(/^another process \(\d+ on its machine\) already runs the service on /);
      expect(await ask(first.said, serverPid)).toBe(pid);

      await end(first.child);
      await using third = await startPrivateRedis(folder.path, PROGRAM);
      expect(await ask(third.socketPath, async (redis) => await redis.get("northside"))).toBe("17");
    },
  );
});

test("a process id that is somebody else's by now keeps nobody out", async () => {
  using folder = temporaryFolder();
  const bystander = await startBystander();
  writeFileSync(join(folder.path, "owner.pid"), String(bystander.pid));
  await using server = await startPrivateRedis(folder.path, PROGRAM);

  expect(existsSync(server.socketPath)).toBe(true);
  expect(readFileSync(join(folder.path, "owner.pid"), "utf8")).toBe(String(process.pid));
  await end(bystander);
});

test("a server whose owner is killed is told to stop, and does", async () => {
  using folder = temporaryFolder();
  const { child, said } = await startOwner(folder.path);
  const pid = await ask(said, serverPid);
  await end(child);

  await expect.poll(() => isAlive(pid)).toBe(false);
});

test("a server that cannot be stopped keeps its folder, and is named", async () => {
  using folder = temporaryFolder();
  const { child, said } = await startOwner(folder.path);
  const pid = await ask(said, serverPid);
  process.kill(pid, "SIGSTOP");
  await end(child);

  await expect(startPrivateRedis(folder.path, PROGRAM)).rejects.toThrow(
    `another redis-server (process ${pid} on its machine) still writes to ${folder.path}: stop it`,
  );
  process.kill(pid, "SIGKILL");
  process.kill(pid, "SIGCONT");
  await expect.poll(() => isAlive(pid)).toBe(false);
  await using server = await startPrivateRedis(folder.path, PROGRAM);
  expect(existsSync(server.socketPath)).toBe(true);
});

test("a start that is given up leaves no server and no lock", async () => {
  using folder = temporaryFolder();
  const giveUp = new AbortController();
  const starting = startPrivateRedis(folder.path, PROGRAM, { signal: giveUp.signal });
  giveUp.abort();
  await expect(starting).rejects.toThrow(RedisUnavailableError);

  await using server = await startPrivateRedis(folder.path, PROGRAM);
  expect(await ask(server.socketPath, async (redis) => await redis.ping())).toBe("PONG");
});

/** A folder with something in its append-only file, and that file. */
async function writtenFolder(path: string): Promise<string> {
  const server = await startPrivateRedis(path, PROGRAM);
  await ask(server.socketPath, async (redis) => {
    for (let at = 0; at < 200; at++) await redis.set(`key${at}`, "x".repeat(100));
  });
  await server[Symbol.asyncDispose]();
  const files = readdirSync(join(path, "appendonlydir"));
  return join(path, "appendonlydir", files.find((name) => name.endsWith(".incr.aof")) ?? "");
}

test("an append-only file that ends in zeros is repaired with a word, and kept as it was beside", async () => {
  using folder = temporaryFolder();
  const file = await writtenFolder(folder.path);
  const whole = statSync(file).size;
  appendFileSync(file, Buffer.concat([Buffer.from("*3\r\n$3\r\nSET\r\n$4\r\nhal"), Buffer.alloc(8_192)]));
  const notices: string[] = [];
  await using server = await startPrivateRedis(folder.path, PROGRAM, {
    onNotice: (notice) => void notices.push(notice),
  });

  expect(await ask(server.socketPath, async (redis) => await redis.dbsize())).toBe(200);
  expect(notices).toEqual([
    expect.stringMatching(
      /^the append-only file ended in zeros, .*: 8212 bytes were cut off, and a copy .*appendonlydir\.damaged-/,
    ),
  ]);
  const copy = readdirSync(folder.path).find((name) => name.startsWith("appendonlydir.damaged-")) ?? "";
  expect(statSync(join(folder.path, copy, basename(file))).size).toBe(whole + 8_212);
});

test("an append-only file that is damaged in the middle is left alone, with the exact command", async () => {
  using folder = temporaryFolder();
  const file = await writtenFolder(folder.path);
  const content = readFileSync(file);
  content.fill(0xff, 3_000, 3_100);
  writeFileSync(file, content);

  await expect(startPrivateRedis(folder.path, PROGRAM)).rejects.toThrow(
    /is damaged at byte \d+, .*: cp -a \S+ \S+\.damaged && \S+(?:redis|valkey)-check-aof --fix \S+\.manifest$/,
  );
  expect(readFileSync(file)).toEqual(content);
  expect(readdirSync(folder.path).filter((name) => name.includes("damaged"))).toEqual([]);
});

test("an append-only file that is whole is not touched, and nothing is said", async () => {
  using folder = temporaryFolder();
  await writtenFolder(folder.path);
  const notices: string[] = [];
  await using _server = await startPrivateRedis(folder.path, PROGRAM, {
    onNotice: (notice) => void notices.push(notice),
  });

  expect(notices).toEqual([]);
  expect(readdirSync(folder.path).filter((name) => name.includes("damaged"))).toEqual([]);
});

test.each([
  ["a file in its place", (path: string) => writeFileSync(path, ""), /there is a file of that name/],
  [
    "a file on the way",
    (path: string) => writeFileSync(join(path, ".."), ""),
    /a part of that path is a file/,
  ],
])("a data folder that cannot be made is one sentence: %s", async (_what, spoil, message) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a", "data");
  if (message.source.includes("part")) rmSync(join(folder.path, "a"), { recursive: true, force: true });
  else mkdirSync(join(folder.path, "a"));
  spoil(path);
  const starting = startPrivateRedis(path, PROGRAM);

  await expect(starting).rejects.toThrow(SetupError);
  await expect(starting).rejects.toThrow(message);
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
  expect(existsSync(deep)).toBe(false);
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
