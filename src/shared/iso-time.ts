const USUAL =
  /^[12]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3])(?::[0-5]\d){2}Z$/;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
/** The first of January 1970, counted as below. */
const EPOCH_DAY = 719_528;

/**
 * Unix seconds of `2026-11-22T03:15:00Z`, as nearly every time of a record is written, in a fifth of the time that `Date.parse` takes.
 * Undefined: it is written otherwise, is a 29th of February, or no time at all.
 */
export function readUsualSeconds(text: string): number | undefined {
  if (!USUAL.test(text)) return undefined;
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const over = month > 2 ? year : year - 1;
  const leapDays = Math.floor(over / 4) - Math.floor(over / 100) + Math.floor(over / 400);
  const day = year * 365 + leapDays + (DAYS_BEFORE_MONTH[month - 1] ?? 0) + digits(text, 8) - EPOCH_DAY;
  return day * 86_400 + digits(text, 11) * 3_600 + digits(text, 14) * 60 + digits(text, 17);
}

const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/**
 * Unix ms of a moment that a person wrote: with its zone, or, where `zone` is optional, also `2026-11-22T08:00` by this machine's zone
 * and `2026-11-22`, which begins in UTC. Undefined: it is none, or is in no calendar: `Date.parse` takes 31 February for 3 March,
 * and 24:00 for the next day.
 */
export function parseMoment(text: string, zone: "required" | "optional"): number | undefined {
  const [, year, month, day, hour = "00", minute = "00", second = "00", written] = WRITTEN.exec(text) ?? [];
  if (year === undefined || (zone === "required" && written === undefined)) return undefined;
  const fields = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const inUtc = Date.parse(`${fields}Z`);
  const exists = Number.isFinite(inUtc) && toIsoSeconds(inUtc) === `${fields}Z`;
  return exists ? Date.parse(text) : undefined;
}

/** The number that two digits are. */
function digits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
}

/** Unix milliseconds to the second: `2026-11-22T03:15:00Z`. */
export function toIsoSeconds(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The same; null for what is not known. */
export function toIsoSecondsOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : toIsoSeconds(unixMs);
}

/** Unix milliseconds, exact: `2026-11-22T03:15:00.250Z`; null for what is not known. */
export function toIsoOrNull(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
