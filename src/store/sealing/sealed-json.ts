import type { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Keyring } from "./keyring.ts";
import type { Leaf } from "./erasure-key.ts";
import { pack, unpack } from "./packing.ts";

/** A value as it rests: JSON, deflated, sealed to its place, and to whom it is about. */
export function sealJson(
  keyring: Keyring,
  value: unknown,
  context: string,
  leaves: readonly Leaf[] = [],
): Buffer {
  return keyring.seal(pack(JSON.stringify(value)), context, undefined, leaves);
}

/** @throws UnreadableRecordError saying `fault` when it opens and is not of the shape */
export function openJson<Value>(
  keyring: Keyring,
  sealed: Buffer,
  context: string,
  schema: z.ZodType<Value>,
  fault: string,
): Value {
  const opened = keyring.open(sealed, context);
  try {
    return schema.parse(JSON.parse(unpack(opened)));
  } catch (error) {
    throw new UnreadableRecordError(fault, { cause: error });
  }
}
