import type { Snapshot } from "../../diff/adopt.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Leaf } from "../sealing/erasure-key.ts";
import { decodeValues, encodeValues } from "../sealing/values-codec.ts";
import { type FieldValues, NOTHING_LEFT } from "../../diff/values.ts";

/**
 * A snapshot at rest: format (1 byte), projection version (1), sequence (4), updatedAt (4, unix seconds, unsigned),
 * fingerprint (16), then the values (values-codec.ts), sealed. All in clear before the values, so that an unchanged
 * record costs no decryption. The seal holds what is in clear too: values under a head that was changed do not open.
 */
const FORMAT = 3;
/** The same layout, its values sealed to their place alone. Still read; what is written anew is written as `FORMAT`. */
const LOOSE_FORMAT = 2;
const HEAD_BYTES = 26;

/** What a snapshot is sealed to. */
export function snapshotContext(account: string, resource: string, id: string): string {
  return `${account}/${resource}/${id}`;
}

/** `leaves`: whom it is about. */
export function encodeSnapshot(
  keyring: Keyring,
  context: string,
  snapshot: Snapshot,
  leaves: readonly Leaf[] = [],
): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt8(snapshot.projectionVersion, 1);
  head.writeUInt32BE(snapshot.sequence, 2);
  head.writeUInt32BE(snapshot.updatedAt, 6);
  head.write(snapshot.fingerprint, 10, "hex");
  return Buffer.concat([head, keyring.seal(encodeValues(snapshot.values()), context, head, leaves)]);
}

/**
 * One of somebody who was forgotten (an older copy of Redis brings it back) is as one that an unknown release took: the next
 * reading is taken over silently. @throws UnreadableRecordError at once for an unknown format, and from `values()` when it
 * cannot be opened.
 */
export function decodeSnapshot(keyring: Keyring, context: string, bytes: Buffer): Snapshot {
  assertFormat(context, bytes);
  return {
    projectionVersion: bytes.readUInt8(1),
    sequence: bytes.readUInt32BE(2),
    updatedAt: bytes.readUInt32BE(6),
    fingerprint: bytes.toString("hex", 10, HEAD_BYTES),
    values: () =>
      keyring.isErased(bytes.subarray(HEAD_BYTES)) ? NOTHING_LEFT : openValues(keyring, context, bytes),
  };
}

/** The bytes of a stored snapshot that are sealed, and what they are sealed to beside their place. */
export function sealedPartOf(bytes: Buffer): {
  readonly sealed: Buffer;
  readonly beside: Buffer | undefined;
} {
  return { sealed: bytes.subarray(HEAD_BYTES), beside: headOf(bytes) };
}

/**
 * The same snapshot sealed with the current key, head and all, and to whom it is about; undefined when it is already.
 * @throws UnreadableRecordError
 */
export function resealSnapshot(
  keyring: Keyring,
  context: string,
  bytes: Buffer,
  leavesOf: (snapshot: Snapshot) => readonly Leaf[] = () => [],
): Buffer | undefined {
  assertFormat(context, bytes);
  const sealed = bytes.subarray(HEAD_BYTES);
  const kept = keyring.leavesIn(sealed);
  const leaves = kept.length > 0 ? kept : leavesOf(decodeSnapshot(keyring, context, bytes));
  if (bytes.readUInt8(0) === FORMAT && keyring.isCurrent(sealed) && leaves.length === kept.length)
    return undefined;
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  head.writeUInt8(FORMAT, 0);
  const opened = keyring.open(sealed, context, headOf(bytes));
  return Buffer.concat([head, keyring.seal(opened, context, head, leaves)]);
}

/** What the values are sealed to besides their place. */
function headOf(bytes: Buffer): Buffer | undefined {
  return bytes.readUInt8(0) === LOOSE_FORMAT ? undefined : bytes.subarray(0, HEAD_BYTES);
}

function assertFormat(context: string, bytes: Buffer): void {
  const format = bytes.length < HEAD_BYTES ? 0 : bytes.readUInt8(0);
  if (format !== FORMAT && format !== LOOSE_FORMAT) {
    throw new UnreadableRecordError(`${context} was not written by this release`);
  }
}

function openValues(keyring: Keyring, context: string, bytes: Buffer): FieldValues {
  const opened = keyring.open(bytes.subarray(HEAD_BYTES), context, headOf(bytes));
  try {
    return decodeValues(opened);
  } catch (error) {
    throw new UnreadableRecordError(`${context} holds no field values`, { cause: error });
  }
}
