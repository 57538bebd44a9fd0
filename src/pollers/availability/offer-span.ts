import { DAYS_A_REQUEST } from "../../cliniko/available-times.ts";
import type { Span } from "../../diff/available-times.ts";
import type { OfferRules } from "./offer-rules.ts";

const DAY_SECONDS = 86_400;
/** A morning ends at noon, an afternoon at five. Source: docs/upstream.md §5. */
const SEGMENT_ENDS = [12, 17, 24];

/** The days to ask for: the first one is today's in that zone. @param at unix seconds. @param skipped days to leave out at the beginning */
export function daysFrom(
  at: number,
  days: number,
  timeZone: string,
  skipped = 0,
): readonly { readonly from: string; readonly to: string }[] {
  const [year = 1970, month = 1, day = 1] = localDay(at, timeZone).split("-").map(Number);
  const nth = (offset: number): string =>
    new Date(Date.UTC(year, month - 1, day + offset)).toISOString().slice(0, 10);
  const asked: { from: string; to: string }[] = [];
  for (let first = skipped; first < days; first += DAYS_A_REQUEST) {
    const last = Math.min(days, first + DAYS_A_REQUEST) - 1;
    asked.push({ from: nth(first), to: nth(last) });
  }
  return asked;
}

/** Which times a reading could have shown, whatever the hour: see `Span`. @param at unix seconds */
export function spanOf(at: number, days: number, nextOnly: boolean, rules: OfferRules): Span {
  const nearest = at + rules.leadHours * 3_600;
  // The last day that was asked for ends in that zone; a day less than that has certainly been shown.
  const shown = at + (days - 1) * DAY_SECONDS;
  // "So many days ahead" may be counted by days or by hours: a day less holds for both.
  const offered = at + (rules.horizonDays - 1) * DAY_SECONDS;
  return {
    from: rules.isSegmented ? endOfSegment(nearest, rules.timeZone) : nearest,
    to: Math.min(shown, offered),
    nextOnly,
  };
}

/** When the morning, the afternoon or the evening ends in which this is. */
function endOfSegment(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at * 1_000);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const seconds = of("hour") * 3_600 + of("minute") * 60 + of("second");
  const end = SEGMENT_ENDS.map((hour) => hour * 3_600).find((one) => one > seconds) ?? DAY_SECONDS;
  return at + end - seconds;
}

function localDay(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(at * 1_000);
}
