import { z } from "zod";

import type { FieldKind, FieldValue } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import { fieldIn, unflatten, withoutField } from "../shared/sections.ts";
import type { Change } from "./compare.ts";
import { toIso, toWire } from "./normalise.ts";
import { documentedOnly } from "./shape.ts";
import { type FieldValues, readValues } from "./values.ts";

/** The release of the payload's shape. A change that could break a reader gets a new date. */
export const API_VERSION = "2026-11-22";

const recordSchema = z.record(z.string(), z.unknown());

/** An event as it rests in the log: everything, before an endpoint's payload level takes away. Times are ISO, UTC. */
export const eventSchema = z.strictObject({
  type: z.string(),
  /** When the upstream says it happened; when it was read, where the upstream does not say. */
  timestamp: z.string(),
  id: z.string(),
  api_version: z.string(),
  account: z.string(),
  subject: z.strictObject({ type: z.string(), id: z.string() }),
  /** Gapless per subject, from 1. A backfill carries the number of the last event before it, 0 when there was none. */
  sequence: z.int().nonnegative(),
  /** The true moment lies in (after, at], by the upstream's clock. */
  observed: z.strictObject({ after: z.string(), at: z.string() }),
  origin: z.enum(["live", "sweep", "backfill", "test"]),
  data: z.strictObject({
    /** The record as the upstream serves it. */
    object: recordSchema.nullable(),
    /** Former values of the changed fields, as the upstream would have served them. */
    previous: recordSchema,
    /** Present values of the changed fields: only at payload level `changes`, where `object` is null. */
    current: recordSchema.optional(),
    changed: z.array(z.string()),
    transitions: z.array(z.string()),
  }),
});

export type WebhookEvent = z.infer<typeof eventSchema>;

export type PayloadLevel = "full" | "changes" | "ids";

/**
 * `data.object`: the record as the upstream serves it, but for what nobody may keep and what nobody knows. Whom it is about is always
 * said, were it nobody.
 */
export function toObject(
  projection: Projection,
  record: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { nameLinks, publicly, secret } = projection;
  const object = documentedOnly(projection, record);
  for (const name of secret) delete object[name];
  for (const name of nameLinks) object[name] ??= null;
  return publicly === undefined ? object : unflatten(object);
}

/** `data.previous`: links are rebuilt on the base that the record's own `links.self` shows. */
export function previousValues(
  projection: Projection,
  change: Change,
  before: FieldValues | undefined,
  record: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (!before) return {};
  const read = readValues(projection, before);
  const baseUrl = baseUrlOf(record);
  return Object.fromEntries(
    change.changed
      .filter((name) => projection.fields[name] !== "digest")
      .map((name) => [name, toWire(projection.fields[name] ?? "text", read(name), baseUrl)]),
  );
}

/** The watched fields that were set when a record was last seen. Links carry the id alone: their host is not known. */
export function lastKnown(
  { fields }: Projection,
  known: ReadonlyMap<string, FieldValue> | undefined,
): Record<string, unknown> {
  const entries = [...(known ?? [])].flatMap(([name, value]) =>
    value === null || fields[name] === "digest" || isNobody(fields[name], value)
      ? []
      : [[name, toWire(fields[name] ?? "text", value, "")] as const],
  );
  return Object.fromEntries(entries);
}

function isNobody(kind: FieldKind | undefined, value: FieldValue): boolean {
  return typeof kind === "object" && value === false;
}

const linkSchema = z.object({ links: z.object({ self: z.string() }) });

export function baseUrlOf(record: Readonly<Record<string, unknown>>): string {
  // What has no place of its own leads to what has one.
  const [found] = [record, ...Object.values(record)].flatMap((one) => linkSchema.safeParse(one).data ?? []);
  const { self = "" } = found?.links ?? {};
  // `/v1/patients/42/referral_source` is a record's own place, too.
  return /^.*?\/v\d+(?=\/|$)/.exec(self)?.[0] ?? self.replace(/\/[^/]+\/[^/]+$/, "");
}

/** When a record was made, changed and read, as `Observation` has it. Unix seconds of the upstream's clock. */
interface Seen {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly unchangedUntil: number;
  readonly readAt: number;
}

/** What is known of when a record was as it is remembered. The same seconds. */
interface KnownSince {
  /** When it was last found to be gone; undefined: it is not. */
  readonly deletedAt?: number | undefined;
  /** What is stamped before this second had been read; undefined: that is not known. */
  readonly shownFrom: number | undefined;
}

/**
 * When it happened, by the record's own stamps: the moment of the most telling transition, else `updated_at`. Where that is of before
 * what had been read, or of before the record was found to be gone, it is of something else, and this change has left no stamp: then
 * when it was read.
 * @param known undefined on first sight
 */
export function datesOf(
  projection: Projection,
  change: Change,
  after: FieldValues,
  { createdAt, readAt, unchangedUntil, updatedAt }: Seen,
  known: KnownSince | undefined,
): Pick<WebhookEvent, "observed" | "timestamp"> {
  const { deletedAt = -Infinity, shownFrom = -Infinity } = known ?? {};
  const column = projection.stamps.get(change.type);
  const isStamped = updatedAt > deletedAt && updatedAt >= shownFrom;
  const happened = projection.appearances.includes(change.type)
    ? createdAt
    : ((column === undefined ? undefined : stampIn(projection, after, column)) ??
      (isStamped ? updatedAt : undefined));
  // Stamps are whole seconds, and a commit may become visible late: both ends give way to the stamp itself.
  const notUntil = Math.min(unchangedUntil, (happened ?? updatedAt) - 1);
  return {
    timestamp: toIso(happened ?? readAt),
    observed: {
      after: toIso(Math.max(notUntil, deletedAt)),
      at: toIso(Math.max(readAt + 1, happened ?? readAt)),
    },
  };
}

/**
 * What certainly happened to a record after `since` (unix seconds) when its former version is not known: the transitions
 * that leave their own stamp, otherwise that it was updated.
 */
export function changeSince(projection: Projection, after: FieldValues, since: number): Change {
  const told = [...projection.stamps]
    .filter(([, column]) => (stampIn(projection, after, column) ?? 0) > since)
    // `deleted_at` that repeats `archived_at` is archiving under its old name (docs/decisions/0003-archived-or-deleted.md).
    .filter(
      ([, column]) =>
        column !== "deleted_at" ||
        stampIn(projection, after, column) !== stampIn(projection, after, "archived_at"),
    )
    .map(([transition]) => transition);
  const transitions = told.length > 0 ? told : ["updated"];
  return { type: transitions[0] ?? "updated", transitions, changed: [] };
}

function stampIn(projection: Projection, values: FieldValues, column: string): number | undefined {
  const value = readValues(projection, values)(column);
  return typeof value === "number" ? value : undefined;
}

/** What is told of a connection or an endpoint holds nothing of a record, and would say nothing without its object. */
const WHOLE_SUBJECTS: readonly string[] = ["connection", "endpoint"];

/** Whether it tells of a record of the upstream, and not of the service itself. */
export function isOfRecord({ subject }: Pick<WebhookEvent, "subject">): boolean {
  return !WHOLE_SUBJECTS.includes(subject.type);
}

/**
 * The body that an endpoint gets: a pure function of the event and the endpoint's settings, so that every attempt
 * sends the same bytes. Sensitive fields stay out of every level unless `include` names them. Events about the service
 * itself are whole at every level. `more`: what stands in `data` besides, at the levels that have values.
 */
export function renderPayload(
  event: WebhookEvent,
  sensitive: readonly string[],
  level: PayloadLevel,
  include: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  if (!isOfRecord(event)) return JSON.stringify(event);
  const { object, previous, changed, transitions } = event.data;
  const withheld = sensitive.filter((field) => !include.includes(field));
  const visible = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
    // Nearly always nothing is to be left out, and a copy of every record takes longer than printing it.
    withheld.some((name) => fieldIn(values, name) !== undefined)
      ? withheld.reduce<Readonly<Record<string, unknown>>>(withoutField, values)
      : values;
  const bare = { object: null, previous: {}, changed, transitions };
  switch (level) {
    case "full":
      return JSON.stringify({
        ...event,
        data: { ...bare, object: object && visible(object), previous: visible(previous), ...more },
      });
    case "changes": {
      const current = Object.fromEntries(changed.map((name) => [name, fieldIn(object ?? {}, name) ?? null]));
      return JSON.stringify({
        ...event,
        data: {
          object: null,
          previous: visible(previous),
          current: visible(current),
          changed,
          transitions,
          ...more,
        },
      });
    }
    case "ids":
      return JSON.stringify({ ...event, data: bare });
  }
}
