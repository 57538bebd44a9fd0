/** One hour of the learnt week, as the reader's clock has it. */
export interface WeekHour {
  /** 0: Monday. */
  readonly day: number;
  /** Minutes since midnight. Not whole hours where the zone's distance to UTC is none. */
  readonly minute: number;
  /** How busy it is, 1 being the average. */
  readonly weight: number;
}

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/**
 * Turns the 168 hours of a week in UTC into the reader's seven days of 24, from Monday.
 * @param aheadMinutes of UTC, as it is now: the week has no date, so that daylight saving of another season is left out
 */
export function toLocalWeek(week: readonly number[], aheadMinutes: number): readonly (readonly WeekHour[])[] {
  const hours = week.map((weight, hour): WeekHour => {
    const minute = (((hour * HOUR + aheadMinutes) % WEEK) + WEEK) % WEEK;
    return { day: Math.floor(minute / DAY), minute: minute % DAY, weight };
  });
  return Array.from({ length: 7 }, (_, day) =>
    hours.filter((hour) => hour.day === day).toSorted((left, right) => left.minute - right.minute),
  );
}

/** From which weight on an hour is of the next level, 1 being the average. */
export const LEVELS = [0.5, 0.8, 1.25, 2, 3, 4.5] as const;

/** 0 (quiet) to 6 (the busiest). */
export function levelOf(weight: number): number {
  return LEVELS.filter((least) => weight >= least).length;
}

/** A week in which no hour stands out: nothing has been learnt yet. */
export function isFlat(week: readonly number[]): boolean {
  return Math.max(...week) - Math.min(...week) < 0.05;
}

/** `+01:00`. */
export function formatAhead(aheadMinutes: number): string {
  const whole = Math.abs(aheadMinutes);
  return `${aheadMinutes < 0 ? "−" : "+"}${pad(Math.floor(whole / HOUR))}:${pad(whole % HOUR)}`;
}

/** `09:30`. */
export function formatMinute(minute: number): string {
  return `${pad(Math.floor(minute / HOUR) % 24)}:${pad(minute % HOUR)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
