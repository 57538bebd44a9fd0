import { Redis } from "ioredis";

import { RedisUnavailableError, toError } from "../errors.ts";
import type { ReconnectPolicy } from "./reconnect-policy.ts";
import { readRedisSettings } from "./redis-facts.ts";
import { judgeSettings } from "./redis-warnings.ts";

/** Where a Redis is: a URL (`redis://`, `rediss://`) or the path of a unix socket. */
export type RedisAddress = { readonly url: string } | { readonly socketPath: string };

export interface ConnectOptions {
  /** Told once when the connection is lost, and once when it is back. */
  readonly onOutage?: (outage: { readonly lost: boolean; readonly detail: string }) => void;
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal;
  /** Without it what a server refuses fails at once. */
  readonly policy?: Pick<ReconnectPolicy, "retryStrategy" | "reconnectOnError">;
}

/**
 * A connection that BullMQ may block on and that reconnects for ever. Commands wait for the connection to come back,
 * so that an outage of Redis pauses us instead of failing our work.
 * @throws RedisUnavailableError when the first connection cannot be made within `timeoutMs`.
 */
export async function connectRedis(
  address: RedisAddress,
  timeoutMs: number,
  options: ConnectOptions = {},
): Promise<Redis> {
  const shared = {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, 2_000),
    ...options.policy,
  };
  const redis =
    "url" in address ? new Redis(address.url, shared) : new Redis({ ...shared, path: address.socketPath });
  const faults = watch(redis, options);
  try {
    await withDeadline(redis.ping(), timeoutMs, options.signal);
    return redis;
  } catch (error) {
    redis.disconnect();
    // ioredis hangs the refused command on its error, and a HELLO carries the password.
    Reflect.deleteProperty(toError(error), "command");
    const reason = faults.last ?? toError(error).message;
    throw new RedisUnavailableError(`Redis at ${describeAddress(address)} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** Host and port, or the socket: never the password in a URL. */
export function describeAddress(address: RedisAddress): string {
  return "url" in address ? (URL.parse(address.url)?.host ?? "(unreadable URL)") : address.socketPath;
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
    signal?.addEventListener("abort", () => reject(new Error("nobody waits for it any more")), {
      once: true,
    });
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
