import { fieldIn } from "../../../src/shared/sections.ts";
import type { Callback, LoggedEvent } from "../../api/answers.ts";

/** One field of a record. Hidden: it is sensitive, and its values were not asked for. */
export type DiffRow = { readonly field: string } & (
  | { readonly hidden: true }
  | { readonly hidden: false; readonly before: unknown; readonly after: unknown }
);

export interface EventDiff {
  readonly changed: readonly DiffRow[];
  /** What the record has besides, as it was then. */
  readonly unchanged: readonly DiffRow[];
}

/** What no person asks for: where the record and its lists are in Cliniko's API. */
const ADDRESSES = ["links", "attendees", "conflicts"];

/** The fields of an event of payload level `full`: those that changed with both values, then the rest. */
export function toDiffRows({ event, withheld }: Pick<LoggedEvent, "event" | "withheld">): EventDiff {
  if (!event) return { changed: [], unchanged: [] };
  const { changed, object } = event.data;
  const rest = [...Object.keys(object ?? {}), ...withheld].filter(
    (field) => !changed.includes(field) && !ADDRESSES.includes(field),
  );
  return {
    changed: changed.map((field) => toRow(event, withheld, field)),
    unchanged: [...new Set(rest)].map((field) => toRow(event, withheld, field)),
  };
}

function toRow({ data }: Callback, withheld: readonly string[], field: string): DiffRow {
  if (withheld.includes(field)) return { field, hidden: true };
  const after = fieldIn(data.object ?? {}, field) ?? null;
  // A field that did not change was before what it is after.
  const before = Object.hasOwn(data.previous, field)
    ? data.previous[field]
    : data.changed.includes(field)
      ? null
      : after;
  return { field, hidden: false, before, after };
}
