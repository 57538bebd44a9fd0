import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Redis } from "./client.ts";

import { rewriteAppendLog } from "./rewrite-log.ts";

const MARK = "rewritten-at";
const EVERY_MS = 86_400_000;
const LOOK_EVERY_MS = 600_000;

export interface DailyRewriteDeps {
  /** Of our own Redis. */
  readonly folder: string;
  readonly redis: Redis;
  readonly now: () => number;
  readonly onFailure: (detail: string) => void;
}

/**
 * Has our own Redis write its append-only file anew once a day: by itself it does so only when the file has doubled, and until
 * then what was trimmed, deleted, revoked or sealed anew stays in it, for months in a small clinic.
 */
export function startDailyRewrite(
  { folder, now, onFailure, redis }: DailyRewriteDeps,
  lookEveryMs: number = LOOK_EVERY_MS,
): AsyncDisposable {
  const mark = join(folder, MARK);
  const stopping = new AbortController();
  let underWay: Promise<void> | undefined;
  const rewrite = async (): Promise<void> => {
    const failure = await rewriteAppendLog(redis, stopping.signal).catch(() => undefined);
    if (stopping.signal.aborted) return;
    if (failure === undefined) writeFileSync(mark, String(now()), { mode: 0o600 });
    else onFailure(failure);
  };
  const look = (): void => {
    const age = now() - readMark(mark);
    // One from the future is of a clock that was set back.
    if (redis.status !== "ready" || (age >= 0 && age < EVERY_MS)) return;
    underWay ??= rewrite()
      .catch((error: unknown) => onFailure(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        underWay = undefined;
      });
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stopping.abort();
      // A server that does not answer is not waited for.
      if (redis.status === "ready") await underWay;
    },
  };
}

function readMark(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
}
