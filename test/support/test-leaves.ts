import { createHash, createHmac, randomBytes } from "node:crypto";

import { Secret } from "../../src/config/secret.ts";
import { type Keyring, createKeyring } from "../../src/store/sealing/keyring.ts";
import type { Leaf, Leaves } from "../../src/store/sealing/erasure-key.ts";
import { type SecretTree, isPunctured, leafSecret, puncture } from "../../src/store/sealing/secret-tree.ts";

export interface TestLeaves extends Leaves {
  destroy(account: string, patientId: string): void;
}

/** The real tree, in no file. */
export function testLeaves(): TestLeaves {
  let held: { readonly tree: SecretTree } = { tree: randomBytes(32) };
  const leafOf = (account: string, patientId: string): Leaf => {
    for (let generation = 0; ; generation += 1) {
      const leaf = createHmac("sha256", "test").update(`${account}/${patientId}/${generation}`).digest();
      const name = leaf.subarray(0, 8);
      if (!isPunctured(held.tree, name)) return name;
    }
  };
  return {
    leafOf,
    secretOf: (leaf) => leafSecret(held.tree, leaf),
    isPunctured: (leaf) => isPunctured(held.tree, leaf),
    state: () => held,
    destroy(account, patientId) {
      held = { tree: puncture(held.tree, leafOf(account, patientId)) };
    },
  };
}

/** As keyringOf, with an erasure key. */
export function ringWith(leaves: Leaves, ...ids: readonly string[]): Keyring {
  return createKeyring(
    ids.map((id) => ({ id, key: new Secret(createHash("sha256").update(id).digest("base64")) })),
    leaves,
  );
}
