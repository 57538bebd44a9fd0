import { createHash } from "node:crypto";

import type { ScheduleState } from "../store/schedule-store.ts";
import { HOURS_PER_WEEK, hourOfWeek } from "./hour-weights.ts";

export interface ScheduleSettings {
  /** Shortest pause between the end of a poll and the start of the next. */
  readonly minMs: number;
  /** Interval right after a hit. */
  readonly burstFloorMs: number;
  /** What each poll without a hit multiplies the interval by, above 1. */
  readonly growth: number;
  /** What the quiet intervals of a week come to on average: short in its busy hours, long in the others. */
  readonly averageMs: number;
  /** A change is found this long after it was made, at the latest. */
  readonly promisedMaxMs: number;
  /** The part of the promise that is kept for the request itself: no interval exceeds what is left of it. */
  readonly requestMs: number;
}

/** The longest interval for each hour of the week (ms). */
export type WeekPlan = readonly number[];

export interface PollFacts {
  /** Account and resource: gives the phase of the idle ticks. */
  readonly key: string;
  readonly startedAtMs: number;
  /** When the poll ended. */
  readonly nowMs: number;
  readonly hit: boolean;
  readonly plan: WeekPlan;
  /** What this resource of this account may spend at present. */
  readonly requestsPerMinute: number;
}

export interface NextPoll {
  readonly atMs: number;
  readonly state: ScheduleState;
  /** False: the budget is too small for the promise, or this poll took longer than the promise leaves room for. */
  readonly promiseKept: boolean;
}

export interface Schedule {
  /** When to poll for the first time: somewhere in the first idle interval, by the key's phase. */
  first(key: string, nowMs: number): number;
  /** Depends on `weights` alone: worth keeping for as long as they are. */
  plan(weights: readonly number[]): WeekPlan;
  next(state: ScheduleState | undefined, facts: PollFacts): NextPoll;
}

/**
 * When to read next: soon after a hit, since edits come in bursts, then ever later (`burstFloorMs` × `growth` ^ misses)
 * up to the cap of the hour. Caps follow 1/√(changes in that hour of the week), which is what minimises the mean delay of a
 * given number of requests. The next tick follows from the last poll alone, so a tick that was missed is skipped.
 */
export function createSchedule(settings: ScheduleSettings): Schedule {
  const { minMs, burstFloorMs, growth, promisedMaxMs, requestMs } = settings;
  const ceilingMs = Math.max(promisedMaxMs - requestMs, minMs);

  return {
    first: (key, nowMs) => nowMs + phaseOf(key, ceilingMs),

    plan: (weights) => planWeek(weights, settings.averageMs, minMs, ceilingMs),

    next(state, { key, startedAtMs, nowMs, hit, plan, requestsPerMinute }) {
      const misses = hit ? 0 : (state?.misses ?? 0) + 1;
      const lastHitMs = hit ? startedAtMs : state?.lastHitMs;
      const budgetMs = 60_000 / requestsPerMinute;
      const capMs = plan[hourOfWeek(startedAtMs)] ?? ceilingMs;
      const burstMs = burstFloorMs * growth ** misses;
      const planned = burstMs < capMs ? startedAtMs + burstMs : lastTick(startedAtMs + capMs, capMs, key);
      const atMs = Math.max(planned, startedAtMs + budgetMs, nowMs + minMs);
      return {
        atMs,
        state: { misses, lastHitMs },
        promiseKept: atMs <= startedAtMs + ceilingMs,
      };
    },
  };
}

/**
 * Caps in proportion to 1/√weight, each within [minMs, ceilingMs], such that the week's requests come to one in
 * `averageMs`. What the ceiling costs in quiet hours is thereby saved in busy ones. Where the ceiling alone costs more
 * than that, every hour gets the ceiling.
 */
function planWeek(weights: readonly number[], averageMs: number, minMs: number, ceilingMs: number): WeekPlan {
  const roots = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => Math.sqrt(weights[hour] ?? 1));
  const capsFor = (scale: number): number[] =>
    roots.map((root) => Math.min(Math.max(scale / root, minMs), ceilingMs));
  const wanted = HOURS_PER_WEEK / averageMs;
  // Between these two every cap goes from the minimum to the ceiling; the rate falls as the scale grows.
  let low = minMs * Math.min(...roots);
  let high = ceilingMs * Math.max(...roots);
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    const rate = capsFor(middle).reduce((sum, cap) => sum + 1 / cap, 0);
    if (rate > wanted) low = middle;
    else high = middle;
  }
  return capsFor(high);
}

/** The last tick of the key's own grid up to `untilMs`: accounts that idle at one interval do not tick together. */
function lastTick(untilMs: number, intervalMs: number, key: string): number {
  const phaseMs = phaseOf(key, intervalMs);
  return Math.floor((untilMs - phaseMs) / intervalMs) * intervalMs + phaseMs;
}

/** Within [0, rangeMs), the same for the same key. */
function phaseOf(key: string, rangeMs: number): number {
  return (createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32) * rangeMs;
}
