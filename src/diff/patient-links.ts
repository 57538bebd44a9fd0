import type { Snapshot } from "./adopt.ts";
import type { WebhookEvent } from "./event.ts";
import { patientInSnapshot } from "./forgotten.ts";
import { normaliseField } from "./normalise.ts";
import { type Projection, projections } from "./projections.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The patient that a record's `patient` link names. A link of another shape names nobody: taking the record over fails on it. */
export function linkedPatient(record: Fields): string | undefined {
  try {
    const id = normaliseField("patient", { link: "patients" }, record["patient"]);
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** The patients that an event tells of: its subject, or whom its appointment or place is for, or was before. */
export function patientsOf({ subject, data }: Pick<WebhookEvent, "subject" | "data">): readonly string[] {
  if (subject.type === "patient") return [subject.id];
  const linked = [data.object ?? {}, data.previous].map(linkedPatient);
  return [...new Set(linked.filter((id) => id !== undefined))];
}

/** The patients that what is remembered of a record is about: itself, or whom it names. Of a version that is not known, nobody. */
export function patientsOfSnapshot(resource: string, id: string, snapshot: Snapshot): readonly string[] {
  if (resource === "patients") return [id];
  const projection = Object.entries<Projection>(projections).find(([name]) => name === resource)?.[1];
  if (!projection?.aboutPatient.includes("patient")) return [];
  const named = patientInSnapshot(projection, snapshot);
  return named === "unknown_version" || named.id === undefined ? [] : [named.id];
}
