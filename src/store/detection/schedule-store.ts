import type { Redis } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";

/** Where a poll's schedule stands: enough for any process to go on with it. */
export interface ScheduleState {
  /** Polls since the last one that found something. */
  readonly misses: number;
  /** Unix ms; undefined: nothing was found yet. */
  readonly lastHitMs: number | undefined;
}

export interface StoredSchedule {
  readonly state: ScheduleState | undefined;
  /** For each hour of the week how many changes were found in it, the older the less (see `fadingWeight`). */
  readonly changesByHour: readonly number[];
}

/**
 * What polling has learnt, per account and resource; written when a turn ends (turn-store.ts). Losing it costs latency, never an event:
 * what is missing or unreadable is read as nothing learnt.
 */
export interface ScheduleStore {
  read(account: string, resource: string): Promise<StoredSchedule>;
}

const HOURS_PER_WEEK = 168;
/** Before the number of an hour. */
const HOUR = "hour:";
const HALF_LIFE_MS = 3 * 7 * 86_400_000;
/** Any fixed moment will do: it only keeps the numbers small. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** One import of thousands of records is no habit of the clinic's. */
const MOST_CHANGES = 20;

/**
 * Forward decay: instead of fading 168 numbers every week, each change is counted with a weight that doubles every three
 * weeks, and reading divides by today's weight. An exponentially weighted average by nothing but additions, so that
 * Redis can do it atomically. Times when nothing ran fade all hours alike and leave their proportions as they were.
 */
export function fadingWeight(nowMs: number): number {
  return 2 ** ((nowMs - EPOCH_MS) / HALF_LIFE_MS);
}

export function toCounted(changes: number): number {
  return Math.min(Math.max(changes, 0), MOST_CHANGES);
}

/** Part of the step with which a turn ends: `schedule` is its key. */
export const RECORD_SCHEDULE = `
redis.call('HSET', schedule, 'misses', misses, 'last_hit', last_hit)
if counted ~= '0' then redis.call('HINCRBYFLOAT', schedule, hour, counted) end
`;

/** What a poll leaves for the next one. */
export interface PollOutcome {
  readonly hourOfWeek: number;
  readonly changes: number;
  readonly state: ScheduleState;
}

/** @param now unix ms */
export function outcomeArguments(
  { changes, hourOfWeek, state: { lastHitMs, misses } }: PollOutcome,
  now: number,
): Readonly<Record<"hour" | "counted" | "misses" | "last_hit", string | number>> {
  const counted = toCounted(changes) * fadingWeight(now);
  return { hour: `${HOUR}${hourOfWeek}`, counted, misses, last_hit: lastHitMs ?? "" };
}

export function createScheduleStore(redis: Redis, keys: Keys, now: () => number): ScheduleStore {
  return {
    async read(account, resource) {
      const fields = await redis.hgetall(keys.schedule(account, resource));
      const today = fadingWeight(now());
      const changesByHour = Array.from({ length: HOURS_PER_WEEK }, () => 0);
      for (const [name, value] of Object.entries(fields)) {
        const hour = name.startsWith(HOUR) ? Number(name.slice(HOUR.length)) : Number.NaN;
        if (hour in changesByHour) changesByHour[hour] = toCount(Number(value) / today);
      }
      return { state: parseScheduleState(fields), changesByHour };
    },
  };
}

function toCount(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

export function parseScheduleState(fields: Readonly<Record<string, string>>): ScheduleState | undefined {
  const misses = Number(fields["misses"] ?? Number.NaN);
  if (!Number.isInteger(misses) || misses < 0) return undefined;
  const lastHitMs = Number(fields["last_hit"] || Number.NaN);
  return { misses, lastHitMs: Number.isFinite(lastHitMs) ? lastHitMs : undefined };
}
