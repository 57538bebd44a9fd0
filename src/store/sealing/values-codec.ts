import type { FieldValues } from "../../diff/values.ts";
import type { FieldValue } from "../../resources/field.ts";
import { pack, unpackBytes } from "./packing.ts";

/*
 * Field values in few bytes. First one byte: whether the rest is plain or deflated, whichever is shorter. Then each value:
 * one byte that tells its kind (three high bits) and an argument (five low bits), and what the kind needs. Part of the
 * stored format: never edit what is here, make it another format.
 *
 *   kind      argument                         then
 *   nulls     how many in a row (1 to 31)
 *   boolean   0 or 1
 *   integer   bytes (0 to 6)                   the number, signed
 *   step      bytes (0 to 6)                   signed, what it is more than the integer before: one moment after another
 *   id        bytes (1 to 8)                   the number that the text spells
 *   double                                     8 bytes
 *   utf8      bytes, or 31: told in 4 bytes    the text
 *   utf16     as utf8                          the text, of which some is not Unicode
 */
const PLAIN = 0;
const PACKED = 1;

const NULLS = 0;
const BOOLEAN = 1;
const INTEGER = 2;
const STEP = 3;
const ID = 4;
const DOUBLE = 5;
const UTF8 = 6;
const UTF16 = 7;

const ARGUMENT_BITS = 5;
const MAX_ARGUMENT = 31;
/** 48 bits: what a Buffer reads and writes as one number. */
const MAX_INTEGER_BYTES = 6;
const MAX_FIXED_BYTES = 9;
/** Below this, deflating takes time and saves nothing. */
const MIN_TEXT_TO_PACK = 24;

export function encodeValues(values: FieldValues): Buffer {
  const bytes = Buffer.allocUnsafe(1 + values.reduce<number>((sum, value) => sum + maxBytes(value), 0));
  let at = bytes.writeUInt8(PLAIN);
  let textLength = 0;
  let formerInteger = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    if (value === null) {
      let count = 1;
      while (count < MAX_ARGUMENT && values[index + 1] === null) {
        count += 1;
        index += 1;
      }
      at = writeTag(bytes, at, NULLS, count);
    } else if (typeof value === "boolean") {
      at = writeTag(bytes, at, BOOLEAN, Number(value));
    } else if (typeof value === "number") {
      if (isInteger48(value)) {
        at = writeInteger(bytes, at, value, formerInteger);
        formerInteger = value;
      } else {
        at = bytes.writeDoubleBE(value, writeTag(bytes, at, DOUBLE, 0));
      }
    } else if (isId(value)) {
      at = writeId(bytes, at, value);
    } else {
      at = writeText(bytes, at, value);
      textLength += value.length;
    }
  }
  const plain = bytes.subarray(0, at);
  if (textLength < MIN_TEXT_TO_PACK) return plain;
  const packed = Buffer.concat([Buffer.from([PACKED]), pack(plain.subarray(1))]);
  return packed.length < plain.length ? packed : plain;
}

/** @throws RangeError, or zlib's error, when the bytes are not of `encodeValues`. */
export function decodeValues(encoded: Buffer): FieldValues {
  const form = encoded.readUInt8(0);
  if (form > PACKED) throw new RangeError(`values of an unknown form ${form}`);
  const bytes = form === PACKED ? unpackBytes(encoded.subarray(1)) : encoded.subarray(1);
  const values: FieldValue[] = [];
  let at = 0;
  let formerInteger = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("values end too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = take(1).readUInt8();
    const argument = tag & MAX_ARGUMENT;
    switch (tag >> ARGUMENT_BITS) {
      case NULLS:
        for (let count = 0; count < argument; count += 1) values.push(null);
        break;
      case BOOLEAN:
        values.push(argument === 1);
        break;
      case INTEGER:
        values.push((formerInteger = readInteger(take(argument))));
        break;
      case STEP:
        values.push((formerInteger += readInteger(take(argument))));
        break;
      case ID:
        values.push(BigInt(`0x${take(argument).toString("hex")}`).toString());
        break;
      case DOUBLE:
        values.push(take(8).readDoubleBE());
        break;
      case UTF8:
        values.push(take(argument < MAX_ARGUMENT ? argument : take(4).readUInt32BE()).toString("utf8"));
        break;
      default:
        values.push(take(argument < MAX_ARGUMENT ? argument : take(4).readUInt32BE()).toString("utf16le"));
    }
  }
  return values;
}

function maxBytes(value: FieldValue): number {
  return typeof value === "string" ? MAX_FIXED_BYTES + 3 * value.length : MAX_FIXED_BYTES;
}

function writeTag(bytes: Buffer, at: number, kind: number, argument: number): number {
  return bytes.writeUInt8((kind << ARGUMENT_BITS) | argument, at);
}

function isInteger48(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 47 && !Object.is(value, -0);
}

function writeInteger(bytes: Buffer, at: number, value: number, former: number): number {
  const step = value - former;
  const stepLength = integerLength(step);
  const length = integerLength(value);
  if (stepLength < length) return writeSigned(bytes, writeTag(bytes, at, STEP, stepLength), step, stepLength);
  return writeSigned(bytes, writeTag(bytes, at, INTEGER, length), value, length);
}

/** Bytes of a whole number in two's complement; above `MAX_INTEGER_BYTES` for one that is not written so. */
function integerLength(value: number): number {
  if (value === 0) return 0;
  let length = 1;
  for (let limit = 128; value >= limit || value < -limit; limit *= 256) length += 1;
  return length;
}

function writeSigned(bytes: Buffer, at: number, value: number, length: number): number {
  return length === 0 ? at : bytes.writeIntBE(value, at, length);
}

function readInteger(bytes: Buffer): number {
  return bytes.length === 0 ? 0 : bytes.readIntBE(0, Math.min(bytes.length, MAX_INTEGER_BYTES));
}

/** Up to 19 digits fit eight bytes; a leading zero would be lost. */
function isId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text);
}

function writeId(bytes: Buffer, at: number, id: string): number {
  const from = at + 1;
  bytes.writeBigUInt64BE(BigInt(id), from);
  let zeros = 0;
  while (bytes[from + zeros] === 0) zeros += 1;
  bytes.copyWithin(from, from + zeros, from + 8);
  return writeTag(bytes, at, ID, 8 - zeros) + 8 - zeros;
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const utf8 = Buffer.from(text, "utf8");
  if (utf8.toString("utf8") === text) return writeBytes(bytes, at, UTF8, utf8);
  return writeBytes(bytes, at, UTF16, Buffer.from(text, "utf16le"));
}

function writeBytes(bytes: Buffer, at: number, kind: number, content: Buffer): number {
  const { length } = content;
  const short = length < MAX_ARGUMENT;
  const tagged = writeTag(bytes, at, kind, short ? length : MAX_ARGUMENT);
  const from = short ? tagged : bytes.writeUInt32BE(length, tagged);
  return from + content.copy(bytes, from);
}
