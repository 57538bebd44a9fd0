import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import { type Attempt, attemptSchema } from "./delivery.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Leaf } from "../sealing/erasure-key.ts";
import { pack, unpack } from "../sealing/packing.ts";

export function attemptsContext(endpoint: string, eventId: string): string {
  return `endpoints/${endpoint}/attempts/${eventId}`;
}

/** `leaves`: whom the event tells of; nobody for attempts without words. */
export function sealAttempts(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  attempts: readonly Attempt[],
  leaves: readonly Leaf[] = [],
): Buffer {
  const plain = packAttempts(JSON.stringify(attempts));
  return keyring.seal(plain, attemptsContext(endpoint, eventId), undefined, leaves);
}

/** Fail direction: a log that cannot be opened is begun anew, for the delivery is worth more than its history. */
export function openOrForget(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  sealed: Buffer,
): readonly Attempt[] {
  try {
    return openAttempts(keyring, endpoint, eventId, sealed);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return [];
    throw error;
  }
}

/** @throws UnreadableRecordError */
export function openAttempts(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  sealed: Buffer,
): readonly Attempt[] {
  const context = attemptsContext(endpoint, eventId);
  const opened = keyring.open(sealed, context);
  try {
    return z.array(attemptSchema).parse(JSON.parse(unpackAttempts(opened)));
  } catch (error) {
    throw new UnreadableRecordError(`${context} is not an attempt log`, { cause: error });
  }
}

/** Deflating less than this saves a few bytes, and costs more time than all else that is written of a delivery. */
const WORTH_PACKING = 256;
const PACKED = Buffer.from("z");

/** JSON of a list, or, after a letter that such does not begin with, the same deflated. */
function packAttempts(json: string): Buffer {
  return json.length < WORTH_PACKING ? Buffer.from(json) : Buffer.concat([PACKED, pack(json)]);
}

function unpackAttempts(bytes: Buffer): string {
  return bytes[0] === PACKED[0] ? unpack(bytes.subarray(1)) : bytes.toString();
}
