import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import type { Secret } from "../config/secret.ts";
import { UnreadableRecordError } from "../errors.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals what rests in Redis (AES-256-GCM). Sealed: key id length (1 byte), key id, IV (12), ciphertext, tag (16). */
export interface Keyring {
  /**
   * `context` says what and whose it is (`northside/patients/42`): sealed bytes open in their own place only. `beside` are
   * bytes that rest in clear next to it: changed ones keep it shut.
   */
  seal(plaintext: Buffer, context: string, beside?: Buffer): Buffer;
  /** @throws UnreadableRecordError when the key is not on the ring or the bytes were changed. */
  open(sealed: Buffer, context: string, beside?: Buffer): Buffer;
  /** Whether it is sealed with the key that seals now. */
  isCurrent(sealed: Buffer): boolean;
}

/** The first key seals; all of them open, so that a new key can be put in front while the service runs. */
export function createKeyring(keys: readonly { readonly id: string; readonly key: Secret }[]): Keyring {
  const ring = new Map(keys.map(({ id, key }) => [id, Buffer.from(key.reveal(), "base64")]));
  const [current] = ring;
  if (!current) throw new RangeError("a keyring needs at least one key");
  const [currentId, currentKey] = current;
  const head = Buffer.concat([Buffer.from([currentId.length]), Buffer.from(currentId, "latin1")]);

  return {
    isCurrent: (sealed) => sealed.subarray(0, head.length).equals(head),

    seal(plaintext, context, beside) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", currentKey, iv).setAAD(boundTo(context, beside));
      return Buffer.concat([head, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, context, beside) {
      const idLength = sealed[0] ?? 0;
      const id = sealed.toString("latin1", 1, 1 + idLength);
      const key = ring.get(id);
      if (!key)
        throw new UnreadableRecordError(`${context} is sealed with key "${id}", which is not configured`);
      const body = sealed.subarray(1 + idLength);
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, body.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES, // without it, Node accepts a tag of 4 bytes
        });
        decipher.setAAD(boundTo(context, beside)).setAuthTag(body.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw new UnreadableRecordError(`${context} cannot be opened with key "${id}"`, { cause: error });
      }
    },
  };
}

/** No context holds a zero byte: where it ends is certain. */
function boundTo(context: string, beside: Buffer | undefined): Buffer {
  return beside ? Buffer.concat([Buffer.from(`${context}\0`), beside]) : Buffer.from(context);
}
