import type { Base } from "../base.ts";
import { toError } from "../../shared/errors.ts";
import { holdLease } from "../../pollers/scan/hold-lease.ts";
import {
  type DeliveryErasure,
  type ErasedDeliveries,
  createDeliveryErasure,
} from "../../store/outbox/delivery-erasure.ts";
import { type SealedPiece, createErasure } from "../../store/detection/erasure.ts";
import { type Lease, createLeases } from "../../store/detection/lease.ts";
import { withoutRecord } from "../../store/detection/reading-store.ts";
import { type NotedReading, toPlaces } from "../../store/detection/tombstones.ts";
import { noteChange } from "../access/audit.ts";
import { formerNames } from "../accounts/former-names.ts";
import type { Caller } from "../access/caller.ts";
import {
  type PatientOf,
  type PatientRecords,
  findEvents,
  findRecords,
  findVersions,
  goingByPatient,
} from "../records/find-patient.ts";
import { PATIENTS } from "../../resources/field.ts";
import { NAMING_PATIENTS, RESOURCE_NAMES, resources } from "../../resources/registry.ts";
import { findLeftDeliveries } from "./left-deliveries.ts";
import { type ErasedAt, type Tally, createTally } from "./tally.ts";
import { type Proof, proveErased } from "./prove-erased.ts";

export type Forgetting = Pick<
  Base,
  | "audit"
  | "config"
  | "deliveries"
  | "endpoints"
  | "erasureKey"
  | "identityKey"
  | "keyring"
  | "keys"
  | "log"
  | "now"
  | "queues"
  | "reading"
  | "redis"
  | "store"
  | "tombstones"
>;

/** What was kept of a patient. */
export interface Forgotten extends PatientOf {
  /** Unix ms; undefined: not forgotten so far. */
  readonly forgottenBefore: number | undefined;
  /**
   * The patient's own is removed, and with it what goes by the same number. Those that name the patient (`appointments`,
   * `attendees`) go on to be watched, without who it is for and what was written about them.
   */
  readonly records: { readonly patient: number } & Readonly<Record<string, number>>;
  /** Events whose bodies are erased: they can still be counted, and are sent to nobody any more. */
  readonly events: number;
  /** By endpoint; those that were given none of the events are left out. */
  readonly deliveries: readonly ErasedAt[];
  /** Other records of the same person, by the clinic's own word: merged into this one. Each is forgotten by itself. */
  readonly duplicates: readonly string[];
  /** Could not be read with the configured keys, and may be about the patient. */
  readonly unreadable: { readonly records: number; readonly events: number };
  /** Undefined: nothing was erased. */
  readonly proof?: Proof;
}

export interface ForgetRun {
  /** Fires: it stops, and can be begun again. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ForgetProgress) => void;
}

/** `waiting`: for a reading that is under way to end · `proving`: what was sealed is destroyed and looked for. */
export type ForgetProgress =
  | { readonly step: "waiting"; readonly resource: string }
  | { readonly step: "proving" }
  | { readonly step: "records" }
  | { readonly step: "events"; readonly seen: number };

/** As the service's: what a killed command held is free again after this. */
const LEASE_TTL_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** What `forget` would erase. Changes nothing. */
export async function surveyPatient(base: Forgetting, of: PatientOf, run: ForgetRun): Promise<Forgotten> {
  run.onProgress?.({ step: "records" });
  const records = await findRecords(base, of, run.signal);
  const erasure = createDeliveryErasure(base.redis, base.keys, base.keyring);
  const tally = createTally();
  const endpoints = await base.endpoints.ids();
  for (const under of await namesOf(base, of)) {
    for (const id of endpoints)
      for await (const left of findLeftDeliveries(base, under, { ...of, records }, id, run.signal))
        tally.addDeliveries(id, await erasure.count(id, left));
    for await (const batch of findEvents(base, under, run.signal)) {
      tally.addEvents(batch.seen, batch.ofPatient.length, batch.unreadable);
      run.onProgress?.({ step: "events", seen: tally.seen() });
      for (const id of endpoints) tally.addDeliveries(id, await erasure.count(id, batch.ofPatient));
    }
  }
  const before = await base.tombstones.find(of.account, of.patientId);
  return toForgotten(of, before?.forgottenAt, records, tally);
}

/**
 * Erases a patient, and sees to it that they do not come back. Beside a running service: nothing of the account is read
 * while what is remembered changes, and that changes in one step. It may be killed at any time and begun again: what is left
 * to do is found again, and what was done stays done. What it was sealed with is destroyed last: until then it can be told
 * whose a thing is. @throws SetupError the erasure key cannot be written: nothing was changed
 */
export async function forgetPatient(
  base: Forgetting,
  caller: Caller,
  of: PatientOf,
  run: ForgetRun,
): Promise<Forgotten> {
  const { account, patientId } = of;
  await base.erasureKey?.assertWritable();
  const before = await base.tombstones.find(account, patientId);
  // Before anything changes: who asked for it must be known, however it ends.
  const target = `${account}/${base.tombstones.nameOf(account, patientId)}`;
  await noteChange(base, caller, { action: "patient.forget", target, fields: [] });
  const tally = createTally();
  const pieces: SealedPiece[] = [];
  const names = await namesOf(base, of);
  const onErase = (piece: SealedPiece): void => void pieces.push(piece);
  await eraseLeft(base, of, names, run, tally, onErase);
  const records = await eraseRecords(base, caller, of, run);
  pieces.push(...records.pieces);
  for (const under of names) {
    await eraseVersions(base, under, run, onErase);
    await eraseEvents(base, under, run, tally, onErase);
  }
  run.onProgress?.({ step: "proving" });
  const proof = await proveErased(base, of, { before, pieces }, run.signal);
  return { ...toForgotten(of, before?.forgottenAt, records, tally), proof };
}

/** The patient under each name that the account has and had: what was told before it was renamed stands under the name of then. */
async function namesOf(base: Forgetting, { account, patientId }: PatientOf): Promise<readonly PatientOf[]> {
  const former = (await formerNames(base))(account);
  return [account, ...former].map((name) => ({ account: name, patientId }));
}

/** Nothing of a patient who is known again need have changed in Cliniko: everything is compared with what is known, soon. */
const COMPARED_SOON: NotedReading = new Map<string, readonly ["countedAt" | "walkedAt", number]>([
  [PATIENTS, ["countedAt", 0]],
  ...NAMING_PATIENTS.map((resource) => [resource, ["walkedAt", 1]] as const),
]);

/**
 * Lets a patient be known again: what is read of them from now on is told. What was erased stays erased. It may be killed at any time
 * and begun again. False: nobody had them forgotten.
 */
export async function unforgetPatient(
  base: Pick<Base, "audit" | "erasureKey" | "tombstones">,
  caller: Caller,
  { account, patientId }: PatientOf,
): Promise<boolean> {
  const { erasureKey, tombstones } = base;
  await erasureKey?.settled();
  if (!(await tombstones.read(account)).has(patientId)) return false;
  // Before anything changes, as when they are forgotten.
  const target = `${account}/${tombstones.nameOf(account, patientId)}`;
  await noteChange(base, caller, { action: "patient.unforget", target, fields: [] });
  return await tombstones.removeTombstone(account, patientId, COMPARED_SOON);
}

/** Everything that is read of the account is held up, so that what was found is still true when it is replaced. */
async function eraseRecords(
  base: Forgetting,
  caller: Caller,
  of: PatientOf,
  run: ForgetRun,
): Promise<PatientRecords> {
  for (;;) {
    const records = await tryToHoldAll(base, of.account, RESOURCE_NAMES, run, [], async (leases, signal) => {
      run.onProgress?.({ step: "records" });
      const found = await findRecords(base, of, signal);
      const erased = await base.tombstones.eraseToTombstone(of.account, {
        leases,
        tombstone: {
          patientId: of.patientId,
          forgottenAt: base.now(),
          by: caller.id,
          ...toPlaces(found.own),
        },
        snapshots: found.masked,
      });
      if (erased === "fenced") return undefined;
      await leaveOut(base, of);
      return found;
    });
    run.signal.throwIfAborted();
    if (records) return records;
  }
}

/** What is noted of how the account is read names records too. */
async function leaveOut({ reading }: Forgetting, { account, patientId }: PatientOf): Promise<void> {
  for (const resource of await goingByPatient({ reading }, account)) {
    const changes = withoutRecord(await reading.read(account, resource), patientId);
    if (Object.keys(changes).length > 0) await reading.update(account, resource, changes);
  }
}

/** Undefined: a lease was lost on the way. */
export async function tryToHoldAll<Result>(
  ...given: Parameters<typeof holdAll<Result>>
): Promise<Result | undefined> {
  try {
    return await holdAll(...given);
  } catch (error) {
    if (toError(error).name === "AbortError") return undefined;
    throw error;
  }
}

/** Takes the leases one by one, always in the same order, so that two who do this never wait for each other. */
async function holdAll<Result>(
  base: Pick<Base, "keys" | "redis">,
  account: string,
  [resource, ...others]: readonly string[],
  run: ForgetRun,
  held: readonly Lease[],
  work: (leases: readonly Lease[], signal: AbortSignal) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  if (resource === undefined) return await work(held, run.signal);
  const leases = createLeases(base.redis, base.keys, LEASE_TTL_MS);
  for (;;) {
    run.signal.throwIfAborted();
    const outcome = await holdLease(
      leases,
      { account, resource },
      LEASE_TTL_MS / 3,
      run.signal,
      async (lease, signal) => ({
        result: await holdAll(base, account, others, { ...run, signal }, [...held, lease], work),
      }),
    );
    if (outcome) return outcome.result;
    run.onProgress?.({ step: "waiting", resource });
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** What other events led to of the patient: they stay, and go without it from now on. */
async function eraseVersions(
  base: Forgetting,
  of: PatientOf,
  { signal }: ForgetRun,
  onErase: (piece: SealedPiece) => void,
): Promise<void> {
  const erasure = createErasure(base.redis, base.keys, base.keyring, base.log);
  for await (const { ofPatient, pieces } of findVersions(base, of, signal)) {
    await erasure.eraseVersions(of.account, ofPatient);
    for (const piece of pieces) onErase(piece);
  }
}

/**
 * The bodies first: from then on no attempt can begin, and none of what was erased can be given to an endpoint. What is
 * still to be cleaned is written down in the same step, for without its body nobody could tell whose an event was.
 */
async function eraseEvents(
  base: Forgetting,
  of: PatientOf,
  run: ForgetRun,
  tally: Tally,
  onErase: (piece: SealedPiece) => void,
): Promise<void> {
  const { account } = of;
  const erasure = createErasure(base.redis, base.keys, base.keyring, base.log);
  const ofDeliveries = createDeliveryErasure(base.redis, base.keys, base.keyring, onErase);
  const clean = async (eventIds: readonly string[]): Promise<void> => {
    if (eventIds.length === 0) return;
    for (const id of await base.endpoints.ids())
      tally.addDeliveries(id, await eraseDeliveries(base, ofDeliveries, id, eventIds));
    await erasure.finish(account, eventIds);
  };
  run.onProgress?.({ step: "events", seen: 0 });
  await clean(await erasure.unfinished(account));
  for await (const batch of findEvents(base, of, run.signal)) {
    const erased = await erasure.eraseBodies(account, batch.ofPatient);
    for (const piece of batch.pieces) onErase(piece);
    tally.addEvents(batch.seen, erased, batch.unreadable);
    await clean(batch.ofPatient);
    run.onProgress?.({ step: "events", seen: tally.seen() });
  }
}

/** What became of events that are not kept any more, as long as it is known whose a record is. */
async function eraseLeft(
  base: Forgetting,
  of: PatientOf,
  names: readonly PatientOf[],
  { signal }: ForgetRun,
  tally: Tally,
  onErase: (piece: SealedPiece) => void,
): Promise<void> {
  const records = await findRecords(base, of, signal);
  const erasure = createDeliveryErasure(base.redis, base.keys, base.keyring, onErase);
  for (const id of await base.endpoints.ids())
    for (const under of names)
      for await (const left of findLeftDeliveries(base, under, { ...of, records }, id, signal))
        tally.addDeliveries(id, await eraseDeliveries(base, erasure, id, left));
}

/** Lets go what stood behind a stopped one. */
export async function eraseDeliveries(
  { now, queues }: Pick<Base, "now" | "queues">,
  erasure: DeliveryErasure,
  endpoint: string,
  eventIds: readonly string[],
): Promise<ErasedDeliveries> {
  const erased = await erasure.erase(endpoint, eventIds, now());
  if (erased.stopped > 0) await queues.wakeDelivery({ endpoint });
  return erased;
}

function toForgotten(
  { account, patientId }: PatientOf,
  forgottenBefore: number | undefined,
  { own, masked, duplicates, unreadable }: PatientRecords,
  tally: Tally,
): Forgotten {
  const { events, deliveries, unreadable: unreadableEvents } = tally.counts();
  return {
    account,
    patientId,
    forgottenBefore,
    records: {
      patient: own.size,
      ...Object.fromEntries([...masked].map(([name, kept]) => [`${resources[name].subject}s`, kept.size])),
    },
    events,
    deliveries,
    duplicates,
    unreadable: { records: unreadable, events: unreadableEvents },
  };
}
