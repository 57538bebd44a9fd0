import type { Base } from "../base.ts";
import type { Snapshot } from "../../diff/adopt.ts";
import { patientsInSnapshot, snapshotWithoutPatient, survivorInSnapshot } from "../../diff/forgotten.ts";
import { patientsOf } from "../../diff/patient-links.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import { type SealedPiece, createErasure } from "../../store/detection/erasure.ts";
import type { Place } from "../../store/detection/tombstones.ts";
import { PATIENTS } from "../../resources/field.ts";
import {
  NAMING_PATIENTS,
  type ResourceName,
  goesByPatient,
  isResourceName,
  resources,
  withoutIds,
} from "../../resources/registry.ts";

type Kept = Pick<Base, "identityKey" | "keyring" | "keys" | "log" | "reading" | "redis" | "store">;

export interface PatientOf {
  readonly account: string;
  readonly patientId: string;
}

/** What is remembered of a patient, and what is to stay of it. */
export interface PatientRecords {
  /** By resource: the patient's own, and others that go by the same number. */
  readonly own: ReadonlyMap<ResourceName, Place>;
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
  const own = new Map<ResourceName, Place>();
  for (const resource of await goingByPatient(base, account)) {
    const place = await findPlace(base, account, resource, patientId);
    if (place) own.set(resource, place);
  }
  for (const resource of NAMING_PATIENTS) {
    const found = new Map<string, Snapshot>();
    for await (const batch of erasure.snapshots(account, resource)) {
      signal.throwIfAborted();
      for (const { id, piece, snapshot } of batch) {
        if (id === patientId && own.has(resource)) {
          pieces.push(piece);
          continue;
        }
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
  return { own, masked, duplicates, unreadable, pieces };
}

/** Resources whose records go by a patient's number in this account: the patients, and what it serves without ids. */
export async function goingByPatient(
  { reading }: Pick<Kept, "reading">,
  account: string,
): Promise<readonly ResourceName[]> {
  const found: ResourceName[] = [PATIENTS];
  for (const name of NAMING_PATIENTS) {
    const bare = withoutIds(resources[name]);
    if (bare && goesByPatient(bare) && (await reading.read(account, name)).isBare) found.push(name);
  }
  return found;
}

/** Of one that another release wrote nothing is known: it goes all the same. Undefined: there is none. */
async function findPlace(
  { store }: Pick<Kept, "store">,
  account: string,
  resource: ResourceName,
  patientId: string,
): Promise<Place | undefined> {
  try {
    const known = (await store.loadSnapshots(account, resource, [patientId])).get(patientId);
    return known && { sequence: known.sequence, fingerprint: known.fingerprint };
  } catch (error) {
    if (error instanceof UnreadableRecordError) return {};
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
