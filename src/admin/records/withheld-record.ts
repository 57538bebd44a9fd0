import type { Base } from "../base.ts";
import type { AccountConfig } from "../../config/config.ts";
import type { Snapshot } from "../../diff/adopt.ts";
import { snapshotRefuses } from "../../diff/consent.ts";
import { patientsInSnapshot } from "../../diff/forgotten.ts";
import { PATIENTS } from "../../resources/field.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";

/** Whether a record is of a patient who is not told of: it is not shown either. @throws UnreadableRecordError */
export async function isWithheld(
  { store }: Pick<Base, "store">,
  { name, suppressWithoutConsent }: Pick<AccountConfig, "name" | "suppressWithoutConsent">,
  resource: ResourceName,
  snapshot: Snapshot,
): Promise<boolean> {
  if (!suppressWithoutConsent) return false;
  // Fail direction, here and below: what cannot be told is not shown.
  if (resource === PATIENTS || snapshot.deletedAt !== undefined) return snapshotRefuses(snapshot) !== false;
  const patients = patientsInSnapshot(resources[resource], snapshot);
  if (patients === "unknown_version") return true;
  const known = await store.loadSnapshots(name, PATIENTS, patients);
  return patients.some((id) => {
    const patient = known.get(id);
    return !patient || snapshotRefuses(patient) !== false;
  });
}
