import { setTimeout as delay } from "node:timers/promises";

import { type Redis, type RedisNode, duplicateOf, isCluster } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";
import { LOG_START, comparePositions } from "./position.ts";

/**
 * Tells readers of the logs that there is more to read. However many wait, one connection of the process blocks for all of
 * them, and only while somebody waits.
 */
export interface LogWatch extends AsyncDisposable {
  /**
   * Resolves as soon as one of these accounts' logs is known to have had an entry behind the place given for it, and at
   * the latest when `signal` fires. To wait for what is not there yet, give the last place that the log ever had. Fail direction: when it cannot see (Redis is away), it resolves no earlier than the signal; whoever
   * waits looks for itself then.
   */
  wait(places: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void>;
  /** How many wait now. */
  readonly waiting: number;
}

/** Longest time that one command blocks: how long the connection outlives the last that waited. */
const BLOCK_MS = 5_000;
const COUNT = 100;
/** On a cluster no command blocks for several logs: those that are waited for are looked at so often. */
const LOOK_EVERY_MS = 500;
/** Pause after a round that failed, so that a Redis that refuses the command is not asked without end. */
const AGAIN_MS = 1_000;

interface Waiter {
  readonly places: ReadonlyMap<string, string>;
  readonly wake: () => void;
}

interface Watching {
  readonly redis: Redis;
  readonly keys: Pick<Keys, "log">;
  readonly accounts: readonly string[];
  readonly waiters: Set<Waiter>;
  /** The last entry known of each log, while there is a connection. */
  readonly seen: Map<string, string>;
  connection: Redis | undefined;
  closed: boolean;
}

/** @param accounts every account that may be waited for; another one is never told of. */
export function createLogWatch(redis: Redis, keys: Pick<Keys, "log">, accounts: readonly string[]): LogWatch {
  const waiters = new Set<Waiter>();
  const seen = new Map<string, string>();
  const state: Watching = { redis, keys, accounts, waiters, seen, connection: undefined, closed: false };
  let running: Promise<void> | undefined;
  let again: NodeJS.Timeout | undefined;

  const ensureRunning = (): void => {
    if (state.closed || running || again || waiters.size === 0 || accounts.length === 0) return;
    running = watch(state)
      .catch(() => {
        again = setTimeout(() => {
          again = undefined;
          ensureRunning();
        }, AGAIN_MS);
      })
      .finally(() => {
        running = undefined;
        // Somebody may have come while the last round ended.
        ensureRunning();
      });
  };

  return {
    get waiting() {
      return waiters.size;
    },

    async wait(places, signal) {
      if (state.closed || signal.aborted || hasMore(places, seen)) return;
      await new Promise<void>((resolve) => {
        const waiter: Waiter = {
          places,
          wake: () => {
            waiters.delete(waiter);
            signal.removeEventListener("abort", waiter.wake);
            resolve();
          },
        };
        waiters.add(waiter);
        signal.addEventListener("abort", waiter.wake, { once: true });
        ensureRunning();
      });
    },

    async [Symbol.asyncDispose]() {
      state.closed = true;
      for (const waiter of waiters) waiter.wake();
      state.connection?.disconnect();
      await running;
      clearTimeout(again);
    },
  };
}

/** Looks as long as somebody waits. Rejects when Redis does not let it. */
async function watch(state: Watching): Promise<void> {
  const { redis, keys, accounts, waiters, seen } = state;
  const names = new Map(accounts.map((account) => [keys.log(account), account]));
  // It comes back by itself; the outage is told by the connection that everybody uses.
  const connection = duplicateOf(redis).on("error", () => undefined);
  state.connection = connection;
  try {
    for (const [account, last] of await readLast(connection, keys, accounts)) seen.set(account, last);
    for (;;) {
      for (const waiter of waiters) if (hasMore(waiter.places, seen)) waiter.wake();
      if (waiters.size === 0 || state.closed) return;
      if (isCluster(connection)) {
        await delay(LOOK_EVERY_MS);
        const wanted = accounts.filter((account) => [...waiters].some(({ places }) => places.has(account)));
        for (const [account, last] of await readLast(connection, keys, wanted)) seen.set(account, last);
        continue;
      }
      for (const [key, last] of await readNew(connection, keys, accounts, seen)) {
        const account = names.get(key);
        if (account !== undefined) seen.set(account, last);
      }
    }
  } finally {
    connection.disconnect();
    state.connection = undefined;
    seen.clear();
  }
}

function hasMore(places: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): boolean {
  return [...places].some(([account, place]) => comparePositions(seen.get(account) ?? LOG_START, place) > 0);
}

async function readLast(
  redis: Redis,
  keys: Pick<Keys, "log">,
  accounts: readonly string[],
): Promise<Map<string, string>> {
  const rows = await Promise.all(
    accounts.map(async (account) => await redis.xrevrange(keys.log(account), "+", "-", "COUNT", 1)),
  );
  return new Map(accounts.map((account, index) => [account, rows[index]?.[0]?.[0] ?? LOG_START]));
}

/** Blocks until a log has grown, or for a while. Resolves to the last new entry of each log that has. */
async function readNew(
  redis: RedisNode,
  keys: Pick<Keys, "log">,
  accounts: readonly string[],
  seen: ReadonlyMap<string, string>,
): Promise<readonly (readonly [key: string, last: string])[]> {
  const streams = accounts.map((account) => keys.log(account));
  const places = accounts.map((account) => seen.get(account) ?? LOG_START);
  const reply = await redis.xread("COUNT", COUNT, "BLOCK", BLOCK_MS, "STREAMS", ...streams, ...places);
  return (reply ?? []).flatMap(([key, rows]) => {
    const last = rows.at(-1)?.[0];
    return last === undefined ? [] : [[key, last] as const];
  });
}
