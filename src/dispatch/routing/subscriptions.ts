import type { EndpointSettings, FieldCondition } from "../../config/endpoint-settings.ts";
import { SERVICE_ACCOUNT } from "../../diff/endpoint-event.ts";
import { matchesPattern } from "../../diff/event-types.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import type { LogEntry } from "../../store/events/event-log.ts";
import { resourceOf } from "../../resources/registry.ts";
import type { Projection } from "../../resources/resource.ts";
import { fieldIn } from "../../shared/sections.ts";
import { canonicalValue } from "./canonical-value.ts";

/**
 * Whether an endpoint wants an event of an account: any of its patterns matches any of the event's facts. What the
 * service tells of itself belongs to no clinic: an endpoint's list of accounts does not hold it back.
 */
export function isSubscribed(
  endpoint: Pick<EndpointSettings, "events" | "accounts">,
  account: string,
  entry: Pick<LogEntry, "subject" | "transitions">,
): boolean {
  if (account !== SERVICE_ACCOUNT && endpoint.accounts && !endpoint.accounts.includes(account)) return false;
  return endpoint.events.some((pattern) => matchesPattern(pattern, entry.subject, entry.transitions));
}

/** What was written in confidence goes to nobody who does not ask for it by name, also when it is given on purpose. */
export function mayBeGiven({ events }: Pick<EndpointSettings, "events">, subject: string): boolean {
  return (
    resourceOf(subject)?.confidential !== true || events.some((pattern) => pattern.startsWith(`${subject}.`))
  );
}

type ConditionedEvent = Pick<WebhookEvent, "subject" | "origin" | "data">;

/** A field's former and present value. Undefined: not known. */
interface Step {
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Whether an event meets every condition of an endpoint's `when`.
 * Fails open: a former value that is not known meets any `from`, for one event too many is less harm than one too few.
 * Events that are not of a record (`connection.*`, `endpoint.*`) have no fields, and always come.
 */
export function holds(conditions: readonly FieldCondition[], event: ConditionedEvent): boolean {
  if (conditions.length === 0) return true;
  const projection = resourceOf(event.subject.type);
  if (!projection) return true;
  return conditions.every((condition) => {
    const step = stepOf(projection, condition.field, event);
    return (
      step !== undefined &&
      meets(projection, condition.field, condition.from, step.from) &&
      meets(projection, condition.field, condition.to, step.to)
    );
  });
}

/** What happened to one field; undefined: nothing did, as far as is known. */
function stepOf(projection: Projection, field: string, { origin, data }: ConditionedEvent): Step | undefined {
  if (!Object.hasOwn(projection.fields, field)) return undefined;
  const { object, previous, changed, transitions } = data;
  const isNull = (value: unknown): boolean =>
    comparable(projection, field, value) === unset(projection, field);
  if (object === null) {
    // Deleted without a stamp: `previous` is all that was last known, and what is not in it was not set.
    return isNull(previous[field]) ? undefined : { from: previous[field], to: null };
  }
  const to = fieldIn(object, field) ?? null;
  const firstSeen = transitions.includes(projection.createdAs) || origin === "backfill";
  if (firstSeen) return isNull(to) ? undefined : { from: null, to };
  // Something happened, and the version before it is not known: any field may have changed.
  if (changed.length === 0) return { from: undefined, to };
  return changed.includes(field) ? { from: previous[field], to } : undefined;
}

function meets(
  projection: Projection,
  field: string,
  wanted: FieldCondition["from"],
  value: unknown,
): boolean {
  if (wanted === undefined || value === undefined) return true;
  return comparable(projection, field, wanted) === comparable(projection, field, value);
}

/** What a field that is not set compares as: of a flag, unset and false mean the same (diff/normalise.ts). */
function unset(projection: Projection, field: string): string | null {
  return projection.fields[field] === "flag" ? "false" : null;
}

/** One text for every spelling of a value. */
function comparable(projection: Projection, field: string, value: unknown): string | null {
  return canonicalValue(value) ?? unset(projection, field);
}
