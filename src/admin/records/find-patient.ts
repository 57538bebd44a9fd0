import type { Base } from "../base.ts";
import type { Snapshot } from "../../diff/adopt.ts";
import { patientsInSnapshot, snapshotWithoutPatient, survivorInSnapshot } from "../../diff/forgotten.ts";
import { patientsOf } from "../../diff/patient-links.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import { type SealedPiece, createErasure } from "../../store/detection/erasure.ts";
import { PATIENTS } from "../../resources/field.ts";
import { NAMING_PATIENTS, type ResourceName, isResourceName, resources } from "../../resources/registry.ts";

type Kept = Pick<Base, "identityKey" | "keyring" | "keys" | "log" | "redis" | "store">;

export interface PatientOf {
  readonly account: string;
  readonly patientId: string;
}

/** What is remembered of a patient, and what is to stay of it. */
export interface PatientRecords {
  /** The patient's own. */
  readonly patient: Snapshot | undefined;
  /** By resource: the records that name the patient, as they are to be kept. */
  readonly masked: ReadonlyMap<ResourceName, ReadonlyMap<string, Snapshot>>;
  /** Other patients' records that were merged into this one: of the same person, by the clinic's own word. */
  readonly duplicates: readonly string[];
  /** Records that cannot be read: they may name the patient. */
  readonly unreadable: number;
  /** What all of it rests as. */
  readonly pieces: readonly SealedPiece[];
}

/** Looks through all that is remembered of an account: there is no index of who is whose. */
export async function findRecords(
  base: Kept,
  { account, patientId }: PatientOf,
  signal: AbortSignal,
): Promise<PatientRecords> {
  const erasure = createErasure(base.redis, base.keys, base.keyring, base.log);
  const masked = new Map<ResourceName, ReadonlyMap<string, Snapshot>>();
  const duplicates: string[] = [];
  const pieces: SealedPiece[] = [];
  let unreadable = 0;
  for (const resource of NAMING_PATIENTS) {
    const found = new Map<string, Snapshot>();
    for await (const batch of erasure.snapshots(account, resource)) {
      signal.throwIfAborted();
      for (const { id, piece, snapshot } of batch) {
        // Of somebody who was forgotten before: an older copy of Redis brought it back, and the next reading takes it over.
        if (base.keyring.isErased(piece.sealed)) continue;
        const kept = tryRead(() => maskedIf(base, resource, read(snapshot), patientId));
        if (kept === "unreadable") unreadable += 1;
        else if (kept) {
          found.set(id, kept);
          pieces.push(piece);
        }
      }
    }
    masked.set(resource, found);
  }
  for await (const batch of erasure.snapshots(account, PATIENTS)) {
    signal.throwIfAborted();
    for (const { id, piece, snapshot } of batch) {
      if (id === patientId) pieces.push(piece);
      const survivor = tryRead(() => survivorInSnapshot(resources[PATIENTS], read(snapshot)));
      if (survivor === patientId && id !== patientId) duplicates.push(id);
    }
  }
  return { patient: await findPatient(base, account, patientId), masked, duplicates, unreadable, pieces };
}

/** One that another release wrote is as good as unknown: it goes all the same. */
async function findPatient(
  { store }: Pick<Kept, "store">,
  account: string,
  patientId: string,
): Promise<Snapshot | undefined> {
  try {
    return (await store.loadSnapshots(account, PATIENTS, [patientId])).get(patientId);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}

function maskedIf(
  { identityKey }: Kept,
  resource: ResourceName,
  snapshot: Snapshot,
  patientId: string,
): Snapshot | "unreadable" | undefined {
  const named = patientsInSnapshot(resources[resource], snapshot);
  if (named === "unknown_version") return "unreadable";
  if (!named.includes(patientId)) return undefined;
  const kept = snapshotWithoutPatient(identityKey, resources[resource], snapshot);
  return kept === "unknown_version" ? "unreadable" : kept;
}

function read(snapshot: Snapshot | UnreadableRecordError): Snapshot {
  if (snapshot instanceof UnreadableRecordError) throw snapshot;
  return snapshot;
}

function tryRead<Value>(look: () => Value): Value | "unreadable" {
  try {
    return look();
  } catch (error) {
    if (error instanceof UnreadableRecordError) return "unreadable";
    throw error;
  }
}

/** A batch of what events led to, and of it what is the patient's. */
export interface SeenVersions {
  readonly ofPatient: readonly string[];
  readonly pieces: readonly SealedPiece[];
}

/**
 * Looks through every record that some event led to. What cannot be read goes as well: it may be about the patient, and the
 * events stay without it.
 */
export async function* findVersions(
  base: Kept,
  { account, patientId }: PatientOf,
  signal: AbortSignal,
): AsyncGenerator<SeenVersions> {
  const erasure = createErasure(base.redis, base.keys, base.keyring, base.log);
  for await (const batch of erasure.versions(account)) {
    signal.throwIfAborted();
    const found = batch.filter(({ id, piece, resource, snapshot }) => {
      if (base.keyring.isErased(piece.sealed)) return true;
      if (resource === PATIENTS) return id === patientId;
      if (!isResourceName(resource) || resources[resource].patientLinks.length === 0) return false;
      const named = tryRead(() => patientsInSnapshot(resources[resource], read(snapshot)));
      return typeof named === "string" || named.includes(patientId);
    });
    yield { ofPatient: found.map(({ version }) => version), pieces: found.map(({ piece }) => piece) };
  }
}

/** A batch of event bodies that was looked at. */
export interface SeenEvents {
  readonly seen: number;
  /** Those that tell of the patient, or of somebody whose forgetting was interrupted. */
  readonly ofPatient: readonly string[];
  /** What these rest as. */
  readonly pieces: readonly SealedPiece[];
  /** Those that cannot be read: they may tell of the patient. */
  readonly unreadable: number;
}

/** Looks through every body that is kept, those beside the log too. */
export async function* findEvents(
  base: Kept,
  { account, patientId }: PatientOf,
  signal: AbortSignal,
): AsyncGenerator<SeenEvents> {
  const erasure = createErasure(base.redis, base.keys, base.keyring, base.log);
  for await (const batch of erasure.events(account)) {
    signal.throwIfAborted();
    const found = batch.filter(({ event }) =>
      event instanceof UnreadableRecordError
        ? event instanceof ErasedRecordError
        : patientsOf(event).includes(patientId),
    );
    const unreadable = batch.filter(
      ({ event }) => event instanceof UnreadableRecordError && !(event instanceof ErasedRecordError),
    ).length;
    yield {
      seen: batch.length,
      ofPatient: found.map(({ eventId }) => eventId),
      pieces: found.map(({ piece }) => piece),
      unreadable,
    };
  }
}
