/** Tells when the machine has slept: a connection from before may look open and never say anything again. */
export interface SleepWatch extends Disposable {
  /** Fires at the next awakening; its `reason` is how long it slept, ms. */
  readonly signal: AbortSignal;
}

/** Longer than any work of ours holds the process up. */
const SLEPT_MS = 10_000;

/** @param now unix ms, of a clock that goes on while the machine sleeps */
export function createSleepWatch(now: () => number, everyMs = 2_000): SleepWatch {
  let awakening = new AbortController();
  let lookedAt = now();
  const timer = setInterval(() => {
    const sleptMs = now() - lookedAt - everyMs;
    lookedAt = now();
    if (sleptMs < SLEPT_MS) return;
    const former = awakening;
    awakening = new AbortController();
    former.abort(sleptMs);
  }, everyMs);
  timer.unref();
  return {
    get signal() {
      return awakening.signal;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}
