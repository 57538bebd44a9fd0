import { DAYS_A_REQUEST } from "../../cliniko/available-times.ts";
import type { Offer, Span } from "../../diff/available-times.ts";
import type { OfferRules } from "./offer-rules.ts";

const DAY_SECONDS = 86_400;
/** A morning ends at noon, an afternoon at five. Source: docs/upstream.md §5. */
const SEGMENT_ENDS = [12, 17, 24];

/** What is asked for, and which times that shows for certain. Unix seconds. */
export interface AskedDays {
  /** Requests: the first day of each and its last one, YYYY-MM-DD. */
  readonly ranges: readonly { readonly from: string; readonly to: string }[];
  readonly from: number;
  readonly to: number;
  /** Times from here on belong to a day that is not watched, and was asked for so that the last one is shown to its end. */
  readonly end: number;
}

/**
 * The days to ask for: the first one is today's in that zone. Where days end for whoever answers is not known: so a day more is
 * asked for where that takes no further request, and where it does the last day is not counted on.
 * @param at unix seconds. @param skipped days to leave out at the beginning
 */
export function daysFrom(at: number, days: number, timeZone: string, skipped = 0): AskedDays {
  const nth = (offset: number): string =>
    new Date((utcDayOf(at, timeZone) + offset * DAY_SECONDS) * 1_000).toISOString().slice(0, 10);
  const startOf = (offset: number): number =>
    startOfDay(utcDayOf(at, timeZone) + offset * DAY_SECONDS, timeZone);
  const asked = days % DAYS_A_REQUEST === 0 ? days : days + 1;
  const ranges: { from: string; to: string }[] = [];
  for (let first = skipped; first < asked; first += DAYS_A_REQUEST) {
    const last = Math.min(asked, first + DAYS_A_REQUEST) - 1;
    ranges.push({ from: nth(first), to: nth(last) });
  }
  const end = asked > days ? startOf(days) : Infinity;
  return {
    ranges,
    from: skipped === 0 ? at : startOf(skipped),
    // Asked for in whichever zone, a day less than that has certainly been shown.
    to: Math.min(at + (asked - 1) * DAY_SECONDS, end - 1),
    end,
  };
}

/**
 * Which times a reading could have shown, whatever the hour: see `Span`.
 * @param at unix seconds. @param shown the times that it did show: one that is nearer than the clinic allows shows that the type's own
 * word stands
 */
export function spanOf(
  at: number,
  { from, to }: Pick<AskedDays, "from" | "to">,
  nextOnly: boolean,
  rules: OfferRules,
  shown: Offer,
): Span {
  const usual = at + rules.leadHours * 3_600;
  const nearest = shown.some((time) => time < usual) ? at + rules.ownLeadHours * 3_600 : usual;
  // "So many days ahead" may be counted by days or by hours: a day less holds for both.
  const offered = at + (rules.horizonDays - 1) * DAY_SECONDS;
  return {
    from: Math.max(from, rules.isSegmented ? endOfSegment(nearest, rules.timeZone) : nearest),
    to: Math.min(to, offered),
    nextOnly,
  };
}

/** When the morning, the afternoon or the evening ends in which this is. */
function endOfSegment(at: number, timeZone: string): number {
  const seconds = secondsOfDay(at, timeZone);
  const end = SEGMENT_ENDS.map((hour) => hour * 3_600).find((one) => one > seconds) ?? DAY_SECONDS;
  return at + end - seconds;
}

/** When a day begins there. @param day as that day begins in UTC, unix seconds */
function startOfDay(day: number, timeZone: string): number {
  const begun = (near: number): number =>
    day - (utcDayOf(near, timeZone) + secondsOfDay(near, timeZone) - near);
  // Once more: the clocks may be put forward or back between the two.
  return begun(begun(day));
}

/** By the clocks of that zone. */
function secondsOfDay(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at * 1_000);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return of("hour") * 3_600 + of("minute") * 60 + of("second");
}

/** The date in that zone, as that day begins in UTC. */
function utcDayOf(at: number, timeZone: string): number {
  const date = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(at * 1_000);
  return Date.parse(`${date}T00:00:00Z`) / 1_000;
}
