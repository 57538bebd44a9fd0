import { setMaxListeners } from "node:events";

/** A signal that fires with the first of several, or when its time is up. Dispose of it when what it limits is over. */
export interface LimitedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * In place of `AbortSignal.any` and `AbortSignal.timeout`: on Node 20 a signal of theirs that nothing else holds is collected
 * as garbage before it fires, and whoever waits for it waits for ever. Here the timer and the outer signals hold it.
 * @param timeoutMs Infinity: it has no time of its own
 */
export function limitSignal(
  outer: readonly AbortSignal[],
  timeoutMs = Number.POSITIVE_INFINITY,
): LimitedSignal {
  const limited = new AbortController();
  const fire = (): void => {
    limited.abort();
  };
  const timer = Number.isFinite(timeoutMs) ? setTimeout(fire, timeoutMs) : undefined;
  for (const signal of outer) {
    if (signal.aborted) fire();
    // Thousands of polls hang on the one signal that stops the service: more than ten are no leak here.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", fire);
  }
  return {
    signal: limited.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of outer) signal.removeEventListener("abort", fire);
    },
  };
}
