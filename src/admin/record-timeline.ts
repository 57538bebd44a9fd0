import type { Base } from "../base.ts";
import type { WebhookEvent } from "../diff/event.ts";
import { sensitiveFieldsOf } from "../diff/projections.ts";
import { createLogReader } from "../store/log-reader.ts";
import type { Caller } from "./caller.ts";
import { type EventDelivery, deliveriesOf } from "./deliveries.ts";
import { type ListedEvent, withBodies } from "./list-events.ts";
import { type MergedEntry, walkMerged } from "./merge-logs.ts";

/** A record, by the event subject's type and id. */
export interface RecordName {
  readonly account: string;
  readonly subject: string;
  readonly id: string;
}

export interface FieldStep {
  readonly field: string;
  /** Undefined: not known. */
  readonly from: unknown;
  readonly to: unknown;
}

export interface TimelineEntry extends ListedEvent {
  /** What changed, field by field; sensitive fields only where they were asked for. Undefined: the body is not there. */
  readonly diff: readonly FieldStep[] | undefined;
  readonly deliveries: readonly EventDelivery[];
}

export interface RecordTimeline {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  /** The log goes back to here, unix ms; undefined: it is empty. */
  readonly logSince: number | undefined;
  /** There are more entries than are looked through at once: what is here are the newest. */
  readonly truncated: boolean;
}

/** Entries of the account's log that are looked through, the newest first. */
const MOST_LOOKED_AT = 200_000;
const MOST_EVENTS = 500;

/** Every event of a record that the log holds, with what changed and what became of it. */
export async function readTimeline(
  base: Pick<Base, "deliveries" | "endpoints" | "keys" | "log" | "redis">,
  caller: Caller,
  record: RecordName,
  include: readonly string[],
): Promise<RecordTimeline> {
  const { events, logSince, truncated } = await readEventsOf(base, record);
  const entries: TimelineEntry[] = [];
  // One after the other: each asks at every endpoint, and others want to be served in between.
  for (const event of events) {
    entries.push({
      ...event,
      diff: event.body.state === "kept" ? diffOf(event.body.event, include) : undefined,
      deliveries: await deliveriesOf(base, caller, event.eventId),
    });
  }
  return { entries, logSince, truncated };
}

/** The record's events, oldest first. */
export async function readEventsOf(
  base: Pick<Base, "keys" | "log" | "redis">,
  { account, subject, id }: RecordName,
): Promise<{
  readonly events: readonly ListedEvent[];
  readonly logSince: number | undefined;
  readonly truncated: boolean;
}> {
  const reader = createLogReader(base.redis, base.keys);
  const { oldest } = await reader.bounds(account);
  const found: MergedEntry[] = [];
  let ended = false;
  const places = new Map([[account, undefined]]);
  for await (const batch of walkMerged(reader, { order: "newest_first" }, places, MOST_LOOKED_AT)) {
    ({ ended } = batch);
    found.push(...batch.entries.filter(({ entry }) => entry.subject === subject && entry.record === id));
    if (found.length >= MOST_EVENTS) {
      ended = false;
      break;
    }
  }
  return {
    events: await withBodies(base, found.slice(0, MOST_EVENTS).toReversed()),
    logSince: oldest === undefined ? undefined : Number(oldest.split("-")[0]),
    truncated: !ended,
  };
}

/** An event's changed fields with both values, as the payload level `changes` would have them. */
export function diffOf({ subject, data }: WebhookEvent, include: readonly string[]): FieldStep[] {
  const withheld = sensitiveFieldsOf(subject.type).filter((field) => !include.includes(field));
  return data.changed
    .filter((field) => !withheld.includes(field))
    .map((field) => ({
      field,
      from: Object.hasOwn(data.previous, field) ? data.previous[field] : undefined,
      to: data.object?.[field] ?? null,
    }));
}
