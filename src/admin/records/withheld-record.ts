import type { Base } from "../base.ts";
import type { ResourceName } from "../../cliniko/resources.ts";
import type { AccountConfig } from "../../config/config.ts";
import type { Snapshot } from "../../diff/adopt.ts";
import { snapshotRefuses } from "../../diff/consent.ts";
import { patientInSnapshot } from "../../diff/forgotten.ts";
import { projections } from "../../diff/projections.ts";

/** Whether a record is of a patient who is not told of: it is not shown either. @throws UnreadableRecordError */
export async function isWithheld(
  { store }: Pick<Base, "store">,
  { name, suppressWithoutConsent }: Pick<AccountConfig, "name" | "suppressWithoutConsent">,
  resource: ResourceName,
  snapshot: Snapshot,
): Promise<boolean> {
  if (!suppressWithoutConsent) return false;
  if (resource === "patients" || snapshot.goneAt !== undefined) return snapshotRefuses(snapshot);
  const patient = patientInSnapshot(projections[resource], snapshot);
  // Fail direction: whose it is cannot be read, so it is not shown.
  if (patient === "unknown_version") return true;
  if (patient.id === undefined) return false;
  const found = (await store.loadSnapshots(name, "patients", [patient.id])).get(patient.id);
  return found !== undefined && snapshotRefuses(found);
}
