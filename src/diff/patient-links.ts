import { type FieldKind, PATIENTS } from "../resources/field.ts";
import { isResourceName, resourceOf, resources } from "../resources/registry.ts";
import type { Projection } from "../resources/resource.ts";
import type { Snapshot } from "./adopt.ts";
import type { WebhookEvent } from "./event.ts";
import { SURVIVOR, patientsInSnapshot } from "./forgotten.ts";
import { namedPatient, normaliseField } from "./normalise.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The patients that a record's links name. A link of another shape names nobody: taking the record over fails on it. */
export function linkedPatients(
  { fields, patientLinks }: Pick<Projection, "fields" | "patientLinks">,
  record: Fields,
): string[] {
  return patientLinks.flatMap((name) => linkedPatient(fields[name], record[name]));
}

function linkedPatient(kind: FieldKind = { link: PATIENTS }, link: unknown): string[] {
  try {
    const id = namedPatient(normaliseField("", kind, link));
    return id === undefined ? [] : [id];
  } catch {
    return [];
  }
}

/** The patients that an event tells of: its subject, or whom its appointment or place is for, or was before. */
export function patientsOf({ subject, data }: Pick<WebhookEvent, "subject" | "data">): readonly string[] {
  const resource = resourceOf(subject.type);
  if (!resource) return [];
  if (resource.path === PATIENTS) return [subject.id];
  const linked = [data.object ?? {}, data.previous].flatMap((record) => linkedPatients(resource, record));
  return [...new Set(linked)];
}

/** The patients that what is remembered of a record is about: itself, or whom it names. Of a version that is not known, nobody. */
export function patientsOfSnapshot(resource: string, id: string, snapshot: Snapshot): readonly string[] {
  if (resource === PATIENTS) return [id];
  if (!isResourceName(resource) || resources[resource].patientLinks.length === 0) return [];
  const named = patientsInSnapshot(resources[resource], snapshot);
  return named === "unknown_version" ? [] : named;
}

/** Both patients of every merge among these events. */
export function mergedPatients(events: readonly Pick<WebhookEvent, "subject" | "data">[]): string[] {
  return events
    .filter(({ data }) => data.transitions.includes("merged"))
    .flatMap(({ subject, data }) => [subject.id, ...linkedPatient(undefined, data.object?.[SURVIVOR])]);
}
