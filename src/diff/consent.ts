import type { Snapshot } from "./adopt.ts";
import type { WebhookEvent } from "./event.ts";
import { projections } from "./projections.ts";

const FIELD = "accepted_privacy_policy";
const AT = Object.keys(projections.patients.fields).indexOf(FIELD);

/** Whether a patient's record says that the clinic's privacy policy was refused. Not asked (null) is no refusal. */
export function recordRefuses(record: Readonly<Record<string, unknown>>): boolean {
  return record[FIELD] === false;
}

/** The same of what is remembered of a patient. */
export function snapshotRefuses({ goneAt, projectionVersion, values, withheld }: Snapshot): boolean {
  if (goneAt !== undefined) return withheld === true;
  const { version, former }: { version: number; former?: Readonly<Record<number, readonly string[]>> } =
    projections.patients;
  const at = projectionVersion === version ? AT : former?.[projectionVersion]?.indexOf(FIELD);
  return at !== undefined && values()[at] === false;
}

/** The same of what an event about a patient tells: of a deleted one, what it last was. */
export function eventRefuses({ data }: WebhookEvent): boolean {
  return recordRefuses(data.object ?? data.previous);
}
