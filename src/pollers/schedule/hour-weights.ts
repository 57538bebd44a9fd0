/** Hours of a week, from Monday 00:00 UTC. */
export const HOURS_PER_WEEK = 168;

const HOUR_MS = 3_600_000;
/** 1970-01-01 was a Thursday: the first Monday came four days later. */
const FIRST_MONDAY_HOURS = 96;
/** Changes that every hour is taken to have seen before anything was learnt: keeps a young estimate near flat. */
const PRIOR_CHANGES = 1;
/** How much of an hour's weight comes from each neighbour. */
const NEIGHBOUR_SHARE = 0.2;

/**
 * The hour of the week, 0 to 167, in UTC. A clinic's own time is not needed: its week has 168 hours under any zone, and
 * only which of them are busy matters. Daylight saving moves its day by one hour twice a year; smoothing covers part of
 * that at once, the fading of old weeks does the rest, and until then a poll is late, never beyond the promise.
 */
export function hourOfWeek(nowMs: number): number {
  const hours = Math.floor(nowMs / HOUR_MS) - FIRST_MONDAY_HOURS;
  return ((hours % HOURS_PER_WEEK) + HOURS_PER_WEEK) % HOURS_PER_WEEK;
}

/**
 * Turns the (faded) number of changes seen in each hour of the week into weights: a flat prior is added and each hour
 * borrows from its neighbours. Only their proportions matter. No counts, or unusable ones, are a flat week.
 */
export function toHourWeights(changesByHour: readonly number[]): readonly number[] {
  const known = Array.from({ length: HOURS_PER_WEEK }, (_, hour) => usable(changesByHour[hour]));
  const at = (hour: number): number => known[(hour + HOURS_PER_WEEK) % HOURS_PER_WEEK] ?? 0;
  return known.map(
    (changes, hour) =>
      PRIOR_CHANGES + (1 - 2 * NEIGHBOUR_SHARE) * changes + NEIGHBOUR_SHARE * (at(hour - 1) + at(hour + 1)),
  );
}

function usable(changes: number | undefined): number {
  return changes !== undefined && Number.isFinite(changes) && changes > 0 ? changes : 0;
}
