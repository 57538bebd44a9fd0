/** Hands out a fixed number of turns, first come first served. */
export interface Turns {
  /** Waits for a turn and takes it: what comes back gives it away again. Undefined: the signal fired before. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createTurns(limit: number): Turns {
  let free = limit;
  const waiting = new Set<() => void>();

  function release(): void {
    const [next] = waiting;
    if (next) next();
    else free += 1;
  }

  return {
    async take(signal) {
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
