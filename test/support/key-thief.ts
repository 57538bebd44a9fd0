import { createDecipheriv, createHmac, createHash } from "node:crypto";

import type { Config } from "../../src/config/config.ts";
import { readErasureFile } from "../../src/store/sealing/erasure-file.ts";
import { leafSecret } from "../../src/store/sealing/secret-tree.ts";
import type { Loot } from "./thief.ts";

/** As far as a sealed part may lie behind something in clear. */
const FARTHEST_HEAD = 64;

/**
 * What somebody reads who has the loot and every key: wherever a sealed part may begin, it is deciphered without asking whether it
 * was changed or where it stood. `keysFolder`: the erasure key as it is there.
 */
export function openWithAllKeys(loot: readonly Loot[], config: Config, keysFolder: string): Loot[] {
  const tree = readErasureFile(keysFolder)?.tree;
  return loot.flatMap(({ where, bytes }) =>
    config.encryptionKeys.flatMap(({ id, key: secret }) => {
      const key = Buffer.from(secret.reveal(), "base64");
      return placesOf(bytes, id).flatMap((at) => {
        const sealed = bytes.subarray(at);
        const count = sealed.readUInt8() >> 4;
        const from = 1 + id.length;
        const iv = sealed.subarray(from, from + 12);
        const body = sealed.subarray(from + 12 + 8 * count, -16);
        const opening =
          count === 0 ? key : keyOfLeaves(key, iv, sealed.subarray(from + 12, from + 12 + 8 * count), tree);
        return opening ? [{ where, bytes: decipher(opening, iv, body) }] : [];
      });
    }),
  );
}

function placesOf(bytes: Buffer, id: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(id); at > 0 && at <= FARTHEST_HEAD; at = bytes.indexOf(id, at + 1)) {
    const head = bytes.readUInt8(at - 1);
    const least = at - 1 + 1 + id.length + 12 + 8 * (head >> 4) + 16;
    if ((head & 15) === id.length && bytes.length >= least) places.push(at - 1);
  }
  return places;
}

function keyOfLeaves(
  key: Buffer,
  iv: Buffer,
  masked: Buffer,
  tree: Parameters<typeof leafSecret>[0],
): Buffer | undefined {
  const maskKey = createHmac("sha256", key).update("names of leaves").digest();
  const mask = createHash("sha256").update(maskKey).update(iv).digest();
  const names = Buffer.from(masked.map((byte, index) => byte ^ (mask[index] ?? 0)));
  const made = createHmac("sha256", key).update("of patients");
  for (let at = 0; at < names.length; at += 8) {
    const secret = leafSecret(tree, names.subarray(at, at + 8));
    if (!secret) return undefined;
    made.update(secret);
  }
  return made.digest();
}

/** GCM's cipher is CTR, its first block numbered 2. */
function decipher(key: Buffer, iv: Buffer, body: Buffer): Buffer {
  const ctr = createDecipheriv("aes-256-ctr", key, Buffer.concat([iv, Buffer.from([0, 0, 0, 2])]));
  return Buffer.concat([ctr.update(body), ctr.final()]);
}
