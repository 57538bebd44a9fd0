import type { Ending } from "../http/deadline.ts";

/** Hands out a fixed number of turns, first come first served. */
export interface Semaphore {
  /** Waits for a turn and takes it: what comes back gives it away again. Undefined: the signal fired before. */
  acquire(signal: Ending): Promise<(() => void) | undefined>;
}

export function createSemaphore(limit: number): Semaphore {
  let free = limit;
  const waiting = new Set<() => void>();

  function release(): void {
    const [next] = waiting;
    if (next) next();
    else free += 1;
  }

  return {
    async acquire(signal) {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free -= 1;
        return release;
      }
      return await new Promise((resolve) => {
        const settle = (turn: (() => void) | undefined): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", leave);
          resolve(turn);
        };
        const wake = (): void => {
          settle(release);
        };
        const leave = (): void => {
          settle(undefined);
        };
        waiting.add(wake);
        signal.addEventListener("abort", leave);
      });
    },
  };
}
