import { type Redis, type RedisNode, isCluster, primariesOf } from "./client.ts";

import { SetupError } from "../../shared/errors.ts";

const K = "{key}";

/**
 * What the service and its commands ask of Redis, BullMQ's scripts included: a command, and words with which it could be
 * called. The line of docs/deployment.md is made of these.
 */
const COMMANDS: readonly (readonly string[])[] = [
  ["ping"],
  ["time"],
  ["multi"],
  ["exec"],
  ["eval", "return 1", "0"],
  ["evalsha", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
  ["get", K],
  ["set", K, "1"],
  ["getdel", K],
  ["mget", K],
  ["del", K],
  ["unlink", K],
  ["exists", K],
  ["type", K],
  ["incr", K],
  ["expire", K, "1"],
  ["pexpire", K, "1"],
  ["pttl", K],
  ["hget", K, "f"],
  ["hset", K, "f", "1"],
  ["hsetnx", K, "f", "1"],
  ["hmget", K, "f"],
  ["hmset", K, "f", "1"],
  ["hgetall", K],
  ["hdel", K, "f"],
  ["hexists", K, "f"],
  ["hincrby", K, "f", "1"],
  ["hincrbyfloat", K, "f", "1"],
  ["hkeys", K],
  ["hlen", K],
  ["hrandfield", K],
  ["hscan", K, "0"],
  ["zadd", K, "1", "m"],
  ["zrem", K, "m"],
  ["zrange", K, "0", "0"],
  ["zrevrange", K, "0", "0"],
  ["zrangebyscore", K, "0", "0"],
  ["zrevrangebyscore", K, "0", "0"],
  ["zrangebylex", K, "-", "+"],
  ["zscore", K, "m"],
  ["zmscore", K, "m"],
  ["zcard", K],
  ["zcount", K, "0", "0"],
  ["zpopmin", K],
  ["bzpopmin", K, "1"],
  ["zremrangebyscore", K, "0", "0"],
  ["xadd", K, "*", "f", "1"],
  ["xrange", K, "-", "+"],
  ["xrevrange", K, "+", "-"],
  ["xlen", K],
  ["xdel", K, "0-1"],
  ["xtrim", K, "MAXLEN", "0"],
  ["xread", "STREAMS", K, "0"],
  ["xinfo", "STREAM", K],
  ["sadd", K, "m"],
  ["srem", K, "m"],
  ["smembers", K],
  ["sismember", K, "m"],
  ["scard", K],
  ["lpush", K, "1"],
  ["rpush", K, "1"],
  ["rpoplpush", K, K],
  ["lrem", K, "0", "1"],
  ["llen", K],
  ["lrange", K, "0", "0"],
  ["lindex", K, "0"],
  ["lpos", K, "1"],
  ["ltrim", K, "0", "0"],
];

/** What the client of a cluster asks its nodes besides. */
const OF_CLUSTERS: readonly (readonly string[])[] = [
  ["cluster", "SLOTS"],
  ["cluster", "INFO"],
  ["asking"],
  ["readonly"],
];

/**
 * Without these it works all the same, and shows less: versions, memory, settings, who works. An account cannot be removed
 * without `scan`, nor renamed without it and `copy` (on a cluster `dump` and `restore`).
 */
const COMFORTS = ["info", "config|get", "client|list", "client|setname", "scan", "copy", "dump", "restore"];
/** What a connection begins with. A server that refuses these cannot be connected to. */
const GREETINGS = ["hello", "auth", "select"];

/** The permissions of a Redis user who may do what the service needs and nothing else, as ACL SETUSER takes them. */
export function aclRules(prefix: string): string {
  const ofClusters = OF_CLUSTERS.map((words) => words.join("|").toLowerCase());
  const allowed = [...GREETINGS, ...COMMANDS.map(([name]) => name ?? ""), ...COMFORTS, ...ofClusters];
  return `resetkeys ~${prefix}:* resetchannels -@all ${allowed.map((name) => `+${name}`).join(" ")}`;
}

export interface RedisAccess {
  /** It tells of itself by INFO. */
  readonly tells: boolean;
}

/**
 * Whether this Redis lets us do all we need: of a cluster each node that takes writes. `redis` is to be a client of its own,
 * and is closed.
 * @param who host or socket, for the message
 * @throws SetupError with the commands that are missing, or where it is of another kind than REDIS_URL says
 */
export async function checkAccess(redis: Redis, who: string, prefix: string): Promise<RedisAccess> {
  try {
    if (!isCluster(redis)) return await checkNode(redis, who, prefix, COMMANDS);
    const all = await Promise.all(
      primariesOf(redis).map(
        async (node) =>
          await checkNode(node.duplicate({ lazyConnect: false }), who, prefix, [...COMMANDS, ...OF_CLUSTERS]),
      ),
    );
    return { tells: all.every(({ tells }) => tells) };
  } finally {
    redis.disconnect();
  }
}

/**
 * A refused command is answered so when it is queued, and what is queued is never carried out: the connection is left in the
 * middle of its transaction, and closed.
 */
async function checkNode(
  redis: RedisNode,
  who: string,
  prefix: string,
  commands: readonly (readonly string[])[],
): Promise<RedisAccess> {
  const refusals = new Map<string, string>();
  let moved = false;
  // A copy of a node's connection has no listener of its own.
  redis.on("error", () => undefined);
  try {
    const ask = async ([name = "", ...words]: readonly string[]): Promise<void> => {
      const args = words.map((word) => word.replace(K, `${prefix}:access`));
      await redis.call(name, ...args).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : "";
        if (message.startsWith("NOPERM")) refusals.set(name, message);
        if (message.startsWith("MOVED")) moved = true;
      });
    };
    const told = await redis.info("cluster").catch(() => undefined);
    await Promise.all(
      [["multi"], ...commands.filter(([name]) => name !== "multi" && name !== "exec")].map(ask),
    );
    if (commands === COMMANDS && (moved || told?.includes("cluster_enabled:1"))) {
      throw new SetupError(
        `Redis at ${who} is a node of a cluster: write redis+cluster:// instead of redis:// in REDIS_URL`,
      );
    }
    if (refusals.size > 0) throw describeRefusals(refusals, who, prefix, redis.options.username ?? undefined);
    return { tells: told !== undefined };
  } finally {
    redis.disconnect();
  }
}

function describeRefusals(
  refusals: ReadonlyMap<string, string>,
  who: string,
  prefix: string,
  user = "default",
): SetupError {
  const names = [...refusals.keys()];
  const byKey = names.filter((name) => / (key|keys)\b/.test(refusals.get(name) ?? ""));
  const keys = byKey.length === names.length;
  const what = keys
    ? `use keys that begin with ${prefix}: (${names.slice(0, 3).join(", ")})`
    : `run ${names.slice(0, 8).join(", ")}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`;
  const grants = keys ? `~${prefix}:*` : names.map((name) => `+${name}`).join(" ");
  return new SetupError(
    `Redis at ${who} does not let its user ${user} ${what}: ACL SETUSER ${user} ${grants} (docs/deployment.md#permissions)`,
  );
}
