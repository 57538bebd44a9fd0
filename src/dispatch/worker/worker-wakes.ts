import type { WakeSignal } from "./wake-signal.ts";

/** Which endpoints this process delivers to right now, and how to tell their workers that there is more. */
export interface WorkerWakes {
  /** Until what it returns is called, `signal` is woken for the endpoint. */
  listen(endpoint: string, signal: WakeSignal): () => void;
  /** False: nobody in this process delivers to it. */
  wake(endpoint: string): boolean;
  /** Whether what other processes have for an endpoint is told here: else it is no use to wait for it. */
  readonly hears: () => boolean;
}

export function createWorkerWakes(hears: () => boolean): WorkerWakes {
  const signals = new Map<string, Set<WakeSignal>>();
  return {
    hears,

    listen(endpoint, signal) {
      const known = signals.get(endpoint) ?? new Set();
      signals.set(endpoint, known.add(signal));
      return () => {
        known.delete(signal);
        if (known.size === 0 && signals.get(endpoint) === known) signals.delete(endpoint);
      };
    },

    wake(endpoint) {
      const known = signals.get(endpoint) ?? [];
      for (const signal of known) signal.wake();
      return signals.has(endpoint);
    },
  };
}
