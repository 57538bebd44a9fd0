import { randomBytes } from "node:crypto";

import type { z } from "zod";

import type { CatalogueEntry } from "../../catalogue/catalogue-entry.ts";
import { eventCatalogue, findEntry } from "../../catalogue/event-catalogue.ts";
import { closest } from "../../config/closest.ts";
import { type WebhookEvent, eventSchema } from "../../diff/event.ts";
import { isRecord } from "../../shared/is-record.ts";
import { moveTimes } from "../demo/move-times.ts";
import { type Field, fieldsOf } from "./trigger-fields.ts";
import { readValue } from "./trigger-value.ts";

export type TriggeredEvent =
  | { readonly kind: "built"; readonly event: WebhookEvent }
  /** Every problem with what was typed, one sentence each. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** What makes a test a test, or would make it another event. */
const FIXED = ["type", "origin", "api_version", "subject.type"];
const ID_BYTES = 18;

/**
 * An event of a type as it might have happened just now: the catalogue's example with the developer's own values, of origin
 * `test` and with an id that nobody has had. Nothing else of it is invented: `data.changed` stays as in the example.
 *
 * @param overrides values by dotted path from the event's root, like `data.object.starts_at`. Links may be given as the id
 *   alone; lists and structures as JSON
 * @param now unix ms
 */
export function buildTriggeredEvent(
  type: string,
  overrides: Readonly<Record<string, string>>,
  now: number,
  newId: Buffer = randomBytes(ID_BYTES),
): TriggeredEvent {
  const entry = findEntry(type);
  if (!entry) return { kind: "refused", problems: [unknownType(type)] };
  const fields = fieldsOf(entry.jsonSchema());
  const { timestamp } = eventSchema.parse(entry.example);
  const happened = eventSchema.parse(moveTimes(entry.example, Date.parse(timestamp), now));
  const event: Record<string, unknown> = {
    ...happened,
    id: `evt_${newId.toString("base64url")}`,
    origin: "test",
  };

  const problems: string[] = [];
  for (const [path, text] of Object.entries(withOneId(happened, overrides))) {
    const field = fields.get(path);
    const value = field && !FIXED.includes(path) ? readValue(field, path, text, happened) : undefined;
    if (!value) problems.push(unknownPath(path, type, fields));
    else if ("problem" in value) problems.push(value.problem);
    else if (!put(event, path.split("."), value.value))
      problems.push(`"${path}" is inside something that is null in this event`);
  }
  return problems.length > 0 ? { kind: "refused", problems } : check(entry, event);
}

/** A record's id is in two places: who sets one means both. */
function withOneId(
  { data }: WebhookEvent,
  overrides: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (data.object?.["id"] === undefined) return overrides;
  const id = overrides["subject.id"] ?? overrides["data.object.id"];
  return id === undefined ? overrides : { "subject.id": id, "data.object.id": id, ...overrides };
}

function put(
  target: Record<string, unknown>,
  [name = "", ...rest]: readonly string[],
  value: unknown,
): boolean {
  if (rest.length === 0) {
    target[name] = value;
    return true;
  }
  const inner = target[name];
  if (!isRecord(inner)) return false;
  const copy = { ...inner };
  target[name] = copy;
  return put(copy, rest, value);
}

function check({ schema }: CatalogueEntry, event: Readonly<Record<string, unknown>>): TriggeredEvent {
  const checked = schema.safeParse(event);
  if (checked.success) return { kind: "built", event: eventSchema.parse(event) };
  return { kind: "refused", problems: checked.error.issues.flatMap((issue) => tell(issue, [])) };
}

/** `data` is one of three levels, and a test is built at the first, which is the whole. */
function tell(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path];
  const inner = issue.code === "invalid_union" ? issue.errors[0] : undefined;
  if (inner) return inner.flatMap((one) => tell(one, path));
  return [`"${path.map(String).join(".")}": ${issue.message}`];
}

function unknownType(type: string): string {
  const types = eventCatalogue.map((entry) => entry.type);
  const meant = closest(type, types);
  const subjects = [...new Set(eventCatalogue.map(({ subject }) => subject))].join(", ");
  const advice = meant
    ? `did you mean "${meant}"?`
    : `it begins with one of: ${subjects} (see docs/events.md)`;
  return `there is no event type "${type}": ${advice}`;
}

function unknownPath(path: string, type: string, fields: ReadonlyMap<string, Field>): string {
  if (FIXED.includes(path)) return `"${path}" cannot be set: it is what it is in every ${type} test`;
  const settable = [...fields.keys()].filter((known) => !FIXED.includes(known));
  const meant = settable.find((known) => known === `data.object.${path}`) ?? closest(path, settable);
  const advice = meant
    ? `did you mean "${meant}"?`
    : "paths begin at the event's root, like data.object.starts_at";
  return `there is no "${path}" in ${type}: ${advice}`;
}
