/** Keeps each endpoint under its rate. One process at a time delivers to an endpoint, so that it can count by itself. */
export interface RateLimiter {
  /** How many may start now. */
  room(endpoint: string, perSecond: number): number;
  take(endpoint: string, count: number): void;
  /** When the next one may start, unix ms. */
  nextAt(endpoint: string, perSecond: number): number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A tenth of a second's worth may go at once: over any second it is at most a tenth more than the rate. */
export function createRateLimiter(now: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const fill = (endpoint: string, perSecond: number): Bucket => {
    const size = Math.max(1, perSecond / 10);
    const at = now();
    const bucket = buckets.get(endpoint) ?? { tokens: size, filledAt: at };
    // A clock that was set back fills nothing and takes nothing away.
    const elapsedMs = Math.max(0, at - bucket.filledAt);
    bucket.tokens = Math.min(size, bucket.tokens + (elapsedMs * perSecond) / 1_000);
    bucket.filledAt = at;
    buckets.set(endpoint, bucket);
    return bucket;
  };
  return {
    room: (endpoint, perSecond) => Math.floor(fill(endpoint, perSecond).tokens),
    take(endpoint, count) {
      const bucket = buckets.get(endpoint);
      if (bucket) bucket.tokens -= count;
    },
    nextAt(endpoint, perSecond) {
      const { tokens, filledAt } = fill(endpoint, perSecond);
      return tokens >= 1 ? filledAt : filledAt + Math.ceil(((1 - tokens) * 1_000) / perSecond);
    },
  };
}
