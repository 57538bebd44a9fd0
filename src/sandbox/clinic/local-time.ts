/** Wall-clock time in one zone, for opening hours and for sentences about them. */
export interface LocalTime {
  /** The moment of a wall-clock hour, `dayOffset` days after the day that `aroundMs` falls on. */
  readonly at: (aroundMs: number, dayOffset: number, minutesAfterMidnight: number) => number;
  /** 0 Sunday … 6 Saturday. */
  readonly weekday: (ms: number) => number;
  readonly minutesAfterMidnight: (ms: number) => number;
  /** "Thursday 10:00". */
  readonly describe: (ms: number) => string;
}

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const DAY_MS = 86_400_000;

const zones = new Map<string, LocalTime>();

/** One for a zone: what is known of its clocks is the same for every clinic. */
export function localTimeIn(timeZone: string): LocalTime {
  const known = zones.get(timeZone) ?? createLocalTime(timeZone);
  zones.set(timeZone, known);
  return known;
}

function createLocalTime(timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat("en-AU", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const weekdayName = new Intl.DateTimeFormat("en-AU", { timeZone, weekday: "long" });
  const offsets = new Map<number, number>();
  /** Zones change their clocks on quarter hours only, and asking for one is slow: each quarter is asked for once. */
  const offsetAt = (ms: number): number => {
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const values = Object.fromEntries(
      parts.formatToParts(quarter * QUARTER_MS).map((part) => [part.type, Number(part.value)]),
    );
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0 } = values;
    const offset = Date.UTC(year, month - 1, day, hour, minute) - quarter * QUARTER_MS;
    offsets.set(quarter, offset);
    return offset;
  };
  /** The wall clock read as if it were UTC: plain arithmetic works on it. */
  const toWall = (ms: number): number => ms + offsetAt(ms);
  return {
    at: (aroundMs, dayOffset, minutes) => {
      const midnight = Math.floor(toWall(aroundMs) / DAY_MS) * DAY_MS;
      const wanted = midnight + dayOffset * DAY_MS + minutes * MINUTE_MS;
      // Twice, because the first guess may lie on the other side of a change of the clocks.
      const guess = wanted - (toWall(wanted) - wanted);
      return guess + (wanted - toWall(guess));
    },
    weekday: (ms) => new Date(toWall(ms)).getUTCDay(),
    minutesAfterMidnight: (ms) => Math.floor((toWall(ms) % DAY_MS) / MINUTE_MS),
    describe: (ms) => {
      const wall = new Date(toWall(ms));
      return `${weekdayName.format(ms)} ${wall.getUTCHours()}:${String(wall.getUTCMinutes()).padStart(2, "0")}`;
    },
  };
}
