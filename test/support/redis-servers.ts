import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { RedisNode } from "../../src/store/redis/client.ts";
import { connectRedis } from "../../src/store/redis/redis.ts";
import { eventually } from "./harness.ts";
import { closedPort } from "./local-servers.ts";
import { asNode, redisProgram, temporaryFolder } from "./redis-process.ts";

/** One redis-server at a port of its own, that can be killed and started again with what it had on its disk. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** To look into it and to trouble it. Made anew by `start`. */
  readonly redis: RedisNode;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it is there, and answers nothing. */
  freeze(frozen: boolean): void;
  start(): Promise<void>;
  /** Copies what it has on its disk; the answer puts that back, while it is killed. */
  copyDisk(): () => void;
}

export type ServerSettings = Readonly<Record<string, string>>;

export async function startServer(settings: ServerSettings = {}): Promise<Server> {
  const folder = temporaryFolder();
  const port = await closedPort();
  const socketPath = join(folder.path, "redis.sock");
  const all = {
    bind: "127.0.0.1",
    port: String(port),
    unixsocket: socketPath,
    dir: folder.path,
    appendonly: "yes",
    save: "",
    "repl-diskless-sync-delay": "0",
    "jemalloc-bg-thread": "no",
    requirepass: "",
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  let child: ChildProcess | undefined;
  let redis: RedisNode | undefined;
  const kill = async (): Promise<void> => {
    redis?.disconnect();
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  const start = async (): Promise<void> => {
    child = spawn(redisProgram(), options, { stdio: "ignore" });
    redis = asNode(
      await connectRedis({ url: `unix://:${all.requirepass}@${socketPath}` }, 60_000, { readyCheck: false }),
    );
  };
  await start();
  return {
    port,
    get redis() {
      if (!redis) throw new Error("it was not started");
      return redis;
    },
    kill,
    freeze(frozen) {
      child?.kill(frozen ? "SIGSTOP" : "SIGCONT");
    },
    start,
    copyDisk() {
      const [disk, copy] = ["appendonlydir", "copy"].map((name) => join(folder.path, name)) as [
        string,
        string,
      ];
      cpSync(disk, copy, { recursive: true });
      return () => {
        rmSync(disk, { recursive: true });
        cpSync(copy, disk, { recursive: true });
      };
    },
    async [Symbol.asyncDispose]() {
      await kill();
      folder[Symbol.dispose]();
    },
  };
}

/** Waits for what the test's own time limit ends in vain. */
async function until(look: () => Promise<boolean>): Promise<void> {
  await eventually(async () => (await look()) || undefined);
}

async function followed(replica: RedisNode): Promise<void> {
  await until(async () => (await replica.info("replication")).includes("master_link_status:up"));
}

export interface ClusterOfServers extends AsyncDisposable {
  readonly url: string;
  readonly servers: readonly Server[];
  /** The server that has a key's slot at this moment, and what follows it. */
  ownerOf(key: string): Promise<{ readonly primary: Server; readonly replica: Server }>;
  /** Moves the slot of a key from its node to another, key by key, as an operator would. */
  moveSlot(key: string): Promise<void>;
}

/** How long a node is silent before it is taken for gone, ms. */
const NODE_TIMEOUT_MS = 5_000;
const SLOTS = 16_384;

export interface ClusterOptions {
  /** False: three primaries alone, which is sooner there. */
  readonly replicas?: boolean;
  /** Where clients are to find each server, in place of its port. */
  readonly announced?: readonly number[];
}

/** Three primaries, each with a replica. */
export async function startCluster({
  announced = [],
  replicas = true,
}: ClusterOptions = {}): Promise<ClusterOfServers> {
  const busPorts = await Promise.all(
    Array.from({ length: replicas ? 6 : 3 }, async () => await closedPort()),
  );
  const servers = await Promise.all(
    busPorts.map(
      async (port, index) =>
        await startServer({
          "cluster-enabled": "yes",
          "cluster-node-timeout": String(NODE_TIMEOUT_MS),
          "cluster-port": String(port),
          "cluster-replica-validity-factor": "0",
          ...(announced[index] === undefined ? {} : { "cluster-announce-port": String(announced[index]) }),
        }),
    ),
  );
  const cluster = createCluster(servers, announced);
  await joinCluster(servers, busPorts);
  return cluster;
}

async function joinCluster(servers: readonly Server[], busPorts: readonly number[]): Promise<void> {
  const [first] = servers;
  for (const [index, { redis, port }] of servers.entries()) {
    await redis.call("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    if (index < 3) {
      const [from, to] = [Math.floor((index * SLOTS) / 3), Math.floor(((index + 1) * SLOTS) / 3) - 1];
      await redis.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    }
    if (index > 0)
      await first?.redis.call("CLUSTER", "MEET", "127.0.0.1", String(port), String(busPorts[index]));
  }
  const told = async (server: Server): Promise<string> => String(await server.redis.call("CLUSTER", "INFO"));
  for (const server of servers)
    await until(async () => (await told(server)).includes(`cluster_known_nodes:${servers.length}`));
  for (const [index, server] of servers.entries()) {
    if (index < 3) continue;
    const id = String(await servers[index - 3]?.redis.call("CLUSTER", "MYID"));
    await until(async () => (await server.redis.call("CLUSTER", "REPLICATE", id).catch(String)) === "OK");
    await followed(server.redis);
  }
  for (const server of servers) await until(async () => (await told(server)).includes("cluster_state:ok"));
}

function createCluster(servers: readonly Server[], announced: readonly number[]): ClusterOfServers {
  const at = (port: number): Server => {
    const found = servers.find((server, index) => server.port === port || announced[index] === port);
    if (!found) throw new Error(`no server at ${port}`);
    return found;
  };
  const ownerOf: ClusterOfServers["ownerOf"] = async (key) => {
    const asked = servers.find(({ redis }) => redis.status === "ready");
    if (!asked) throw new Error("no server answers");
    const slot = Number(await asked.redis.call("CLUSTER", "KEYSLOT", key));
    type Range = [from: number, to: number, ...nodes: [string, number][]];
    const ranges = (await asked.redis.call("CLUSTER", "SLOTS")) as Range[];
    const [, , primary, replica] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [];
    if (!primary) throw new Error(`nobody has slot ${slot}`);
    return { primary: at(primary[1]), replica: at((replica ?? primary)[1]) };
  };
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    servers,
    ownerOf,
    async moveSlot(key) {
      const { primary: from } = await ownerOf(key);
      const slot = String(await from.redis.call("CLUSTER", "KEYSLOT", key));
      const roles = await Promise.all(
        servers.map(async (server) => ({ server, is: String((await server.redis.role())[0]) })),
      );
      const to = roles.find(({ is, server }) => is === "master" && server !== from)?.server;
      if (!to) throw new Error("there is no other primary");
      const [fromId, toId] = [
        String(await from.redis.call("CLUSTER", "MYID")),
        String(await to.redis.call("CLUSTER", "MYID")),
      ];
      await to.redis.call("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
      await from.redis.call("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
      for (;;) {
        const names = (await from.redis.call("CLUSTER", "GETKEYSINSLOT", slot, "3")) as string[];
        if (names.length === 0) break;
        const where = ["127.0.0.1", String(to.port), "", "0", "5000", "KEYS"];
        await from.redis.call("MIGRATE", ...where, ...names);
      }
      for (const { redis } of [to, from]) await redis.call("CLUSTER", "SETSLOT", slot, "NODE", toId);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(async (server) => await server[Symbol.asyncDispose]()));
    },
  };
}

export interface WatchedServers extends AsyncDisposable {
  readonly url: string;
  readonly servers: readonly Server[];
  readonly sentinels: readonly RedisNode[];
  /** The server that the sentinels call the primary. */
  primary(): Promise<Server>;
}

const PRIMARY = "mymaster";

/** A primary, a replica, and three sentinels. */
export async function startWatchedServers(): Promise<WatchedServers> {
  const [first, second] = [await startServer(), await startServer()];
  await second.redis.replicaof("127.0.0.1", first.port);
  await followed(second.redis);
  const sentinels = await Promise.all(Array.from({ length: 3 }, async () => await startSentinel(first.port)));
  for (const { redis } of sentinels) {
    await until(async () =>
      String(await redis.call("SENTINEL", "CKQUORUM", PRIMARY).catch(String)).startsWith("OK 3"),
    );
    await until(async () => ((await redis.call("SENTINEL", "REPLICAS", PRIMARY)) as unknown[]).length === 1);
  }
  const servers = [first, second];
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/${PRIMARY}/0`,
    servers,
    sentinels: sentinels.map(({ redis }) => redis),
    async primary() {
      const [asked] = sentinels;
      if (!asked) throw new Error("there is no sentinel");
      const reply = await asked.redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", PRIMARY);
      const [, port] = reply as string[];
      const found = servers.find((server) => String(server.port) === port);
      if (!found) throw new Error(`no server at ${port}`);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...sentinels, ...servers].map(async (one) => await one[Symbol.asyncDispose]()));
    },
  };
}

/** @param settings over those of one that is spoken to in clear and by anybody */
export async function startSentinel(
  primaryPort: number,
  settings: ServerSettings = {},
): Promise<AsyncDisposable & { readonly port: number; readonly redis: RedisNode }> {
  const folder = temporaryFolder();
  const port = await closedPort();
  const path = join(folder.path, "sentinel.conf");
  const socketPath = join(folder.path, "sentinel.sock");
  const all = {
    port: String(port),
    bind: "127.0.0.1",
    dir: folder.path,
    unixsocket: socketPath,
    requirepass: "",
    "sentinel monitor": `${PRIMARY} 127.0.0.1 ${primaryPort} 2`,
    "sentinel down-after-milliseconds": `${PRIMARY} 2000`,
    "sentinel failover-timeout": `${PRIMARY} 6000`,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} ${value === "" ? '""' : value}`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  const child = spawn(redisProgram(), [path, "--sentinel"], { stdio: "ignore" });
  const redis = asNode(await connectRedis({ url: `unix://:${all.requirepass}@${socketPath}` }, 60_000));
  return {
    port,
    redis,
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      folder[Symbol.dispose]();
    },
  };
}
