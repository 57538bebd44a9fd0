import { once } from "node:events";
import { inspect } from "node:util";

import { expect, test } from "vitest";

import { RedisUnavailableError, SetupError } from "../../../src/shared/errors.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { duplicateOf } from "../../../src/store/redis/client.ts";
import { createReconnectPolicy } from "../../../src/store/redis/reconnect-policy.ts";
import { connectRedis, describeAddress, durabilityWarnings } from "../../../src/store/redis/redis.ts";
import { closedPort, startTcp } from "../../support/local-servers.ts";
import {
  asNode,
  isAlive,
  redisProgram,
  serverPid,
  startRedisServer,
  temporaryFolder,
} from "../../support/redis-process.ts";

async function errorOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}

test("a Redis that is not there is unavailable: said with host and cause, without the password", async () => {
  const port = await closedPort();
  const error = await errorOf(connectRedis({ url: `redis://user:hunter2@127.0.0.1:${port}/3` }, 200));

  expect(error).toBeInstanceOf(RedisUnavailableError);
  expect(error).toMatchObject({ code: "redis_unavailable", retryable: true });
  expect(error.message).toBe(
    `Redis at 127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  expect(inspect(error, { depth: Infinity })).not.toContain("hunter2");
});

test("a server that says nothing is unavailable when the time is over", async () => {
  await using server = await startTcp((socket) => socket.resume());
  const error = await errorOf(connectRedis({ url: `redis://:hunter2@127.0.0.1:${server.port}` }, 200));

  expect(error.message).toBe(`Redis at 127.0.0.1:${server.port} cannot be used: no answer within 200 ms`);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("the wait for a Redis ends when nobody waits for it any more", async () => {
  await using server = await startTcp((socket) => socket.resume());
  const stop = new AbortController();
  const connecting = errorOf(
    connectRedis({ url: `redis://127.0.0.1:${server.port}` }, 60_000, { signal: stop.signal }),
  );
  await expect.poll(() => server.openSockets()).toBe(1);
  stop.abort();

  expect((await connecting).message).toMatch(/nobody waits for it any more$/);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("a wrong password is told as such, without the password", async () => {
  const port = await closedPort();
  await using _server = await startRedisServer({ port: String(port), bind: "127.0.0.1" });
  await _server.redis.config("SET", "requirepass", "correct");
  const wrong = await errorOf(connectRedis({ url: `redis://:hunter2@127.0.0.1:${port}` }, 500));
  const right = await connectRedis({ url: `redis://:correct@127.0.0.1:${port}` }, 5_000);
  right.disconnect();

  expect(wrong.message).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be used: .*WRONGPASS/);
  expect(inspect(wrong, { depth: Infinity })).not.toMatch(/hunter2|correct/);
});

test.each([
  [{ url: "redis://user:hunter2@redis.example:6379/0" }, "redis.example:6379"],
  [{ url: "rediss://redis.example" }, "redis.example"],
  [{ url: "redis://user:hunter2@[broken" }, "(unreadable URL)"],
  [{ socketPath: "/var/lib/notifier/redis.sock" }, "/var/lib/notifier/redis.sock"],
])("the address %j is shown as %s", (address, shown) => {
  expect(describeAddress(address)).toBe(shown);
});

test("an outage is told once, its end is told once, and commands given meanwhile are carried out", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(folder.path, redisProgram());
  const outages: { lost: boolean; detail: string }[] = [];
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000, {
    onOutage: (outage) => outages.push(outage),
  });
  const pid = await serverPid(redis);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isAlive(pid)).toBe(false);
  // Nobody answers for half a second: reconnecting fails more than once.
  const waiting = redis.set("northside", "17");

  expect(await waiting).toBe("OK");
  expect(await serverPid(redis)).not.toBe(pid);
  expect(await redis.get("northside")).toBe("17");
  expect(outages.map(({ lost }) => lost)).toEqual([true, false]);
  expect(outages[1]?.detail).toBe("connected again");
  redis.disconnect();
});

test("a Redis that may evict and keeps nothing is warned of twice", async () => {
  await using server = await startRedisServer({ "maxmemory-policy": "allkeys-lru", save: "" });

  expect(await durabilityWarnings(server.redis)).toEqual([
    "maxmemory-policy is allkeys-lru: under memory pressure it drops snapshots; set it to noeviction",
    "appendonly is no and no dumps are saved: a restart loses everything; set appendonly to yes",
  ]);
});

test("a Redis that only dumps now and then is warned of once", async () => {
  await using server = await startRedisServer({ save: "3600 1" });

  expect(await durabilityWarnings(server.redis)).toEqual([
    "appendonly is no: a crash loses what came after the last dump; set it to yes",
  ]);
});

test("a Redis that appends and never evicts is not warned of", async () => {
  await using server = await startRedisServer({ appendonly: "yes", "maxmemory-policy": "noeviction" });

  expect(await durabilityWarnings(server.redis)).toEqual([]);
});

test("a Redis of our own is not warned of", async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis(folder.path, redisProgram());
  const redis = await connectRedis({ socketPath: server.socketPath }, 10_000);

  expect(await durabilityWarnings(redis)).toEqual([]);
  redis.disconnect();
});

test("a Redis that keeps its settings to itself is warned of for what it tells all the same", async () => {
  await using server = await startRedisServer({
    save: "",
    "maxmemory-policy": "allkeys-lru",
    "rename-command": "CONFIG|",
  });

  await expect(server.redis.config("GET", "save")).rejects.toThrow("unknown command");
  expect(await durabilityWarnings(server.redis)).toEqual([
    "maxmemory-policy is allkeys-lru: under memory pressure it drops snapshots; set it to noeviction",
    "appendonly is no: a crash loses what came after the last dump; set it to yes",
  ]);
});

test("a Redis that does not let us look at all is not warned of", async () => {
  await using server = await startRedisServer({ save: "", "maxmemory-policy": "allkeys-lru" });
  await server.redis.acl("SETUSER", "default", "-config", "-info");

  expect(await durabilityWarnings(server.redis)).toEqual([]);
});

test("a database that the server does not have is refused at once, with how many there are; the last one is used", async () => {
  const port = await closedPort();
  await using server = await startRedisServer({ port: String(port), bind: "127.0.0.1", databases: "4" });
  const startedAt = performance.now();
  const error = await errorOf(connectRedis({ url: `redis://127.0.0.1:${port}/4` }, 10_000));

  expect(performance.now() - startedAt).toBeLessThan(9_000);
  expect(error).toBeInstanceOf(SetupError);
  expect(error.message).toBe(
    `Redis at 127.0.0.1:${port} has no database 4, it has 4: 0 to 3: write one of them at the end of REDIS_URL`,
  );
  const last = await connectRedis({ url: `redis://127.0.0.1:${port}/3` }, 10_000);
  await last.set("northside", "17");
  last.disconnect();
  await server.redis.select(3);
  expect(await server.redis.get("northside")).toBe("17");
});

test("a database of a server on a socket is chosen and verified too", async () => {
  await using server = await startRedisServer({});
  const path = "socketPath" in server.address ? server.address.socketPath : "";
  const third = await connectRedis({ url: `unix://${path}?db=2` }, 10_000);
  await third.set("northside", "17");
  third.disconnect();
  expect(await server.redis.get("northside")).toBeNull();
  await server.redis.select(2);
  expect(await server.redis.get("northside")).toBe("17");

  const error = await errorOf(connectRedis({ url: `unix://${path}?db=99` }, 10_000));
  expect(error.message).toMatch(/has no database 99, it has 16: 0 to 15/);
});

test("a server that comes back with fewer databases is not written to, by the connection or its copies", async () => {
  const port = await closedPort();
  const url = `redis://127.0.0.1:${port}/9`;
  const settings = { port: String(port), bind: "127.0.0.1" };
  const outages: string[] = [];
  const first = await startRedisServer(settings);
  const redis = await connectRedis({ url }, 10_000, { onOutage: ({ detail }) => void outages.push(detail) });
  const copy = duplicateOf(redis);
  await copy.ping();
  await first[Symbol.asyncDispose]();
  for (const one of [redis, copy]) void one.set("northside", "17").catch(() => undefined);
  await using second = await startRedisServer({ ...settings, databases: "2" });
  // Both have come by and been turned away: a connection that was let in would have set its key.
  const refused = async (): Promise<number> =>
    Number(/cmdstat_select:.*failed_calls=(\d+)/.exec(await second.redis.info("commandstats"))?.[1] ?? 0);
  await expect.poll(refused).toBeGreaterThanOrEqual(4);
  expect(await second.redis.dbsize()).toBe(0);
  expect(outages).toHaveLength(1);
  redis.disconnect();
  copy.disconnect();
});

test("an unreadable socket is told with what to do", async () => {
  const error = await errorOf(connectRedis({ url: "unix:///nowhere/redis.sock" }, 200));

  expect(error).toBeInstanceOf(RedisUnavailableError);
  expect(error.message).toMatch(/ENOENT.*: there is no such socket: is Redis running/);
});

test("what is sent in one turn reaches Redis in one piece, on copies of a connection too", async () => {
  await using server = await startRedisServer({});
  const { redis } = server;
  const copy = duplicateOf(redis);
  const reads = async (): Promise<number> =>
    Number(/total_reads_processed:(\d+)/.exec(await redis.info("stats"))?.[1]);
  for (const sender of [redis, copy]) {
    await sender.ping();
    const before = await reads();
    expect(await Promise.all(Array.from({ length: 50 }, async () => await sender.ping()))).toHaveLength(50);
    // The question is read, too.
    expect((await reads()) - before).toBeLessThan(10);
  }
  copy.disconnect();
});

test("a batch that a replica refuses breaks its connection off once, and is taken when there is a primary", async () => {
  await using server = await startRedisServer({});
  const policy = createReconnectPolicy();
  policy.enable(() => undefined);
  const redis = await connectRedis(server.address, 10_000, { policy });
  const operator = server.redis;
  try {
    await operator.replicaof("127.0.0.1", 1);
    const { stream } = asNode(redis);
    const written = Promise.all(
      Array.from({ length: 40 }, async (_, index) => await redis.set(`k${index}`, "1")),
    );
    await once(stream, "close");
    // Node warns from the eleventh on.
    expect(stream.listenerCount("close")).toBeLessThan(10);
    await operator.replicaof("NO", "ONE");

    expect(new Set(await written)).toEqual(new Set(["OK"]));
  } finally {
    redis.disconnect();
  }
});
