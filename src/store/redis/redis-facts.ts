import { z } from "zod";

import { type Redis, type RedisNode, isCluster, placeOf, primariesOf } from "./client.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";

/** What a Redis says of itself. What a managed server keeps to itself is undefined. */
export interface RedisFacts {
  /** `7.0.15`. Valkey counts on from Redis 7.2 and says so under a name of its own. */
  readonly version: string | undefined;
  readonly flavour: "redis" | "valkey";
  readonly usedBytes: number | undefined;
  /** 0: no limit is set. */
  readonly maxBytes: number | undefined;
  /** False: what it wrote last did not reach the disk. */
  readonly persisted: boolean;
  /** One answer, ms. */
  readonly latencyMs: number;
  /** Redis's clock minus ours, ms; exact to half the latency. */
  readonly clockAheadMs: number;
}

/** How a Redis is set, as far as it can lose what we keep. Undefined: it does not tell. */
export interface RedisSettings {
  /** `maxmemory-policy`. */
  readonly policy: string | undefined;
  readonly appendOnly: boolean | undefined;
  /** `appendfsync`. */
  readonly fsync: string | undefined;
  /** Whether it dumps now and then. */
  readonly saves: boolean | undefined;
}

/** One server that takes writes, and what follows it. */
export interface RedisNodeFacts
  extends RedisSettings, Pick<RedisFacts, "flavour" | "maxBytes" | "persisted" | "usedBytes" | "version"> {
  /** Host and port, or the socket. */
  readonly place: string;
  /** One of several that share the slots. */
  readonly ofCluster: boolean;
  /** Replicas that are connected to it; undefined: it does not tell. */
  readonly replicas: number | undefined;
  /** By how much the replica that is nearest is behind, seconds; undefined: there is none, or it is not told. */
  readonly lagSeconds: number | undefined;
  /** `min-replicas-to-write`. */
  readonly leastReplicas: number | undefined;
}

/** The servers that take writes: one, or each primary of a cluster. Those that do not answer are left out. */
export async function readRedisNodes(redis: Redis): Promise<readonly RedisNodeFacts[]> {
  const nodes = primariesOf(redis);
  return await Promise.all(nodes.map(async (node) => await readNode(node, isCluster(redis))));
}

/** Slots of a cluster that no node serves: what is in them can neither be read nor written. Of one server: 0. */
export async function countUncoveredSlots(redis: Redis): Promise<number> {
  if (!isCluster(redis)) return 0;
  const served = /cluster_slots_ok:(\d+)/.exec(await redis.cluster("INFO"))?.[1];
  return served === undefined ? 0 : SLOTS - Number(served);
}

const SLOTS = 16_384;

/** A managed server often forbids CONFIG, and tells part of it by INFO. */
async function readNode(redis: RedisNode, ofCluster: boolean): Promise<RedisNodeFacts> {
  const read = async (name: string): Promise<string | undefined> => {
    try {
      const reply: unknown = await redis.config("GET", name);
      return Array.isArray(reply) && reply.length === 2 ? String(reply[1]) : undefined;
    } catch {
      return undefined;
    }
  };
  const [policy, appendOnly, fsync, save, least, info] = await Promise.all([
    read("maxmemory-policy"),
    read("appendonly"),
    read("appendfsync"),
    read("save"),
    read("min-replicas-to-write"),
    readInfo(redis),
  ]);
  const appends = info.get("aof_enabled");
  const lags = [...info].flatMap(([name, value]) =>
    /^slave\d+$/.test(name) ? [Number(/lag=(\d+)/.exec(value)?.[1] ?? Infinity)] : [],
  );
  return {
    place: placeOf(redis),
    ofCluster,
    ...parseFacts(info),
    replicas: toNumber(info.get("connected_slaves")),
    lagSeconds: lags.length === 0 ? undefined : Math.min(...lags),
    leastReplicas: toNumber(least),
    policy: policy ?? info.get("maxmemory_policy"),
    appendOnly:
      appendOnly === undefined ? (appends === undefined ? undefined : appends === "1") : appendOnly === "yes",
    fsync,
    saves: save === undefined ? undefined : save !== "",
  };
}

/** The nodes of a cluster have a clock each: we go by that of the one which keeps what is nobody's in particular. */
const TIME = defineScript({ keys: ["clock"] }, "return redis.call('TIME')");
const timeSchema = z.tuple([z.coerce.number(), z.coerce.number()]);

/** Redis's clock, unix ms. */
export async function readRedisTime(redis: Redis, keys: Pick<Keys, "clock">): Promise<number> {
  const reply = await TIME.run(redis, { keys: { clock: keys.clock }, args: {} });
  const [seconds, microseconds] = timeSchema.parse(reply);
  return seconds * 1_000 + microseconds / 1_000;
}

/** @param now this machine's own clock, unix ms */
export async function readRedisFacts(
  redis: Redis,
  keys: Pick<Keys, "clock">,
  now: () => number,
): Promise<RedisFacts> {
  const askedAt = now();
  const clock = await readRedisTime(redis, keys);
  const answeredAt = now();
  const nodes = await Promise.all(primariesOf(redis).map(async (node) => parseFacts(await readInfo(node))));
  const [first = parseFacts(new Map())] = nodes;
  // Of several the one that is nearest to being full, and the oldest release.
  const fullest = nodes.reduce((most, node) => (shareOf(node) > shareOf(most) ? node : most), first);
  const oldest = nodes.reduce((least, node) => (isOlder(node.version, least.version) ? node : least), first);
  return {
    version: oldest.version,
    flavour: oldest.flavour,
    usedBytes: fullest.usedBytes,
    maxBytes: fullest.maxBytes,
    persisted: nodes.every(({ persisted }) => persisted),
    latencyMs: answeredAt - askedAt,
    clockAheadMs: Math.round(clock - (askedAt + answeredAt) / 2),
  };
}

type NodeFacts = Pick<RedisFacts, "flavour" | "maxBytes" | "persisted" | "usedBytes" | "version">;

function parseFacts(info: ReadonlyMap<string, string>): NodeFacts {
  const valkey = info.get("valkey_version");
  return {
    version: valkey ?? info.get("redis_version"),
    flavour: valkey === undefined ? "redis" : "valkey",
    usedBytes: toNumber(info.get("used_memory")),
    maxBytes: toNumber(info.get("maxmemory")),
    persisted: !["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"].some(
      (field) => info.get(field) === "err",
    ),
  };
}

/** Without a limit, by what it uses. */
function shareOf({ maxBytes, usedBytes = 0 }: NodeFacts): number {
  return maxBytes ? usedBytes / maxBytes : usedBytes / Number.MAX_SAFE_INTEGER;
}

function isOlder(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined) return false;
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

/** INFO is forbidden here and there: nothing is known then. */
async function readInfo(redis: RedisNode): Promise<ReadonlyMap<string, string>> {
  const text = await redis.info().catch(() => "");
  const pairs = text.split("\r\n").flatMap((line): [string, string][] => {
    const colon = line.indexOf(":");
    return colon < 0 || line.startsWith("#") ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}

function toNumber(text: string | undefined): number | undefined {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}
