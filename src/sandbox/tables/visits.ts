import { hashText } from "../clinic/random.ts";
import { integer, json, moment, text, type Read } from "../storage/columns.ts";
import { isObject } from "../wire/record.ts";
import { CANCELLATION_REASONS } from "./cancellation-reasons.ts";
import { isSet, moved, turning, type ActContext, type Complaints, type Deed } from "./define-table.ts";

/** What appointments, classes and the places in them have in common. */

interface Cancellable {
  readonly cancelled_at: number | null;
  readonly cancellation_reason: number | null;
  readonly cancellation_note: string | null;
}

/** A reason and a note are given with the act. Only the screen takes a cancellation back. */
export const CANCELLABLE = {
  columns: {
    cancelled_at: moment(),
    cancellation_note: text(),
    cancellation_reason: integer(null, { values: CANCELLATION_REASONS }),
  },
  facts: turning(["cancelled", "reinstated"], ({ cancelled_at }) => isSet(cancelled_at), [
    "cancelled_at",
    "cancellation_reason",
    "cancellation_reason_description",
    "cancellation_note",
  ]),
  acts: {
    cancel: (row: Cancellable, { seconds }: ActContext): Deed<Cancellable> | undefined =>
      row.cancelled_at === null
        ? {
            writes: { cancelled_at: seconds, cancellation_reason: 50, cancellation_note: null },
            tells: ["cancelled"],
            moves: "cancelMovesUpdatedAt",
          }
        : undefined,
    reinstate: (row: Cancellable): Deed<Cancellable> | undefined =>
      row.cancelled_at === null
        ? undefined
        : {
            writes: { cancelled_at: null, cancellation_reason: null, cancellation_note: null },
            tells: ["reinstated"],
          },
  },
} as const;

const MARKS = ["arrived", "patient_arrived", "did_not_arrive"];

/** An appointment has two marks; an attendee has one of three values. */
export const ATTENDANCE = {
  ...turning(
    ["did_not_arrive", "did_not_arrive_reverted"],
    (record) => record["did_not_arrive"] === true || record["arrived"] === false,
    MARKS,
  ),
  ...turning(
    ["arrived", "arrival_reverted"],
    (record) => record["patient_arrived"] === true || record["arrived"] === true,
    MARKS,
  ),
};

/** Another practitioner or business alone is an update; with a new time it goes along with the move. */
export const SLOT = {
  rescheduled: moved("starts_at", "ends_at"),
  practitioner_changed: { ...moved("practitioner"), aside: true },
  business_changed: { ...moved("business"), aside: true },
} as const;

export function sampleSlot(seconds: number): { readonly starts_at: number; readonly ends_at: number } {
  return { starts_at: seconds + 86_400, ends_at: seconds + 88_200 };
}

export function checkSlot(row: { readonly starts_at: number; readonly ends_at: number }): Complaints {
  return row.ends_at > row.starts_at ? {} : { ends_at: "must be after the start" };
}

export type RepeatRule = Readonly<{
  repeat_type: "Daily" | "Weekly" | "Monthly";
  repeating_interval: number;
  number_of_repeats: number;
}>;

const LONGEST_SERIES = 52;

/** No rule is printed as an empty one: seen in real payloads. */
export const repeatRule = json<RepeatRule>({
  nullAs: {},
  read: readRule,
  sample: { repeat_type: "Weekly", repeating_interval: 1, number_of_repeats: 4 },
});

function readRule(given: unknown): Read<RepeatRule | null> {
  if (given === null || (isObject(given) && Object.keys(given).length === 0)) return { value: null };
  const {
    repeat_type,
    repeating_interval = 1,
    number_of_repeats,
  }: Record<string, unknown> = isObject(given) ? given : {};
  if (repeat_type !== "Daily" && repeat_type !== "Weekly" && repeat_type !== "Monthly") {
    return { complaint: "repeat_type must be Daily, Weekly or Monthly" };
  }
  if (!isCount(repeating_interval) || !isCount(number_of_repeats) || number_of_repeats > LONGEST_SERIES) {
    return { complaint: `repeats must be between 1 and ${LONGEST_SERIES}` };
  }
  return { value: { repeat_type, repeating_interval, number_of_repeats } };
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

/** Filled for every visit, whatever its type: it says nothing about telehealth. */
export function toTelehealthUrl(id: string): string {
  return `https://video.example.com/room/${hashText(id).toString(36)}${hashText(id, 1).toString(36)}`;
}
