import { integer, list, parent, word } from "../storage/columns.ts";
import type { WireRecord } from "../wire/record.ts";
import { defineTable, type ActContext, type Deed } from "./define-table.ts";

interface Hours {
  readonly starts_at: string;
  readonly ends_at: string;
}

interface Day {
  readonly availabilities: readonly Hours[];
}

const FULL: readonly Hours[] = [{ starts_at: "09:00", ends_at: "17:00" }];
const SHORT: readonly Hours[] = [{ starts_at: "09:00", ends_at: "13:00" }];

function hasHours(record: WireRecord | undefined): boolean {
  const hours = record?.["availabilities"];
  return Array.isArray(hours) && hours.length > 0;
}

/** The hours of every week: a row for each practitioner, business and day. */
export const dailyAvailabilities = defineTable({
  path: "daily_availabilities",
  subject: "daily_availability",
  columns: {
    availabilities: list<Hours>({ sample: SHORT }),
    day_of_week: integer(1, { values: [0, 1, 2, 3, 4, 5, 6] }),
    business_id: parent("businesses"),
    practitioner_id: parent("practitioners"),
    time_zone: word("Australia/Brisbane", { sample: "Australia/Perth" }),
  },
  extras: ({ time_zone }) => ({ time_zone_identifier: time_zone }),
  filters: ["business_id", "practitioner_id"],
  hiddenBy: [],
  sample: () => ({ availabilities: FULL }),
  facts: {
    opened: {
      explains: ["availabilities"],
      shows: (before, after) => hasHours(after) && !hasHours(before),
    },
    closed: {
      explains: ["availabilities"],
      shows: (before, after) => hasHours(before) && !hasHours(after),
    },
    hours_changed: {
      explains: ["availabilities"],
      shows: (before, after) =>
        hasHours(before) &&
        hasHours(after) &&
        JSON.stringify(before?.["availabilities"]) !== JSON.stringify(after["availabilities"]),
    },
  },
  noise: ["time_zone"],
  goneWith: (record) => (hasHours(record) ? ["closed"] : []),
  acts: {
    shorten: (row: Day): Deed<Day> | undefined =>
      row.availabilities.length === 0 || row.availabilities[0]?.ends_at === "13:00"
        ? undefined
        : { writes: { availabilities: SHORT }, tells: ["hours_changed"] },
    close: (row: Day): Deed<Day> | undefined =>
      row.availabilities.length === 0 ? undefined : { writes: { availabilities: [] }, tells: ["closed"] },
    open: (row: Day): Deed<Day> | undefined =>
      row.availabilities.length === 0 ? { writes: { availabilities: FULL }, tells: ["opened"] } : undefined,
  },
  endings: {
    /** Somebody does not work on that day any longer. */
    takeAway: (row: Day, { unknowns }: ActContext): Deed<Day> | undefined => {
      if (row.availabilities.length === 0) return undefined;
      return unknowns.removedWeekdayStays
        ? { writes: { availabilities: [] }, tells: ["closed"] }
        : { writes: {}, tells: ["deleted", "closed"], isGone: true };
    },
  },
});
