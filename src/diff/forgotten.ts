import { STAMPS } from "../resources/define-resource.ts";
import { PATIENTS } from "../resources/field.ts";
import type { Projection } from "../resources/resource.ts";
import { isRecord } from "../shared/is-record.ts";
import type { Snapshot } from "./adopt.ts";
import { type IdentityKey, fingerprintOf } from "./identity.ts";
import { namedPatient } from "./normalise.ts";
import { namedValues } from "./values.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * A record of a forgotten patient's as it may be remembered and told: when and where, not who. Only what is known to say
 * nothing of a person stays, so that a field which nobody documents is not passed on.
 */
export function withoutPatient(projection: Projection, record: Fields): Fields {
  const kept = [...STAMPS, ...Object.keys(projection.fields)].filter(
    (name) => Object.hasOwn(record, name) && !projection.aboutPatient.includes(name),
  );
  const emptied = projection.aboutPatient.map((name) => [name, null] as const);
  const bare = Object.fromEntries([...kept.map((name) => [name, record[name]] as const), ...emptied]);
  return { ...bare, ...withoutOwner(record["links"]) };
}

/** `/patients/42/referral_source`: where it is read says whose it is, and only the beginning of that is kept. */
function withoutOwner(links: unknown): Fields {
  const self = isRecord(links) ? links["self"] : undefined;
  const [base, ...rest] = typeof self === "string" ? self.split(`/${PATIENTS}/`) : [];
  return rest.length === 0 ? {} : { links: { self: base } };
}

/** Whether nothing of a patient is kept of a record, and whom it names least of all. */
export function isWithoutPatient(projection: Projection, snapshot: Snapshot): boolean {
  const named = snapshot.deletedAt === undefined ? namedValues(projection, snapshot) : undefined;
  return named !== undefined && projection.aboutPatient.every((name) => (named.get(name) ?? false) === false);
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
  const named = namedValues(projection, snapshot);
  if (!named) return "unknown_version";
  const values = [...named].map(([name, value]) => (projection.aboutPatient.includes(name) ? null : value));
  return { ...snapshot, fingerprint: fingerprintOf(identityKey, values), values: () => values };
}

/** The patients that a snapshot names. "unknown_version": as above. */
export function patientsInSnapshot(
  projection: Projection,
  snapshot: Snapshot,
): readonly string[] | "unknown_version" {
  const named = namedValues(projection, snapshot);
  return named
    ? projection.patientLinks.flatMap((link) => namedPatient(named.get(link)) ?? [])
    : "unknown_version";
}

/** The link from the duplicate of a merge to the patient who was kept. */
export const SURVIVOR = "merged_with_patient";

/** The patient that a patient's snapshot says it was merged into. */
export function survivorInSnapshot(projection: Projection, snapshot: Snapshot): string | undefined {
  return namedPatient(namedValues(projection, snapshot)?.get(SURVIVOR));
}
