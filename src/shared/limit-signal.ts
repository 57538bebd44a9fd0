/** A signal that fires with the first of several, or when its time is up. Dispose of it when what it limits is over. */
export interface LimitedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Who hangs on a signal, behind one listener of ours: thousands of polls hang on the one that stops the service, and Node
 * takes more than ten listeners for a leak. The dashboard runs this too: nothing of Node's is in here.
 */
const hanging = new WeakMap<AbortSignal, Set<() => void>>();

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
    hang(signal, fire);
  }
  return {
    signal: limited.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of outer) letGo(signal, fire);
    },
  };
}

function hang(signal: AbortSignal, fire: () => void): void {
  const known = hanging.get(signal);
  if (known) {
    known.add(fire);
    return;
  }
  hanging.set(signal, new Set([fire]));
  signal.addEventListener("abort", fireAll);
}

function letGo(signal: AbortSignal, fire: () => void): void {
  const known = hanging.get(signal);
  known?.delete(fire);
  if (known?.size !== 0) return;
  hanging.delete(signal);
  signal.removeEventListener("abort", fireAll);
}

function fireAll({ currentTarget }: Event): void {
  if (!(currentTarget instanceof AbortSignal)) return;
  for (const fire of hanging.get(currentTarget) ?? []) fire();
}
