import { expect, test } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import { createKeyring } from "../../../src/store/sealing/keyring.ts";
import { keyringOf } from "../../support/stored-things.ts";

const PLAIN = Buffer.from("Ada Quill, left knee");
const CONTEXT = "northside/patients/42";

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

test("what was sealed opens in its own place, and cannot be read in between", () => {
  const ring = keyringOf("k1");
  const sealed = ring.seal(PLAIN, CONTEXT);

  expect(ring.open(sealed, CONTEXT)).toEqual(PLAIN);
  expect(sealed.includes("Ada")).toBe(false);
  expect(sealed).toHaveLength(1 + "k1".length + 12 + PLAIN.length + 16);
});

test("nothing at all can be sealed too", () => {
  const ring = keyringOf("k1");

  expect(ring.open(ring.seal(Buffer.alloc(0), CONTEXT), CONTEXT)).toHaveLength(0);
});

test("the same thing is never sealed the same way twice", () => {
  const ring = keyringOf("k1");

  expect(ring.seal(PLAIN, CONTEXT)).not.toEqual(ring.seal(PLAIN, CONTEXT));
});

test.each([
  ["key id", 1, 2],
  ["nonce", 3, 12],
  ["ciphertext", 15, PLAIN.length],
  ["tag", 15 + PLAIN.length, 16],
])("a changed bit anywhere in the %s is found", (_region, from, length) => {
  const ring = keyringOf("k1");
  const sealed = ring.seal(PLAIN, CONTEXT);
  const places = Array.from({ length }, (_, index) => from + index);

  for (const at of places) {
    expect(() => ring.open(flipped(sealed, at), CONTEXT)).toThrow(UnreadableRecordError);
  }
  expect(places.at(-1)).toBeLessThan(sealed.length);
});

test("sealed bytes that were cut short, at any length, or grew do not open", () => {
  const ring = keyringOf("k1");
  const sealed = ring.seal(PLAIN, CONTEXT);

  for (let length = 0; length < sealed.length; length++) {
    expect(() => ring.open(sealed.subarray(0, length), CONTEXT)).toThrow(UnreadableRecordError);
  }
  expect(() => ring.open(Buffer.concat([sealed, Buffer.alloc(1)]), CONTEXT)).toThrow(UnreadableRecordError);
});

test("a short tag is refused as such, not tried", () => {
  const ring = keyringOf("k1");
  const short = Buffer.concat([ring.seal(PLAIN, CONTEXT).subarray(0, 3), Buffer.alloc(12)]);
  let cause: unknown;
  try {
    ring.open(short, CONTEXT);
  } catch (error) {
    cause = (error as Error).cause;
  }

  expect(cause).toMatchObject({ code: "ERR_CRYPTO_INVALID_AUTH_TAG" });
});

test.each(["northside/patients/43", "southbank/patients/42", "northside/patients/42 ", ""])(
  "what was sealed for one place does not open in %j",
  (context) => {
    const ring = keyringOf("k1");

    expect(() => ring.open(ring.seal(PLAIN, CONTEXT), context)).toThrow(
      new UnreadableRecordError(`${context} cannot be opened with key "k1"`),
    );
  },
);

test("after a new key was put in front, it seals and the old one still opens", () => {
  const old = keyringOf("k1");
  const rotated = keyringOf("k2", "k1");
  const before = old.seal(PLAIN, CONTEXT);
  const after = rotated.seal(PLAIN, CONTEXT);

  expect(rotated.open(before, CONTEXT)).toEqual(PLAIN);
  expect(keyringOf("k2").open(after, CONTEXT)).toEqual(PLAIN);
});

test("a key that is not on the ring is named", () => {
  const sealed = keyringOf("k1").seal(PLAIN, CONTEXT);

  expect(() => keyringOf("k2", "k3").open(sealed, CONTEXT)).toThrow(
    new UnreadableRecordError('northside/patients/42 is sealed with key "k1", which is not configured'),
  );
});

test("another key under the same id does not open it", () => {
  const other = createKeyring([{ id: "k1", key: new Secret(Buffer.alloc(32, 1).toString("base64")) }]);

  expect(() => other.open(keyringOf("k1").seal(PLAIN, CONTEXT), CONTEXT)).toThrow(UnreadableRecordError);
});

test("what is unreadable says so for good: it is no use to try again", () => {
  const error = new UnreadableRecordError("x");

  expect(error).toMatchObject({ code: "record_unreadable", retryable: false, name: "UnreadableRecordError" });
});

test("a ring without keys is refused", () => {
  expect(() => keyringOf()).toThrow(RangeError);
});
