import type { Base } from "../base.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { createLogIndex } from "../../store/events/log-index.ts";
import { createLogReader } from "../../store/events/log-reader.ts";
import { committedAt } from "../../store/events/position.ts";
import { fieldIn } from "../../shared/sections.ts";
import type { Caller } from "../access/caller.ts";
import { type EventDelivery, deliveriesOfAll } from "../deliveries/deliveries.ts";
import { type ListedEvent, MOST_CHARACTERS, withBodies } from "../events/list-events.ts";
import { type MergedEntry, walkMerged } from "../events/merge-logs.ts";
import type { Patience } from "../../store/events/patience.ts";
import { sensitiveFieldsOf } from "../../resources/registry.ts";

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

/** Entries that are looked through where the log is not indexed whole, the newest first. */
const MOST_LOOKED_AT = 200_000;
const MOST_EVENTS = 500;

/** Every event of a record that the log holds, with what changed and what became of it. */
export async function readTimeline(
  base: Pick<Base, "deliveries" | "endpoints" | "keys" | "log" | "redis">,
  caller: Caller,
  record: RecordName,
  include: readonly string[],
  patience: Patience,
): Promise<RecordTimeline> {
  const { events, logSince, truncated } = await readEventsOf(base, record, patience);
  const ids = events.map(({ eventId }) => eventId);
  const deliveries = await deliveriesOfAll(base, caller, ids, patience);
  const entries = events.map((event) => ({
    ...event,
    diff: event.body.state === "kept" ? diffOf(event.body.event, include) : undefined,
    deliveries: deliveries.get(event.eventId) ?? [],
  }));
  return { entries, logSince, truncated };
}

/** The record's events, oldest first. */
export async function readEventsOf(
  base: Pick<Base, "keys" | "log" | "redis">,
  record: RecordName,
  patience: Patience,
): Promise<{
  readonly events: readonly ListedEvent[];
  readonly logSince: number | undefined;
  readonly truncated: boolean;
}> {
  const { oldest } = await createLogReader(base.redis, base.keys).bounds(record.account);
  const { found, truncated } = (await readTrail(base, record)) ?? (await walkFor(base, record, patience));
  const newest = await withBodies(base, found.toReversed(), MOST_CHARACTERS);
  return {
    events: newest.toReversed(),
    logSince: oldest === undefined ? undefined : committedAt(oldest),
    truncated: truncated || newest.length < found.length,
  };
}

interface EntriesOf {
  /** Oldest first. */
  readonly found: readonly MergedEntry[];
  readonly truncated: boolean;
}

/** Undefined: the log is not indexed whole. */
async function readTrail(
  { redis, keys }: Pick<Base, "keys" | "redis">,
  { account, subject, id }: RecordName,
): Promise<EntriesOf | undefined> {
  const index = createLogIndex(redis, keys);
  const trail = await index.trailOf(account, subject, id);
  if (trail === "not_indexed") return undefined;
  const { cut, positions } = trail;
  const entries = await index.read(account, positions.slice(-MOST_EVENTS));
  return {
    found: entries.map((entry) => ({ account, entry })),
    truncated: cut || positions.length > MOST_EVENTS,
  };
}

async function walkFor(
  { redis, keys }: Pick<Base, "keys" | "redis">,
  { account, subject, id }: RecordName,
  patience: Patience,
): Promise<EntriesOf> {
  const found: MergedEntry[] = [];
  let ended = false;
  const places = new Map([[account, undefined]]);
  const range = { order: "newest_first" as const };
  const reader = createLogReader(redis, keys);
  for await (const batch of walkMerged(reader, range, places, MOST_LOOKED_AT, patience)) {
    ({ ended } = batch);
    found.push(...batch.entries.filter(({ entry }) => entry.subject === subject && entry.record === id));
    if (found.length >= MOST_EVENTS) {
      ended = false;
      break;
    }
  }
  return { found: found.slice(0, MOST_EVENTS).toReversed(), truncated: !ended };
}

/** An event's changed fields with both values, as the payload level `changes` would have them. */
export function diffOf({ subject, data }: WebhookEvent, include: readonly string[]): FieldStep[] {
  const withheld = sensitiveFieldsOf(subject.type).filter((field) => !include.includes(field));
  return data.changed
    .filter((field) => !withheld.includes(field))
    .map((field) => ({
      field,
      from: Object.hasOwn(data.previous, field) ? data.previous[field] : undefined,
      to: fieldIn(data.object ?? {}, field) ?? null,
    }));
}
