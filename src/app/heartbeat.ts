import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";

import type { ProcessRegistry } from "../store/detection/process-registry.ts";

export interface HeartbeatDeps {
  readonly processes: Pick<ProcessRegistry, "say" | "remove">;
  /** While it is not `ready`, nothing is said: what waits for it would pile up. */
  readonly redis: { readonly status: string };
  readonly config: {
    readonly roles: readonly string[];
    readonly accounts: readonly { readonly name: string }[];
    readonly endpoints: readonly { readonly name: string }[];
    /** The first one seals. */
    readonly encryptionKeys: readonly { readonly id: string }[];
  };
  readonly now: () => number;
}

const EVERY_MS = 10_000;
/** How often the event loop is looked at; what lies between two looks at an idle loop, and is no delay. */
const RESOLUTION_MS = 20;
/** A process that is to stop does not wait longer than this for a Redis that went away just now. */
const GOODBYE_MS = 1_000;

/**
 * Says that this process lives, at once and then every ten seconds; takes it back when disposed. Never rejects.
 * @param version of the release
 */
export async function startHeartbeat(
  { config, now, processes, redis }: HeartbeatDeps,
  version: string,
  everyMs: number = EVERY_MS,
): Promise<AsyncDisposable> {
  const isReady = (): boolean => redis.status === "ready";
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const id = randomUUID();
  const startedAt = now();
  let underWay: Promise<void> | undefined;

  const beat = async (): Promise<void> => {
    if (!isReady()) return;
    const loopDelayMs = delay.count === 0 ? 0 : Math.max(delay.percentile(99) / 1_000_000 - RESOLUTION_MS, 0);
    delay.reset();
    await processes
      .say({
        id,
        host: hostname(),
        pid: process.pid,
        roles: config.roles,
        version,
        node: process.versions.node,
        startedAt,
        memoryBytes: process.memoryUsage.rss(),
        loopDelayMs: Math.round(loopDelayMs * 10) / 10,
        accounts: config.accounts.map(({ name }) => name),
        endpoints: config.endpoints.map(({ name }) => name),
        sealsWith: config.encryptionKeys[0]?.id,
      })
      // What cannot be said now is said in ten seconds; that Redis is away is told by its connection.
      .catch(() => undefined);
  };
  const begin = async (): Promise<void> => {
    underWay ??= beat().finally(() => {
      underWay = undefined;
    });
    await underWay;
  };

  await begin();
  const timer = setInterval(() => void begin(), everyMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      delay.disable();
      if (!isReady()) return;
      // Not while a word is on its way: it would come back to life.
      await within(
        GOODBYE_MS,
        (underWay ?? Promise.resolve()).then(async () => await processes.remove(id)),
      );
    },
  };
}

/** What is not done in time is left to lapse. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
