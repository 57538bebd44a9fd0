import { setTimeout as delay } from "node:timers/promises";

import { Redis, type RedisOptions } from "ioredis";

import { parseRedisUrl } from "../../config/redis-url.ts";
import { RedisUnavailableError, SetupError, toError } from "../../shared/errors.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import { readRedisSettings } from "./redis-facts.ts";
import { judgeSettings } from "./redis-warnings.ts";

export type { Redis } from "ioredis";

/** Where a Redis is: a URL as parseRedisUrl takes it, or the path of a unix socket. */
export type RedisAddress = { readonly url: string } | { readonly socketPath: string };

export interface ConnectOptions {
  /** Told once when the connection is lost, and once when it is back. */
  readonly onOutage?: (outage: { readonly lost: boolean; readonly detail: string }) => void;
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
 * @throws SetupError when the server has no such database
 */
export async function connectRedis(
  address: RedisAddress,
  timeoutMs: number,
  options: ConnectOptions = {},
): Promise<Redis> {
  const redis = guardDatabase(new Redis(toOptions(address, options)));
  const faults = watch(redis, options);
  try {
    await withDeadline(answers(redis), timeoutMs, options.signal);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof SetupError) throw error;
    // ioredis hangs the refused command on its error, and a HELLO carries the password.
    Reflect.deleteProperty(toError(error), "command");
    const reason = faults.last ?? toError(error).message;
    const advice = "socketPath" in address ? undefined : adviseOn(reason, redis.options.path);
    const said = advice === undefined ? reason : `${reason}: ${advice}`;
    throw new RedisUnavailableError(`Redis at ${describeAddress(address)} cannot be used: ${said}`, {
      cause: error,
    });
  }
}

function toOptions(address: RedisAddress, { policy, readyCheck = true }: ConnectOptions): Options {
  const shared: Options = {
    maxRetriesPerRequest: null,
    enableReadyCheck: readyCheck,
    disableClientInfo: true,
    retryStrategy: (attempt) => Math.min(50 * attempt, 2_000),
    ...policy,
  };
  if ("socketPath" in address) return { ...shared, path: address.socketPath };
  const parsed = parseRedisUrl(address.url);
  if (parsed.kind === "refused") throw new SetupError(`REDIS_URL ${parsed.message}: ${parsed.remedy}`);
  const { database, family, host, password, path, port, tls, username } = parsed.location;
  return {
    ...shared,
    ...(path === undefined ? { host, port } : { path }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(family === undefined ? {} : { family }),
    ...(tls ? { tls: {} } : {}),
    db: database,
  };
}

/** What to do about a socket that cannot be connected to. */
function adviseOn(reason: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (reason.includes("EACCES")) return "this user may not use the socket: put it into the socket's group";
  if (reason.includes("ENOENT"))
    return "there is no such socket: is Redis running, and is its `unixsocket` set?";
  return undefined;
}

type Options = RedisOptions & { replyMapping?: "legacy" };

/**
 * ioredis goes on in database 0 when the one it asks for is refused, at a reconnection too. Such a connection is broken off
 * before anything is sent on it, and made again. So are the copies that BullMQ makes for itself.
 */
function guardDatabase(redis: Redis): Redis {
  redis.on("error", (error: Error) => {
    if (isRefusedSelect(error)) redis.disconnect(true);
  });
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => guardDatabase(duplicate(override));
  return redis;
}

function isRefusedSelect(error: Error & { readonly command?: { readonly name?: string } }): boolean {
  return error.command?.name === "select";
}

/** Resolves when it takes commands; what it has on disk may have to be loaded first. */
async function answers(redis: Redis): Promise<void> {
  const refused = new Promise<Error>((resolve) => {
    redis.on("error", (error: Error) => {
      if (isRefusedSelect(error) && !error.message.startsWith("NOAUTH")) resolve(error);
    });
  });
  const error = await Promise.race([takesCommands(redis), refused]);
  if (error) throw await noSuchDatabase(redis, error);
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

async function noSuchDatabase(redis: Redis, error: Error): Promise<SetupError> {
  redis.disconnect();
  const { db = 0, host, path, port } = redis.options;
  const where = path ?? `${host ?? ""}:${port ?? ""}`;
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

/** Host and port, or the socket: never the password in a URL. */
export function describeAddress(address: RedisAddress): string {
  if ("socketPath" in address) return address.socketPath;
  const parsed = parseRedisUrl(address.url);
  if (parsed.kind === "refused") return "(unreadable URL)";
  return parsed.location.path ?? (URL.parse(address.url.trim())?.host || "(unreadable URL)");
}

/** Listens for errors (without a listener ioredis prints each itself) and keeps the last one's words. */
function watch(redis: Redis, { onOutage }: ConnectOptions): { last: string | undefined } {
  const faults: { last: string | undefined } = { last: undefined };
  let wasReady = false;
  let lost = false;
  redis.on("error", (error: Error) => {
    faults.last = error.message;
    if (lost || !wasReady) return;
    lost = true;
    onOutage?.({ lost, detail: error.message });
  });
  redis.on("ready", () => {
    wasReady = true;
    if (!lost) return;
    lost = false;
    onOutage?.({ lost, detail: "connected again" });
  });
  return faults;
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

/** What in the server's settings could lose what we keep. Empty: nothing found, or the server does not let us look. */
export async function durabilityWarnings(redis: Redis): Promise<string[]> {
  const warnings = judgeSettings(await readRedisSettings(redis));
  return warnings.map(({ message, remedy }) => `${message}; ${remedy}`);
}
