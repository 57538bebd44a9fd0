import { createHash } from "node:crypto";

import type { ScheduleState } from "../../store/detection/schedule-store.ts";
import type { Config } from "../../config/config.ts";
import type { Tier } from "../../shared/tier.ts";
import { tierOf } from "./promise.ts";
import { HOURS_PER_WEEK } from "./hour-weights.ts";
import type { LearntWeek } from "./learnt-weeks.ts";

export interface ScheduleSettings {
  /** Shortest pause between the end of a poll and the start of the next. */
  readonly minMs: number;
  /** Interval, from start to start, right after a hit. */
  readonly burstFloorMs: number;
  /** What each poll without a hit multiplies that interval by; above 1. */
  readonly growth: number;
  /**
   * What the intervals of a week come to when nothing is found, of all that share: shorter in busy hours and of what changes often,
   * longer in quiet ones and of what changes seldom.
   */
  readonly averageMs: number;
  /** A change is known this long after it was made, at the latest. */
  readonly promisedMaxMs: number;
  /** The part of the promise that is kept for the request itself: no interval exceeds the rest. */
  readonly requestMs: number;
}

/** Chosen by `bench/latency.ts`: see docs/decisions/0007-schedule.md. */
export const SCHEDULE_DEFAULTS: ScheduleSettings = {
  minMs: 1_000,
  burstFloorMs: 1_000,
  growth: 1.04,
  averageMs: 12_000,
  promisedMaxMs: 20_000,
  requestMs: 1_000,
};

/** What the intervals of a week come to in the slow tiers, as a part of what they promise. */
const SLOW_AVERAGE = 0.65;

/**
 * The settings of a tier. In the slow ones a run of edits is hunted for no quicker than their share of the requests
 * allows, and a week costs as much less as they promise less.
 */
export function settingsOf(tier: Tier, promisedMaxMs: number): ScheduleSettings {
  const slower = SLOW_AVERAGE * promisedMaxMs;
  const averageMs = tier === "live" ? SCHEDULE_DEFAULTS.averageMs : slower;
  return { ...SCHEDULE_DEFAULTS, averageMs, promisedMaxMs };
}

/** The schedule of each resource, by its tier. */
export function createSchedules({
  promiseMs,
  tiers,
}: Pick<Config["polling"], "promiseMs" | "tiers">): (resource: string) => Schedule {
  const scheduleFor = (tier: Tier): Schedule => createSchedule(settingsOf(tier, promiseMs[tier]));
  const schedules: Readonly<Record<Tier, Schedule>> = {
    live: scheduleFor("live"),
    minute: scheduleFor("minute"),
    quarter: scheduleFor("quarter"),
    daily: scheduleFor("daily"),
  };
  return (resource) => schedules[tierOf({ tiers }, resource)];
}

/** The longest interval in each hour of the week (ms). */
export type WeekPlan = readonly number[];

export interface PollFacts {
  /** Names account and resource: gives the phase of their idle ticks. */
  readonly key: string;
  readonly startedAtMs: number;
  /** When the poll ended. */
  readonly nowMs: number;
  readonly hit: boolean;
  /** The longest interval in the hour in which it started (see `plan`), ms; undefined: as long as is promised. */
  readonly capMs: number | undefined;
  /** What this resource of this account may spend at present. */
  readonly requestsPerMinute: number;
}

export interface NextPoll {
  /** Unix ms, whole. */
  readonly atMs: number;
  readonly state: ScheduleState;
  /** False: the budget is too small for the promise, or this poll took too long to keep it. */
  readonly promiseKept: boolean;
}

export interface Schedule {
  /** When to poll for the first time: within the first idle interval, by the key's phase. */
  first(key: string, nowMs: number): number;
  /**
   * Depends on the weights alone: worth keeping for as long as they are. @param beside weights of others among which the requests
   * are divided: where more is found, there is more read
   */
  plan(weights: readonly number[], beside?: LearntWeek["beside"]): WeekPlan;
  /** The plans of all that share, in their order. */
  planTogether(weights: LearntWeek["beside"]): readonly WeekPlan[];
  /** When to poll again, and the state to hand in then. Without a state it starts as an idle poll. */
  next(state: ScheduleState | undefined, facts: PollFacts): NextPoll;
}

/** How far an idle interval may be cut to bring its end onto the key's own grid. */
const PHASE_PULL = 0.1;
/**
 * Polls that are wanted at about the same moment are made at the same one, whichever clinics they are of: a process that wakes once for
 * several spends little more than half as much on each. Half of this is how far one may be moved, either way.
 */
export const BEAT_MS = 250;
/** A start this little before a point of the grid counts as on it: the beat must not cost a cut. */
const GRID_SLACK_MS = 50 + BEAT_MS / 2;

/**
 * When to read next: soon after a hit, since edits come in runs, then ever later (`burstFloorMs` × `growth` ^ misses) up
 * to the cap of the hour. Caps follow 1/√(changes in that hour of the week), which is what a given number of requests
 * must do for the least mean delay. The next tick follows from the last poll alone: one that was missed is skipped.
 */
export function createSchedule(settings: ScheduleSettings): Schedule {
  const { minMs, promisedMaxMs, requestMs } = settings;
  const ceilingMs = Math.max(promisedMaxMs - requestMs, minMs);
  const planTogether: Schedule["planTogether"] = (weights) =>
    planWeeks(weights, settings.averageMs, minMs, ceilingMs);

  return {
    first: (key, nowMs) => nowMs + phaseOf(key, ceilingMs),

    plan: (weights, beside = []) => planTogether([weights, ...beside])[0] ?? [],

    planTogether,

    next(state, { key, startedAtMs, nowMs, hit, requestsPerMinute, capMs = ceilingMs }) {
      const lastHitMs = hit ? startedAtMs : state?.lastHitMs;
      const misses = hit ? 0 : (state?.misses ?? 0) + 1;
      const burstMs = burstInterval(settings, misses, startedAtMs - (lastHitMs ?? -Infinity));
      const wantedMs = burstMs < capMs ? burstMs : idleInterval(startedAtMs, capMs, key);
      const soonestMs = Math.ceil(Math.max(startedAtMs + 60_000 / requestsPerMinute, nowMs + minMs));
      const latestMs = startedAtMs + ceilingMs;
      const atMs = Math.max(nearestBeat(startedAtMs + wantedMs, latestMs), soonestMs);
      return { atMs, state: { misses, lastHitMs }, promiseKept: atMs <= latestMs };
    },
  };
}

function nearestBeat(wantedMs: number, latestMs: number): number {
  const beat = Math.round(Math.min(wantedMs, latestMs) / BEAT_MS) * BEAT_MS;
  return beat > latestMs ? beat - BEAT_MS : beat;
}

/**
 * Grows with the misses, and at least as fast as with the time since the hit: growth by g a poll is growth by g − 1 a
 * millisecond. So time in which nobody polled counts as misses, and no run of edits is hunted for after an outage.
 */
function burstInterval(
  { burstFloorMs, growth }: ScheduleSettings,
  misses: number,
  sinceHitMs: number,
): number {
  return Math.max(burstFloorMs * growth ** misses, burstFloorMs + (growth - 1) * sinceHitMs);
}

/** Ends on the key's own grid where a small cut is enough, and moves towards it where not: idle accounts never crowd. */
function idleInterval(startedAtMs: number, capMs: number, key: string): number {
  const beyondMs = (startedAtMs - phaseOf(key, capMs)) % capMs;
  if (beyondMs > capMs - GRID_SLACK_MS) return 2 * capMs - beyondMs;
  return capMs - Math.min(beyondMs, capMs * PHASE_PULL);
}

/**
 * Caps in proportion to 1/√weight, each within [minMs, ceilingMs], such that the week's requests come to one in
 * `averageMs` for each of those that share. What the ceiling costs in quiet hours is thereby saved in busy ones. Where the ceiling alone
 * costs more than that, every hour gets the ceiling.
 */
function planWeeks(
  weights: LearntWeek["beside"],
  averageMs: number,
  minMs: number,
  ceilingMs: number,
): readonly WeekPlan[] {
  const weeks = weights.map(rootsOf);
  const roots = weeks.flat();
  const capFor = (scale: number, root: number): number => Math.min(Math.max(scale / root, minMs), ceilingMs);
  const wantedRate = roots.length / averageMs;
  // Between these two, every cap goes from the minimum to the ceiling, and the rate of requests only falls.
  const [least, most] = [Math.min(...roots), Math.max(...roots)];
  let low = minMs * least;
  let high = ceilingMs * most;
  // Of accounts of which nothing was learnt there may be a thousand at a start.
  if (least === most) low = high = averageMs * most;
  for (let step = 0; step < 50 && low < high; step++) {
    const middle = (low + high) / 2;
    let rate = 0;
    for (const root of roots) rate += 1 / capFor(middle, root);
    if (rate > wantedRate) low = middle;
    else high = middle;
  }
  return weeks.map((week) => week.map((root) => capFor(high, root)));
}

function rootsOf(weights: readonly number[]): number[] {
  return Array.from({ length: HOURS_PER_WEEK }, (_, hour) => Math.sqrt(weights[hour] ?? 1));
}

/** Within [0, rangeMs), always the same for a key. */
function phaseOf(key: string, rangeMs: number): number {
  return (createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32) * rangeMs;
}
