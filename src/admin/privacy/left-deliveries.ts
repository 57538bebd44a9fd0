import type { Base } from "../base.ts";
import type { PatientOf, PatientRecords } from "../records/find-patient.ts";
import { PATIENTS } from "../../resources/field.ts";
import { NAMING_PATIENTS, type ResourceName, resources } from "../../resources/registry.ts";
import { createBatch } from "../../store/redis/batch.ts";
import type { DeliveryHead } from "../../store/outbox/delivery.ts";

const ABOUT_PATIENTS: readonly ResourceName[] = [PATIENTS, ...NAMING_PATIENTS];

/** The resources of whose records an event of this subject may tell, of those that may be about a patient. */
function toldOf(subject: string): readonly ResourceName[] {
  return ABOUT_PATIENTS.filter((name) => resources[name].subject === subject);
}

/**
 * Deliveries outlast their events (`retention.attempts`): of those to an endpoint whose event is not kept any more, ids of the ones that
 * told of a patient. What the receiver said is sealed to whom it was about; where it is sealed to nobody (without words, or before there was an erasure key), the record that
 * was told of says so, as it is known now. One whose record is not known any more counts as the patient's.
 * @param under the patient, under a name that the account has or had
 */
export async function* findLeftDeliveries(
  base: Pick<Base, "deliveries" | "keyring" | "keys" | "redis">,
  under: PatientOf,
  {
    account,
    records,
  }: { readonly account: string; readonly records: Pick<PatientRecords, "own" | "masked"> },
  endpoint: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { deliveries, keyring, keys, redis } = base;
  const leaves = keyring.leavesOf(under.account, [under.patientId]).map(toHex);
  const isTheirs = ({ subject, subjectId }: DeliveryHead): boolean =>
    toldOf(subject).some((name) =>
      name === PATIENTS || records.own.has(name)
        ? subjectId === under.patientId
        : records.masked.get(name)?.has(subjectId),
    );
  for await (const heads of deliveries.walk(endpoint, { since: 0, until: Number.MAX_SAFE_INTEGER })) {
    signal.throwIfAborted();
    const mine = heads.filter((head) => head.account === under.account && toldOf(head.subject).length > 0);
    if (mine.length === 0) continue;
    const { attempts, erased } = keys.outbox(endpoint);
    const batch = createBatch(redis);
    const asked = mine.map((head) => ({
      head,
      isKept: batch.ask((pipeline) => pipeline.hexists(keys.bodies(under.account), head.eventId), Boolean),
      isErased: batch.ask((pipeline) => pipeline.sismember(erased, head.eventId), Boolean),
      known: toldOf(head.subject).map((name) =>
        batch.ask((pipeline) => pipeline.hexists(keys.snapshots(account, name), head.subjectId), Boolean),
      ),
    }));
    await batch.run();
    const sealed = await redis.hmgetBuffer(attempts, ...mine.map(({ eventId }) => eventId));
    yield asked.flatMap(({ head, isErased, isKept, known }, index) => {
      if (isKept() || isErased()) return [];
      const bytes = sealed[index];
      const of = bytes ? keyring.leavesIn(bytes).map(toHex) : [];
      const isUnknown = !known.some((is) => is());
      const told = of.length > 0 ? of.some((leaf) => leaves.includes(leaf)) : isTheirs(head) || isUnknown;
      return told ? [head.eventId] : [];
    });
  }
}

const toHex = (leaf: Buffer): string => leaf.toString("hex");
