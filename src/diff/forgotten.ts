import type { Snapshot } from "./adopt.ts";
import type { FieldValues } from "./compare.ts";
import { type IdentityKey, fingerprintOf } from "./identity.ts";
import type { Projection } from "./projections.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What every record has, and tells of nobody. */
const IMPERSONAL = ["id", "created_at", "updated_at", "links"];

/**
 * A record of a forgotten patient's as it may be remembered and told: when and where, not who. Only what is known to say
 * nothing of a person stays, so that a field which nobody documents is not passed on.
 */
export function withoutPatient(projection: Projection, record: Fields): Fields {
  const kept = [...IMPERSONAL, ...Object.keys(projection.fields)].filter(
    (name) => Object.hasOwn(record, name) && !projection.aboutPatient.includes(name),
  );
  const emptied = projection.aboutPatient.map((name) => [name, null] as const);
  return Object.fromEntries([...kept.map((name) => [name, record[name]] as const), ...emptied]);
}

/** A class's record without these patients among those who take part. */
export function withoutParticipants(record: Fields, isLeftOut: (patientId: string) => boolean): Fields {
  const ids = record["patient_ids"];
  if (!Array.isArray(ids) || !ids.some((id) => isLeftOut(String(id)))) return record;
  return { ...record, patient_ids: ids.filter((id) => !isLeftOut(String(id))) };
}

/**
 * What is remembered of such a record: exactly what adopting `withoutPatient` of it would leave, under the same place in
 * the sequence, so that the next reading finds it unchanged. "unknown_version": which field is which is not known.
 */
export function snapshotWithoutPatient(
  identityKey: IdentityKey,
  projection: Projection,
  snapshot: Snapshot,
): Snapshot | "unknown_version" {
  const names = fieldNames(projection, snapshot);
  if (!names) return "unknown_version";
  const values = snapshot
    .values()
    .map((value, index) => (projection.aboutPatient.includes(names[index] ?? "") ? null : value));
  return { ...snapshot, fingerprint: fingerprintOf(identityKey, values), values: () => values };
}

/** The patient that a snapshot names. "unknown_version": as above. */
export function patientInSnapshot(
  projection: Projection,
  snapshot: Snapshot,
): { readonly id: string | undefined } | "unknown_version" {
  const names = fieldNames(projection, snapshot);
  if (!names) return "unknown_version";
  return { id: asText(snapshot.values(), names.indexOf("patient")) };
}

/** The patient that a patient's snapshot says it was merged into. */
export function survivorInSnapshot(projection: Projection, snapshot: Snapshot): string | undefined {
  const names = fieldNames(projection, snapshot);
  return names && asText(snapshot.values(), names.indexOf("merged_with_patient"));
}

function fieldNames(projection: Projection, { projectionVersion }: Snapshot): readonly string[] | undefined {
  return projectionVersion === projection.version
    ? Object.keys(projection.fields)
    : projection.former?.[projectionVersion];
}

function asText(values: FieldValues, index: number): string | undefined {
  const value = values[index];
  return typeof value === "string" ? value : undefined;
}
