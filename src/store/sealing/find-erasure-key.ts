import type { Redis } from "../redis/client.ts";

import type { IdentityKey } from "../../diff/identity.ts";
import { SetupError } from "../../shared/errors.ts";
import type { Keys } from "../redis/keys.ts";
import { erasurePath } from "./erasure-file.ts";
import {
  type ErasureKey,
  type Leaf,
  makeErasureKey,
  openErasureKey,
  readErasureFingerprint,
} from "./erasure-key.ts";

const FIELD = "erasure";
const HELP = "docs/operations.md#the-erasure-key";

export interface FindErasureKey {
  /** Undefined: the operator wants none. */
  readonly folder: string | undefined;
  readonly identityKey: IdentityKey;
  readonly elapsedMs: () => number;
  /** A service makes one for an installation that has none; a command finds what there is. */
  readonly mayMake: boolean;
}

/**
 * The erasure key that this installation's records are sealed with. Undefined: it has none.
 * @throws SetupError it is lost, another one, or not given: what is kept could not be read
 */
export async function findErasureKey(
  redis: Redis,
  keys: Keys,
  { folder, mayMake, ...options }: FindErasureKey,
): Promise<ErasureKey | undefined> {
  const installed = await redis.hget(keys.installation, FIELD);
  if (folder === undefined) {
    if (installed === null) return undefined;
    throw new SetupError(
      `keys_folder is none, but what is kept is sealed with an erasure key: name its folder (${HELP})`,
    );
  }
  const found = readErasureFingerprint(folder);
  if (found === undefined && installed !== null) {
    throw new SetupError(
      `${erasurePath(folder)} is missing, and what is kept cannot be read without it: run this in the folder that the service runs in, or put its copy back; if there is none, begin anew with an empty Redis (${HELP})`,
    );
  }
  if (found === undefined && !mayMake) return undefined;
  const present = found ?? (await makeErasureKey(folder));
  if (mayMake) await redis.hsetnx(keys.installation, FIELD, present);
  const wanted = mayMake ? await redis.hget(keys.installation, FIELD) : installed;
  if (wanted !== null && wanted !== present) {
    throw new SetupError(
      `${erasurePath(folder)} is the erasure key of another installation: put that of this one there, as its other processes have it (${HELP})`,
    );
  }
  return openErasureKey({ folder, ...options });
}

/** Writes down which one is used, where nothing is written. */
export async function keepErasureKey(
  redis: Redis,
  keys: Pick<Keys, "installation">,
  erasureKey: ErasureKey | undefined,
): Promise<void> {
  if (erasureKey) await redis.hsetnx(keys.installation, FIELD, erasureKey.fingerprint);
}

/** Destroys here what another process, with a file of its own, destroyed there. @throws SetupError */
export async function takeOverPunctures(
  redis: Redis,
  keys: Pick<Keys, "punctured">,
  erasureKey: ErasureKey | undefined,
): Promise<void> {
  if (!erasureKey) return;
  erasureKey.refresh();
  const told = (await redis.smembers(keys.punctured)).map(toLeaf);
  const missing = told.filter((leaf) => leaf !== undefined && !erasureKey.isPunctured(leaf));
  if (missing.length > 0) await erasureKey.puncture(missing.filter((leaf) => leaf !== undefined));
}

/** Destroys leaves here, and lets every other process do so. @throws SetupError */
export async function destroyLeaves(
  redis: Redis,
  keys: Pick<Keys, "punctured">,
  erasureKey: ErasureKey,
  leaves: readonly Leaf[],
): Promise<void> {
  await erasureKey.puncture(leaves);
  if (leaves.length > 0) await redis.sadd(keys.punctured, ...leaves.map((leaf) => leaf.toString("hex")));
}

function toLeaf(hex: string): Leaf | undefined {
  return /^[0-9a-f]{16}$/.test(hex) ? Buffer.from(hex, "hex") : undefined;
}
