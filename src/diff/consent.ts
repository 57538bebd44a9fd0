import { resources } from "../resources/registry.ts";
import type { Snapshot } from "./adopt.ts";
import type { WebhookEvent } from "./event.ts";
import { namedValues } from "./values.ts";

const FIELD = "accepted_privacy_policy";

/** Whether a patient's record says that the clinic's privacy policy was refused. Not asked (null) is no refusal. */
export function recordRefuses(record: Readonly<Record<string, unknown>>): boolean {
  return record[FIELD] === false;
}

/** The same of what is remembered of a patient; undefined: that does not say it. */
export function snapshotRefuses(snapshot: Snapshot): boolean | undefined {
  if (snapshot.deletedAt !== undefined) return snapshot.withheld === true;
  const named = namedValues(resources.patients, snapshot);
  return named && named.get(FIELD) === false;
}

/** The same of what an event about a patient tells: of a deleted one, what it last was. */
export function eventRefuses({ data }: WebhookEvent): boolean {
  return recordRefuses(data.object ?? data.previous);
}
