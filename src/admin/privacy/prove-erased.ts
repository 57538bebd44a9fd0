import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { Base } from "../base.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import type { SealedPiece } from "../../store/detection/erasure.ts";
import { isCluster } from "../../store/redis/client.ts";
import { countInFolder, rewriteAppendLog } from "../../store/redis/rewrite-log.ts";
import { formerNames } from "../accounts/former-names.ts";
import { destroyLeaves } from "../../store/sealing/find-erasure-key.ts";
import { BY_ERASURE_KEY, type Tombstone } from "../../store/detection/tombstones.ts";
import type { PatientOf } from "../records/find-patient.ts";

/** What was made sure of after a patient was erased, and what could not be. */
export interface Proof {
  /** Whether what it was sealed with is destroyed: with it, nothing of the patient opens in any copy, however old. */
  readonly key: "destroyed" | "no_erasure_key";
  /** Sealed pieces about the patient that were kept, each tried afterwards with every key that there is. */
  readonly tried: number;
  /** Those that still open: a copy that holds them can be read. */
  readonly opened: number;
  /** The files of our own Redis: written anew without them · not ours to write · why it failed. */
  readonly disk: "rewritten" | "not_ours" | { readonly failed: string };
  /** Of a sample of the pieces, how many still stand in the files of our own Redis. */
  readonly onDisk: number;
}

/** Whether nothing of the patient can be read by anybody any more, wherever it was copied. */
export function isProven({ key, opened }: Proof): boolean {
  return key === "destroyed" && opened === 0;
}

type Proving = Pick<Base, "config" | "erasureKey" | "keyring" | "keys" | "redis" | "tombstones">;

/** Pieces that are looked for in the files, at most: each is looked for in all of them. */
const MOST_LOOKED_FOR = 64;
/** Redis removes its former files a moment after it is done. */
const LOOKS = 20;
const LOOK_AGAIN_MS = 250;

/**
 * Destroys the patient's leaf, writes the files of our own Redis anew, and tries what can still be read. `before` is the
 * tombstone that they had already. @throws SetupError
 */
export async function proveErased(
  base: Proving,
  of: PatientOf,
  { before, pieces }: { readonly before: Tombstone | undefined; readonly pieces: readonly SealedPiece[] },
  signal: AbortSignal,
): Promise<Proof> {
  const key = await destroyLeaf(base, of, before);
  const folder = ownFolder(base);
  const failed = folder === undefined ? undefined : await rewriteAppendLog(base.redis, signal);
  const onDisk = folder === undefined ? 0 : await lookOnDisk(folder, pieces, signal);
  const opened = pieces.filter((piece) => opens(base, piece)).length;
  const disk = failed === undefined ? "rewritten" : { failed };
  return { key, tried: pieces.length, opened, onDisk, disk: folder === undefined ? "not_ours" : disk };
}

/**
 * Under each name that the account had, too. Safe to repeat: each run destroys the same ones. Where Redis has lost what it knew, they may
 * have been known again in between: then the generation after it goes too.
 */
async function destroyLeaf(
  base: Proving,
  { account, patientId }: PatientOf,
  known: Tombstone | undefined,
): Promise<Proof["key"]> {
  const { erasureKey, keys, redis, tombstones } = base;
  if (!erasureKey) return "no_erasure_key";
  const before = await Promise.all(
    (await formerNames(base))(account).map(async (name) =>
      erasureKey.leafAt(name, patientId, await tombstones.generation(name, patientId)),
    ),
  );
  const generation = await tombstones.generation(account, patientId);
  const leaf = erasureKey.leafAt(account, patientId, generation);
  const isUnsure = (known === undefined || known.by === BY_ERASURE_KEY) && erasureKey.isPunctured(leaf);
  const next = isUnsure ? [erasureKey.leafOf(account, patientId)] : [];
  await destroyLeaves(redis, keys, erasureKey, [leaf, ...next, ...before]);
  return "destroyed";
}

/** Where the service's own Redis has its files; undefined: it is somebody else's, and what it keeps where is not known. */
export function ownFolder({ config, redis }: Pick<Base, "config" | "redis">): string | undefined {
  const { dataFolder, redisUrl } = config;
  const socket = resolve(dataFolder, "redis.sock");
  const isOurs = redisUrl === undefined && !isCluster(redis) && resolve(redis.options.path ?? "") === socket;
  return isOurs && existsSync(socket) ? dataFolder : undefined;
}

async function lookOnDisk(
  folder: string,
  pieces: readonly SealedPiece[],
  signal: AbortSignal,
): Promise<number> {
  const every = Math.max(1, Math.ceil(pieces.length / MOST_LOOKED_FOR));
  // What a piece ends with is its tag: no two pieces have one in common.
  const tags = pieces.filter((_, index) => index % every === 0).map(({ sealed }) => sealed.subarray(-16));
  if (tags.length === 0) return 0;
  for (let look = 1; ; look += 1) {
    const found = await countInFolder(folder, tags);
    if (found === 0 || look === LOOKS) return found;
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

function opens({ keyring }: Pick<Base, "keyring">, { beside, context, sealed }: SealedPiece): boolean {
  try {
    keyring.open(sealed, context, beside);
    return true;
  } catch (error) {
    if (error instanceof UnreadableRecordError) return false;
    throw error;
  }
}
