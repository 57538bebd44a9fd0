import { setTimeout as delay } from "node:timers/promises";

import type { RedisCredentials } from "../../config/config.ts";
import { type RedisLocation, parseRedisUrl } from "../../config/redis-url.ts";
import { RedisUnavailableError, SetupError, toError } from "../../shared/errors.ts";
import { type Redis, createClient, formatHost, isCluster } from "./client.ts";
import { isRefusedSelect } from "./mend-client.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import { countUncoveredSlots, readRedisNodes } from "./redis-facts.ts";
import { judgeNodes, judgeReplicas, judgeSettings, judgeSlots } from "./redis-warnings.ts";
import { type Outages, watchCluster, watchServer } from "./watch-client.ts";

/** Where a Redis is: a URL as parseRedisUrl takes it, with what it takes to be let in, or the path of a unix socket. */
export type RedisAddress =
  | { readonly url: string; readonly credentials?: RedisCredentials }
  | { readonly socketPath: string };

export interface ConnectOptions extends Partial<Outages> {
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal | undefined;
  /** False: the server does not let itself be asked by INFO whether it has loaded everything. Default: true. */
  readonly readyCheck?: boolean;
  /** Without it what a server refuses fails at once. */
  readonly policy?: Pick<ReconnectPolicy, "retryStrategy" | "reconnectOnError">;
}

/**
 * A connection that BullMQ may block on and that reconnects for ever. Commands wait for the connection to come back,
 * so that an outage of Redis pauses us instead of failing our work. It is never in another database than the one asked for.
 * @throws RedisUnavailableError when the first connection cannot be made within `timeoutMs`.
 * @throws SetupError when the server has no such database, or is none of the kind that the URL names
 */
export async function connectRedis(
  address: RedisAddress,
  timeoutMs: number,
  { onOutage, policy, readyCheck = true, signal }: ConnectOptions = {},
): Promise<Redis> {
  const location = toLocation(address);
  const credentials = "url" in address ? address.credentials : undefined;
  const redis = createClient(location, { credentials, policy, readyCheck });
  const faults = isCluster(redis) ? watchCluster(redis, { onOutage }) : watchServer(redis, { onOutage });
  try {
    await withDeadline(answers(redis, address), timeoutMs, signal);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof SetupError) throw error;
    // ioredis hangs the refused command on its error, and a HELLO carries the password.
    Reflect.deleteProperty(toError(error), "command");
    const seen = faults.last() ?? toError(error).message;
    const reason =
      location.kind === "cluster" && seen.startsWith(CLOSED)
        ? await askNode(location, credentials, seen)
        : seen;
    const advice = "url" in address ? adviseOn(reason, location) : undefined;
    const said = advice === undefined ? reason : `${reason}: ${advice}`;
    throw new RedisUnavailableError(`Redis at ${describeAddress(address)} cannot be used: ${said}`, {
      cause: error,
    });
  }
}

function toLocation(address: RedisAddress): RedisLocation {
  if ("socketPath" in address) {
    const nobody = { username: undefined, password: undefined };
    return { kind: "socket", path: address.socketPath, database: 0, ...nobody };
  }
  const parsed = parseRedisUrl(address.url);
  if (parsed.kind === "refused") throw new SetupError(`REDIS_URL ${parsed.message}: ${parsed.remedy}`);
  return parsed.location;
}

const CLOSED = "Connection is closed.";
const NODE_MS = 2_000;

/** The client of a cluster does not say why it came to nothing with a node: one of them is asked as if it were alone. */
async function askNode(
  { nodes, ...reached }: Extract<RedisLocation, { kind: "cluster" }>,
  credentials: RedisCredentials | undefined,
  otherwise: string,
): Promise<string> {
  const [first] = nodes;
  if (!first) return otherwise;
  const alone = createClient(
    { ...reached, ...first, kind: "server", database: 0 },
    { credentials, readyCheck: false },
  );
  if (isCluster(alone)) return otherwise;
  const faults = watchServer(alone, { onOutage: undefined });
  await withDeadline(alone.ping(), NODE_MS, undefined).catch(() => undefined);
  alone.disconnect();
  return faults.last() ?? otherwise;
}

/** What to do about a server that cannot be connected to. */
function adviseOn(reason: string, location: RedisLocation): string | undefined {
  if (location.kind === "socket") {
    if (reason.includes("EACCES")) return "this user may not use the socket: put it into the socket's group";
    if (reason.includes("ENOENT"))
      return "there is no such socket: is Redis running, and is its `unixsocket` set?";
  }
  if (location.kind === "sentinel" && /invalid reply: null$|No such master/.test(reason))
    return `the sentinels know no primary called ${location.primary}`;
  if (location.kind === "cluster" && reason.includes("cluster support disabled"))
    return "it is no node of a cluster: write redis://host:6379/0 in REDIS_URL";
  if (/certificate|self-signed|altname/i.test(reason))
    return "see redis.tls in the configuration: ca is the authority of its certificate, server_name the name on it";
  return undefined;
}

/** Resolves when it takes commands; what it has on disk may have to be loaded first. */
async function answers(redis: Redis, address: RedisAddress): Promise<void> {
  const refused = new Promise<Error>((resolve) => {
    redis.on("error", (error: Error) => {
      if (isRefusedSelect(error) && !error.message.startsWith("NOAUTH")) resolve(error);
    });
  });
  const error = await Promise.race([takesCommands(redis), refused]);
  if (error) throw await noSuchDatabase(redis, error, describeAddress(address));
}

const LOADING_MS = 200;

async function takesCommands(redis: Redis): Promise<undefined> {
  for (;;) {
    try {
      await redis.ping();
      return;
    } catch (error) {
      if (!toError(error).message.startsWith("LOADING")) throw error;
      await delay(LOADING_MS);
    }
  }
}

async function noSuchDatabase(redis: Redis, error: Error, where: string): Promise<Error> {
  redis.disconnect();
  // A cluster has no databases to choose from.
  if (isCluster(redis)) return error;
  const { db = 0 } = redis.options;
  if (error.message.startsWith("NOPERM")) {
    return new SetupError(
      `Redis at ${where} does not let us into database ${db}: ACL SETUSER … +select, or leave the number out`,
    );
  }
  const first = redis.duplicate({ db: 0, retryStrategy: () => null, enableReadyCheck: false });
  const [, count] = await first.config("GET", "databases").catch((): string[] => []);
  first.disconnect();
  const has = count === undefined ? "has fewer databases" : `has ${count}: 0 to ${Number(count) - 1}`;
  return new SetupError(
    `Redis at ${where} has no database ${db}, it ${has}: write one of them at the end of REDIS_URL`,
  );
}

/** Hosts and ports as they are written, or the socket: never the password in a URL. */
export function describeAddress(address: RedisAddress): string {
  if ("socketPath" in address) return address.socketPath;
  const parsed = parseRedisUrl(address.url);
  if (parsed.kind === "refused") return "(unreadable URL)";
  const { location } = parsed;
  switch (location.kind) {
    case "socket":
      return location.path;
    case "server":
      return URL.parse(address.url.trim())?.host || formatHost(location);
    case "sentinel":
      return `${location.sentinels.map(formatHost).join(",")}/${location.primary}`;
    case "cluster":
      return location.nodes.map(formatHost).join(",");
  }
}

async function withDeadline<Value>(
  work: Promise<Value>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const giveUp = (): void => reject(new Error("nobody waits for it any more"));
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** What in the settings of its servers could lose what we keep. Empty: nothing found, or they do not let us look. */
export async function durabilityWarnings(redis: Redis): Promise<string[]> {
  const [nodes, uncovered] = await Promise.all([readRedisNodes(redis), countUncoveredSlots(redis)]);
  const warnings = [
    ...judgeSlots(uncovered),
    ...judgeNodes(nodes, (node) => [...judgeSettings(node), ...judgeReplicas(node)]),
  ];
  return warnings.map(({ message, remedy }) => `${message}; ${remedy}`);
}
