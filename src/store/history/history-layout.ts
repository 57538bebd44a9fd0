import type { HistoryScope, Keys } from "../redis/keys.ts";

/** How finely time is counted, and for how long that is kept. Times are ms. */
export interface Resolution {
  readonly stepMs: number;
  /** How many intervals a reading has: with the one that is not over yet. */
  readonly shown: number;
  /** From the end of a hash's time on: longer than what is shown, so that a reading never meets a hash that is going. */
  readonly keptMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Each is counted on its own: nothing has to be put together when a week is read, or written over when a day ends. */
export const RESOLUTIONS = {
  hour: { stepMs: MINUTE_MS, shown: 60, keptMs: 2 * HOUR_MS },
  day: { stepMs: 10 * MINUTE_MS, shown: 144, keptMs: 26 * HOUR_MS },
  week: { stepMs: HOUR_MS, shown: 168, keptMs: 8 * 24 * HOUR_MS },
} as const satisfies Readonly<Record<string, Resolution>>;

export type HistoryRange = keyof typeof RESOLUTIONS;

/** The finest one: what is gathered is gathered by this. The others are whole multiples of it. */
export const FINEST_MS = RESOLUTIONS.hour.stepMs;

/**
 * Intervals in one hash. Few enough that its fields stay under Redis's `hash-max-listpack-entries` (512) where latencies
 * spread over forty bins too, which makes it several times smaller; many enough that a week is fifteen hashes at most.
 */
export const INTERVALS_A_HASH = 12;

/**
 * What is counted in an interval. Latencies are counted by their bin (latency-bins.ts), whose names are lower case, so
 * that none of them is one of these.
 */
export const COUNTED = { detected: "D", delivered: "S", failed: "F" } as const;

/** The name of a bin's field. */
export function binName(bin: number): string {
  return bin.toString(36);
}

/** Where an interval stands. */
export interface IntervalPlace {
  readonly key: string;
  /** What the names of its fields begin with: one character. */
  readonly prefix: string;
  /** When its hash may go, unix ms. */
  readonly expiresAt: number;
}

/** @param at unix ms */
export function placeOf(
  keys: Pick<Keys, "history">,
  scope: HistoryScope,
  { stepMs, keptMs }: Resolution,
  at: number,
): IntervalPlace {
  const interval = Math.floor(at / stepMs);
  const chunk = Math.floor(interval / INTERVALS_A_HASH);
  return {
    key: keys.history(scope, stepMs / 1_000, chunk),
    prefix: (interval % INTERVALS_A_HASH).toString(36),
    expiresAt: (chunk + 1) * INTERVALS_A_HASH * stepMs + keptMs,
  };
}

/** When each of the newest `count` intervals begins, the oldest first; the last one holds `now`. Unix ms. */
export function intervalsUntil(now: number, { stepMs }: Resolution, count: number): number[] {
  const last = Math.floor(now / stepMs) * stepMs;
  return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * stepMs);
}
