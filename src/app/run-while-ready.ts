import type { Redis } from "../store/redis/client.ts";

interface Round {
  readonly redis: Pick<Redis, "status">;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Runs something again and again while Redis can be asked: one after another, however long one takes. Disposed of, it waits for the last. */
export function runWhileReady({ everyMs, onError, redis, run }: Round): AsyncDisposable {
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (redis.status !== "ready") return;
    underWay ??= run()
      .catch(onError)
      .finally(() => {
        underWay = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
    },
  };
}
