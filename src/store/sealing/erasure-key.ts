import { createHash, createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { IdentityKey } from "../../diff/identity.ts";
import { SetupError } from "../../shared/errors.ts";
import {
  changeErasureFile,
  erasurePath,
  erasureStamp,
  newErasureState,
  readErasureFile,
  tryErasureFolder,
} from "./erasure-file.ts";
import {
  LEAF_NAME_BYTES,
  type SecretTree,
  hasPunctures,
  intersect,
  isPunctured,
  leafSecret,
  puncture,
} from "./secret-tree.ts";

/** Names a leaf of the erasure key: eight bytes. */
export type Leaf = Buffer;

/** What a keyring needs of an erasure key. */
export interface Leaves {
  /** The leaf that what is about a patient is sealed with: of the first generation that is not destroyed. */
  leafOf(account: string, patientId: string): Leaf;
  /** Undefined: it was destroyed. */
  secretOf(leaf: Leaf): Buffer | undefined;
  isPunctured(leaf: Leaf): boolean;
  /** Another one after every change: what was derived before must not be used any more. */
  state(): object;
}

/**
 * A small secret outside Redis, in a file of its own, without which nothing that is about a patient can be opened. What it held
 * for one patient can be destroyed: then no copy of Redis can be opened for them, however old it is. The file says nothing
 * without the encryption keys. See docs/decisions/0026-erasure-key.md.
 */
export interface ErasureKey extends Leaves {
  readonly path: string;
  /** Which one it is; tells nothing of the key. */
  readonly fingerprint: string;
  /** Whether anything was ever destroyed. */
  hasPunctures(): boolean;
  /** The leaf of one generation, from 0: each `--undo` begins another. */
  leafAt(account: string, patientId: string, generation: number): Leaf;
  /** The first generation that is not destroyed. */
  generationOf(account: string, patientId: string): number;
  /** Destroys leaves, in the file and here. It is on disk when this resolves. @throws SetupError nothing was destroyed */
  puncture(leaves: readonly Leaf[]): Promise<void>;
  /** That leaves can be destroyed now. @throws SetupError */
  assertWritable(): Promise<void>;
  /** Takes over what another process destroyed; done by itself within a second of use. */
  refresh(): void;
  /**
   * Resolves when what is destroyed by now is known to every process: until then one may seal with a leaf that is gone, and
   * nobody would open that again.
   */
  settled(): Promise<void>;
}

export interface ErasureKeyOptions {
  readonly folder: string;
  readonly identityKey: IdentityKey;
  /** Monotonic. */
  readonly elapsedMs: () => number;
}

const LOOK_EVERY_MS = 1_000;
/** As much too early may a timer be. */
const TIMER_MS = 50;

/** Makes one where there is none. Resolves to its fingerprint. @throws SetupError */
export async function makeErasureKey(folder: string): Promise<string> {
  const { id } = await changeErasureFile(folder, (present) => present ?? newErasureState());
  return fingerprintOf(id);
}

/** Undefined: there is none. @throws SetupError */
export function readErasureFingerprint(folder: string): string | undefined {
  const found = readErasureFile(folder);
  return found && fingerprintOf(found.id);
}

/** One that is there. @throws SetupError */
export function openErasureKey({ folder, identityKey, elapsedMs }: ErasureKeyOptions): ErasureKey {
  const path = erasurePath(folder);
  let stamp = erasureStamp(folder);
  const read = readErasureFile(folder);
  if (!read) throw new SetupError(`${path} is gone: put its copy back`);
  const { id } = read;
  let held: { readonly tree: SecretTree } = read;
  let lookedAt = elapsedMs();

  const refresh = (): void => {
    lookedAt = elapsedMs();
    try {
      const now = erasureStamp(folder);
      if (now === undefined || now === stamp) return;
      const found = readErasureFile(folder);
      if (!found?.id.equals(id)) return;
      stamp = now;
      held = { tree: intersect(held.tree, found.tree) };
    } catch {
      // A file that cannot be read for the moment destroys nothing; whoever has to write it will say what is wrong.
    }
  };
  const current = (): SecretTree => {
    if (elapsedMs() - lookedAt >= LOOK_EVERY_MS) refresh();
    return held.tree;
  };
  const leafAt = (account: string, patientId: string, generation: number): Leaf =>
    createHmac("sha256", identityKey)
      .update(`leaf\npatient\n${account}\n${patientId}\n${generation}`)
      .digest()
      .subarray(0, LEAF_NAME_BYTES);
  const generationOf = (account: string, patientId: string): number => {
    const tree = current();
    let generation = 0;
    if (!hasPunctures(tree)) return generation;
    while (isPunctured(tree, leafAt(account, patientId, generation))) generation += 1;
    return generation;
  };

  return {
    path,
    fingerprint: fingerprintOf(id),
    hasPunctures: () => hasPunctures(current()),
    leafAt,
    generationOf,
    leafOf: (account, patientId) => leafAt(account, patientId, generationOf(account, patientId)),
    secretOf: (leaf) => leafSecret(current(), leaf),
    isPunctured: (leaf) => isPunctured(current(), leaf),
    state() {
      current();
      return held;
    },
    refresh,
    async settled() {
      refresh();
      if (hasPunctures(held.tree)) await delay(LOOK_EVERY_MS + TIMER_MS);
    },
    assertWritable: async () => await tryErasureFolder(folder),
    async puncture(leaves) {
      refresh();
      if (leaves.every((leaf) => isPunctured(held.tree, leaf))) return;
      const { tree } = await changeErasureFile(folder, (present) => {
        if (!present?.id.equals(id)) throw new SetupError(`${path} is not there any more: put its copy back`);
        const common = intersect(present.tree, held.tree);
        return { id, tree: leaves.reduce((left, leaf) => puncture(left, leaf), common) };
      });
      held = { tree };
      stamp = erasureStamp(folder);
    },
  };
}

function fingerprintOf(id: Buffer): string {
  return createHash("sha256").update("erasure key\n").update(id).digest("hex").slice(0, 16);
}
