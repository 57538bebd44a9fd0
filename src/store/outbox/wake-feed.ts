import { type Redis, duplicateOf } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";

/**
 * Tells every process of endpoints whose job is at work somewhere and cannot be woken: whoever works on one looks again at once. A hint
 * and no more: what it is about rests in the outbox, and is found without it within a second.
 */
export interface WakeFeed extends AsyncDisposable {
  /** Whether what is announced is heard now. */
  hears(): boolean;
}

export interface WakeFeedDeps {
  readonly redis: Redis;
  readonly keys: Pick<Keys, "wakeFeed">;
  readonly onWake: (endpoint: string) => void;
}

/** Longest time that one command blocks. */
const BLOCK_MS = 5_000;
/** Pause after a round that failed. */
const AGAIN_MS = 1_000;
const COUNT = 100;
/** Nobody is further behind than this. */
const KEPT = 1_000;
const FIELD = "endpoint";

export async function announceWake(
  redis: Redis,
  keys: Pick<Keys, "wakeFeed">,
  endpoint: string,
): Promise<void> {
  await redis.xadd(keys.wakeFeed, "MAXLEN", "~", KEPT, "*", FIELD, endpoint);
}

export function startWakeFeed({ redis, keys, onWake }: WakeFeedDeps): WakeFeed {
  // It comes back by itself; the outage is told by the connection that everybody uses.
  const connection = duplicateOf(redis).on("error", () => undefined);
  const closed = new AbortController();
  let hears = false;

  async function listen(): Promise<void> {
    let place = (await connection.xrevrange(keys.wakeFeed, "+", "-", "COUNT", 1))[0]?.[0] ?? "0-0";
    while (!closed.signal.aborted) {
      hears = true;
      const streams = await connection.xread(
        "COUNT",
        COUNT,
        "BLOCK",
        BLOCK_MS,
        "STREAMS",
        keys.wakeFeed,
        place,
      );
      for (const [id, fields] of streams?.[0]?.[1] ?? []) {
        place = id;
        const endpoint = fields[fields.indexOf(FIELD) + 1];
        if (endpoint !== undefined) onWake(endpoint);
      }
    }
  }

  async function listenAlways(): Promise<void> {
    while (!closed.signal.aborted) {
      await listen().catch(() => undefined);
      hears = false;
      await pause(AGAIN_MS, closed.signal);
    }
  }

  const running = listenAlways();
  return {
    hears: () => hears && connection.status === "ready",
    async [Symbol.asyncDispose]() {
      closed.abort();
      connection.disconnect();
      await running;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
