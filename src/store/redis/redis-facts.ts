import { z } from "zod";

import type { Redis } from "./client.ts";
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

/** A managed server often forbids CONFIG, and tells part of it by INFO. */
export async function readRedisSettings(redis: Redis): Promise<RedisSettings> {
  const read = async (name: string): Promise<string | undefined> => {
    try {
      const reply: unknown = await redis.config("GET", name);
      return Array.isArray(reply) && reply.length === 2 ? String(reply[1]) : undefined;
    } catch {
      return undefined;
    }
  };
  const [policy, appendOnly, fsync, save, info] = await Promise.all([
    read("maxmemory-policy"),
    read("appendonly"),
    read("appendfsync"),
    read("save"),
    readInfo(redis),
  ]);
  const appends = info.get("aof_enabled");
  return {
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
  const info = await readInfo(redis);
  const valkey = info.get("valkey_version");
  return {
    version: valkey ?? info.get("redis_version"),
    flavour: valkey === undefined ? "redis" : "valkey",
    usedBytes: toNumber(info.get("used_memory")),
    maxBytes: toNumber(info.get("maxmemory")),
    persisted: !["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"].some(
      (field) => info.get(field) === "err",
    ),
    latencyMs: answeredAt - askedAt,
    clockAheadMs: Math.round(clock - (askedAt + answeredAt) / 2),
  };
}

/** INFO is forbidden here and there: nothing is known then. */
async function readInfo(redis: Redis): Promise<ReadonlyMap<string, string>> {
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
