export interface RateDecision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds. */
  readonly resetAt: number;
}

export interface RateLimit {
  readonly take: (userId: string, nowMs: number) => RateDecision;
  /** The number has changed in the past, and may again. */
  readonly setLimit: (requestsPerMinute: number) => void;
}

const WINDOW_MS = 60_000;

/**
 * So many requests a minute for each user, whatever key they come with. Whether the real window is fixed or slides
 * is not known; here it is fixed and opens with the first request. A refused request does not count.
 */
export function createRateLimit(requestsPerMinute: number): RateLimit {
  let limit = requestsPerMinute;
  const windows = new Map<string, { readonly openedAt: number; used: number }>();
  return {
    take: (userId, nowMs) => {
      let window = windows.get(userId);
      if (window === undefined || nowMs >= window.openedAt + WINDOW_MS) {
        window = { openedAt: nowMs, used: 0 };
        windows.set(userId, window);
      }
      const allowed = window.used < limit;
      if (allowed) window.used += 1;
      return {
        allowed,
        limit,
        remaining: Math.max(0, limit - window.used),
        resetAt: Math.ceil((window.openedAt + WINDOW_MS) / 1000),
      };
    },
    setLimit: (next) => {
      limit = next;
    },
  };
}
