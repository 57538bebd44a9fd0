/** A clock that was set, or a Redis that hung, makes nothing look slower than this. */
const LONGEST_KEPT_MS = 15_000;

/**
 * One reading for all who ask at about the same time: who asks while it is under way, or within `keptMs` of its beginning,
 * gets the same. However many ask, and however slow it is, there is never more than one at once, and one that takes longer than
 * `keptMs` is kept four times as long: most of the time is left for other things. One that failed is not kept.
 */
export function createSharedReading<Value>(
  read: () => Promise<Value>,
  { keptMs, now }: { readonly keptMs: number; readonly now: () => number },
): () => Promise<Value> {
  let underWay: Promise<Value> | undefined;
  let kept: { readonly value: Value; readonly at: number; readonly forMs: number } | undefined;
  const begin = async (): Promise<Value> => {
    const at = now();
    const value = await read();
    const tookMs = now() - at;
    kept = { value, at, forMs: tookMs > keptMs ? tookMs + Math.min(tookMs * 4, LONGEST_KEPT_MS) : keptMs };
    return value;
  };
  return async () => {
    if (underWay) return await underWay;
    const age = kept ? now() - kept.at : Number.POSITIVE_INFINITY;
    // A clock that was set back must not keep it for ever.
    if (kept && age >= 0 && age < kept.forMs) return kept.value;
    underWay = begin().finally(() => {
      underWay = undefined;
    });
    return await underWay;
  };
}

/** Things that are remembered. Beyond, the one that nobody has asked for the longest is forgotten. */
const MOST_NAMES = 200;

/** The same for many things: one reading each for all who ask for the thing of a name. `read` is that of who asked first. */
export function createSharedReadings<Value>(options: {
  readonly keptMs: number;
  readonly now: () => number;
}): (name: string, read: () => Promise<Value>) => Promise<Value> {
  const readings = new Map<string, () => Promise<Value>>();
  return async (name, read) => {
    const shared = readings.get(name) ?? createSharedReading(read, options);
    readings.delete(name);
    readings.set(name, shared);
    const [oldest] = readings.keys();
    if (readings.size > MOST_NAMES && oldest !== undefined) readings.delete(oldest);
    return await shared();
  };
}
