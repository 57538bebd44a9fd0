import { toIsoSeconds } from "../../shared/iso-time.ts";
import type { EventCode } from "./explain-codes.ts";
import type { KnownRecord } from "../records/known-record.ts";
import type { ListedEvent } from "../events/list-events.ts";

export interface EventStep {
  readonly code: EventCode;
  readonly text: string;
  /** The event that it is about. */
  readonly event: ListedEvent | undefined;
}

export interface EventFacts {
  /** Every event of the record that the log holds, oldest first. */
  readonly events: readonly ListedEvent[];
  /** Where the log begins, unix ms; undefined: it is empty. */
  readonly logSince: number | undefined;
  readonly truncated: boolean;
  readonly record: KnownRecord;
  /** Undefined: about the last that happened. Unix ms. */
  readonly at: number | undefined;
  /** What of this kind of record makes no event. */
  readonly quiet: string;
  /** Reading has come past the moment asked for. */
  readonly complete: boolean;
}

/** How far from the moment asked for an event may be to be meant: people remember minutes. */
const NEAR_MS = 15 * 60_000;

/** Which events were made of a record near a moment, or why none was. */
export function explainEvents(facts: EventFacts): EventStep[] {
  const { events, at } = facts;
  const meant = at === undefined ? events.slice(-1) : events.filter((event) => isNear(event, at));
  if (meant.length > 0) return meant.map(toStep);
  const none = explainNone(facts);
  const nearest = at === undefined ? undefined : nearestTo(events, at);
  return nearest ? [...none, toStep(nearest)] : none;
}

function toStep(event: ListedEvent): EventStep {
  const when = toIsoSeconds(event.committedAt);
  if (event.body.state === "erased") {
    const text = `An event was made at ${when}; the record was forgotten since, and its content is erased.`;
    return { code: "event_erased", text, event };
  }
  const kept = event.body.state === "kept" ? event.body.event : undefined;
  const changed = kept && kept.data.changed.length > 0 ? ` (changed: ${kept.data.changed.join(", ")})` : "";
  const type = `${event.subject.type}.${event.transitions[0] ?? "updated"}`;
  return { code: "event_made", text: `${type} was made at ${when}${changed}.`, event };
}

/** Happened then, or was found then. */
function isNear(event: ListedEvent, at: number): boolean {
  return distance(event, at) <= NEAR_MS;
}

function distance({ body, committedAt }: ListedEvent, at: number): number {
  const found = Math.abs(committedAt - at);
  if (body.state !== "kept") return found;
  const { observed, timestamp } = body.event;
  // The true moment lies in (after, at]: anywhere in it is no distance at all.
  const [after, until] = [Date.parse(observed.after), Date.parse(observed.at)];
  const fromWindow = at < after ? after - at : Math.max(0, at - until);
  return Math.min(found, fromWindow, Math.abs(Date.parse(timestamp) - at));
}

function nearestTo(events: readonly ListedEvent[], at: number): ListedEvent | undefined {
  return events.toSorted((left, right) => distance(left, at) - distance(right, at))[0];
}

function explainNone(facts: EventFacts): EventStep[] {
  const { events, logSince, truncated, record, at, complete, quiet } = facts;
  if (truncated) {
    const text = "The log is longer than is looked through at once, and there is none in its newer part.";
    return [{ code: "log_too_long", text, event: undefined }];
  }
  // Events are numbered without gaps: when the log has as many as the number says, it has them all.
  const numbered = record.state === "unknown" ? 0 : record.sequence;
  const covered = at !== undefined && logSince !== undefined && at >= logSince;
  if (numbered > events.length && !covered) {
    const from = logSince === undefined ? "is empty" : `goes back to ${toIsoSeconds(logSince)}`;
    const text = `The log ${from}. Events before that have been removed for their age.`;
    return [{ code: "older_than_log", text, event: undefined }];
  }
  if (record.state === "unknown") return [];
  if (numbered === 0 && record.state === "present") {
    const text = "The record was taken over silently by the first sync, and nothing of it has changed since.";
    return [{ code: "first_sync_silent", text, event: undefined }];
  }
  if (!complete) return [];
  const when = at === undefined ? "" : " then";
  const text = `Nothing that is watched changed${when}. ${quiet}`;
  return [{ code: "no_watched_change", text, event: undefined }];
}
