import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from "node:crypto";

import type { Secret } from "../../config/secret.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../shared/errors.ts";
import type { Leaf, Leaves } from "./erasure-key.ts";
import { LEAF_NAME_BYTES } from "./secret-tree.ts";

const KEY_BYTES = 32;
const IV_BYTES = 12;
const IVS_AT_ONCE = 256;
const TAG_BYTES = 16;
/** Of the first byte: the rest says of how many patients it is. */
const ID_LENGTH_BITS = 4;
/** As many as one hash can mask. */
const MAX_LEAVES = 4;
/** Keys of so many patients are kept at hand. */
const MAX_DERIVED = 4_096;

/**
 * Seals what rests in Redis (AES-256-GCM). Sealed: number of leaves (4 bits) and key id length (4 bits), key id, IV (12), masked
 * names of the leaves (8 each), ciphertext, tag (16). What is about patients is sealed with a key made of the encryption key and
 * of their leaves of the erasure key: without one of these nobody opens it again.
 */
export interface Keyring {
  /**
   * `context` says what and whose it is (`northside/patients/42`): sealed bytes open in their own place only. `beside` are
   * bytes that rest in clear next to it: changed ones keep it shut. `leaves`: whom it is about; what is about somebody who was
   * forgotten is sealed so that nobody opens it.
   */
  seal(plaintext: Buffer, context: string, beside?: Buffer, leaves?: readonly Leaf[]): Buffer;
  /**
   * @throws UnreadableRecordError when the key is not on the ring or the bytes were changed
   * @throws ErasedRecordError when it is about somebody who was forgotten
   */
  open(sealed: Buffer, context: string, beside?: Buffer): Buffer;
  /** Whether it is sealed with the key that seals now. */
  isCurrent(sealed: Buffer): boolean;
  /** What is to be sealed with for these patients; nothing where there is no erasure key. */
  leavesOf(account: string, patientIds: readonly string[]): readonly Leaf[];
  /** What it was sealed with. */
  leavesIn(sealed: Buffer): readonly Leaf[];
  /** Whether it is about somebody who was forgotten. */
  isErased(sealed: Buffer): boolean;
}

interface RingKey {
  readonly id: string;
  readonly key: Buffer;
  /** Hides which leaves a sealed record names: the database must not tell which of them are about one patient. */
  readonly maskKey: Buffer;
}

/**
 * The first key seals; all of them open, so that a new key can be put in front while the service runs. Without `erasure`
 * everything is sealed with the key alone.
 */
export function createKeyring(
  keys: readonly { readonly id: string; readonly key: Secret }[],
  erasure?: Leaves,
): Keyring {
  const ring = new Map(keys.map(({ id, key }) => [id, toRingKey(id, Buffer.from(key.reveal(), "base64"))]));
  const [current] = ring.values();
  if (!current) throw new RangeError("a keyring needs at least one key");
  const keyFor = createDerivation(erasure);
  const nextIv = createIvs();
  const { id: currentId } = current;

  return {
    isCurrent: (sealed) => {
      const { id } = readHead(sealed);
      return id === currentId;
    },
    leavesOf: (account, patientIds) =>
      erasure ? patientIds.slice(0, MAX_LEAVES).map((patientId) => erasure.leafOf(account, patientId)) : [],
    leavesIn: (sealed) => leavesIn(ring, sealed),
    isErased: (sealed) =>
      erasure !== undefined && leavesIn(ring, sealed).some((leaf) => erasure.isPunctured(leaf)),

    seal(plaintext, context, beside, leaves = []) {
      const iv = nextIv();
      // Of somebody who was forgotten in this moment: with a key that nobody has.
      const key = keyFor(current, leaves) ?? randomBytes(KEY_BYTES);
      const head = Buffer.from([(leaves.length << ID_LENGTH_BITS) | currentId.length]);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(boundTo(context, beside));
      const named = leaves.length > 0 ? [masked(current, iv, Buffer.concat(leaves))] : [];
      const content = [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat([head, Buffer.from(currentId, "latin1"), iv, ...named, ...content]);
    },

    open(sealed, context, beside) {
      const { id, leaves: count, from } = readHead(sealed);
      const found = ring.get(id);
      if (!found)
        throw new UnreadableRecordError(`${context} is sealed with key "${id}", which is not configured`);
      if (count > 0 && !erasure)
        throw new UnreadableRecordError(`${context} is sealed with an erasure key, and none is configured`);
      const body = sealed.subarray(from);
      const key = keyFor(found, leavesIn(ring, sealed));
      if (!key) throw new ErasedRecordError(`${context} is of somebody who was forgotten`);
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES, // without it, Node accepts a tag of 4 bytes
        });
        decipher.setAAD(boundTo(context, beside)).setAuthTag(body.subarray(-TAG_BYTES));
        const content = body.subarray(IV_BYTES + count * LEAF_NAME_BYTES, -TAG_BYTES);
        const plain = decipher.update(content);
        // Of this cipher nothing is left for the end but the verdict on the tag.
        decipher.final();
        return plain;
      } catch (error) {
        throw new UnreadableRecordError(`${context} cannot be opened with key "${id}"`, { cause: error });
      }
    },
  };
}

/** Random bytes for one seal each: drawn many at a time, which costs hardly more than one at a time. */
function createIvs(): () => Buffer {
  let drawn = Buffer.alloc(0);
  return () => {
    if (drawn.length === 0) drawn = randomBytes(IVS_AT_ONCE * IV_BYTES);
    const iv = drawn.subarray(0, IV_BYTES);
    drawn = drawn.subarray(IV_BYTES);
    return iv;
  };
}

function toRingKey(id: string, key: Buffer): RingKey {
  return { id, key, maskKey: createHmac("sha256", key).update("names of leaves").digest() };
}

/** The key that opens; undefined: a leaf was destroyed. What was derived is forgotten as soon as anything is destroyed. */
function createDerivation(
  erasure: Leaves | undefined,
): (ringKey: RingKey, leaves: readonly Leaf[]) => Buffer | undefined {
  const derived = new Map<string, Buffer>();
  let of: object | undefined;
  return ({ id, key }, leaves) => {
    if (leaves.length === 0) return key;
    const state = erasure?.state();
    if (state !== of || derived.size >= MAX_DERIVED) derived.clear();
    of = state;
    const name = `${id} ${Buffer.concat(leaves).toString("latin1")}`;
    const kept = derived.get(name);
    if (kept) return kept;
    const made = createHmac("sha256", key).update("of patients");
    for (const leaf of leaves) {
      const secret = erasure?.secretOf(leaf);
      if (!secret) return undefined;
      made.update(secret);
    }
    const wanted = made.digest();
    derived.set(name, wanted);
    return wanted;
  };
}

function readHead(sealed: Buffer): { readonly id: string; readonly leaves: number; readonly from: number } {
  const first = sealed[0] ?? 0;
  const from = 1 + (first & (2 ** ID_LENGTH_BITS - 1));
  return { id: sealed.toString("latin1", 1, from), leaves: first >> ID_LENGTH_BITS, from };
}

function leavesIn(ring: ReadonlyMap<string, RingKey>, sealed: Buffer): readonly Leaf[] {
  const { id, leaves: count, from } = readHead(sealed);
  if (count === 0) return [];
  const found = ring.get(id);
  const at = from + IV_BYTES;
  if (!found || count > MAX_LEAVES || sealed.length < at + count * LEAF_NAME_BYTES) return [];
  const names = masked(found, sealed.subarray(from, at), sealed.subarray(at, at + count * LEAF_NAME_BYTES));
  return Array.from({ length: count }, (_, index) =>
    names.subarray(index * LEAF_NAME_BYTES, (index + 1) * LEAF_NAME_BYTES),
  );
}

/** The same both ways. */
function masked({ maskKey }: RingKey, iv: Buffer, names: Buffer): Buffer {
  const bytes = hash("sha256", Buffer.concat([maskKey, iv]), "buffer");
  for (let at = 0; at < names.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (names[at] ?? 0);
  return bytes.subarray(0, names.length);
}

/** No context holds a zero byte: where it ends is certain. */
function boundTo(context: string, beside: Buffer | undefined): Buffer {
  return beside ? Buffer.concat([Buffer.from(`${context}\0`), beside]) : Buffer.from(context);
}
