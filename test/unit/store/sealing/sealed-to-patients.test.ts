import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { namedValues, valuesBeyond } from "../../../../src/diff/values.ts";
import { ErasedRecordError, UnreadableRecordError } from "../../../../src/shared/errors.ts";
import { decodeSnapshot, encodeSnapshot } from "../../../../src/store/detection/snapshot-codec.ts";
import type { Keyring } from "../../../../src/store/sealing/keyring.ts";
import { type TestLeaves, ringWith, testLeaves } from "../../../support/test-leaves.ts";
import { keyringOf, snapshotOf } from "../../../support/stored-things.ts";

const PLAIN = Buffer.from("Ada Quill, left knee");
const CONTEXT = "northside/patients/42";

function sealFor(ring: Keyring, ...patients: readonly string[]): Buffer {
  return ring.seal(PLAIN, CONTEXT, undefined, ring.leavesOf("northside", patients));
}

const opens = (ring: Keyring, sealed: Buffer): boolean => {
  try {
    return ring.open(sealed, CONTEXT).equals(PLAIN);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return false;
    throw error;
  }
};

function setUp(): { leaves: TestLeaves; ring: Keyring } {
  const leaves = testLeaves();
  return { leaves, ring: ringWith(leaves, "k1") };
}

test("what is about a patient opens until their leaf is destroyed, and what is about others goes on to", () => {
  const { leaves, ring } = setUp();
  const [hers, his, nobodys] = [sealFor(ring, "42"), sealFor(ring, "43"), sealFor(ring)];
  expect([hers, his, nobodys].map((sealed) => opens(ring, sealed))).toEqual([true, true, true]);

  leaves.destroy("northside", "42");

  expect(() => ring.open(hers, CONTEXT)).toThrow(ErasedRecordError);
  expect([hers, his, nobodys].map((sealed) => ring.isErased(sealed))).toEqual([true, false, false]);
  expect([his, nobodys].map((sealed) => opens(ring, sealed))).toEqual([true, true]);
});

test("what was known of somebody who was forgotten is compared with nothing", () => {
  const { leaves, ring } = setUp();
  const projection = { version: 1, fields: { name: "text" } } as const;
  const known = snapshotOf(["Ada Quill", "served whole"]);
  const bytes = encodeSnapshot(ring, CONTEXT, known, ring.leavesOf("northside", ["42"]));
  const read = (): unknown => {
    const snapshot = decodeSnapshot(ring, CONTEXT, bytes);
    return [namedValues(projection, snapshot)?.get("name"), valuesBeyond(projection, snapshot)];
  };
  expect(read()).toEqual(["Ada Quill", "served whole"]);

  leaves.destroy("northside", "42");

  expect(read()).toEqual([undefined, undefined]);
  expect(namedValues(projection, decodeSnapshot(ring, CONTEXT, bytes))).toBeUndefined();
});

test("what is about two opens only while both are known", () => {
  for (const forgotten of ["42", "43"]) {
    const { leaves, ring } = setUp();
    const both = sealFor(ring, "42", "43");
    expect(opens(ring, both)).toBe(true);

    leaves.destroy("northside", forgotten);

    expect(() => ring.open(both, CONTEXT)).toThrow(ErasedRecordError);
  }
});

test("neither the encryption key nor the erasure key alone opens it", () => {
  const { leaves, ring } = setUp();
  const sealed = sealFor(ring, "42");

  expect(() => keyringOf("k1").open(sealed, CONTEXT)).toThrow(
    new UnreadableRecordError("northside/patients/42 is sealed with an erasure key, and none is configured"),
  );
  expect(opens(ringWith(testLeaves(), "k1"), sealed)).toBe(false);
  expect(opens(ringWith(leaves, "k2"), sealed)).toBe(false);
  expect(opens(ringWith(leaves, "k2", "k1"), sealed)).toBe(true);
});

test("another generation of the same patient is sealed with another leaf", () => {
  const { leaves, ring } = setUp();
  const before = sealFor(ring, "42");
  leaves.destroy("northside", "42");

  const after = sealFor(ring, "42");

  expect([before, after].map((sealed) => opens(ring, sealed))).toEqual([false, true]);
  leaves.destroy("northside", "42");
  expect(opens(ring, after)).toBe(false);
});

test("a patient of another account, with the same number, is somebody else", () => {
  const { leaves, ring } = setUp();
  const sealed = ring.seal(PLAIN, CONTEXT, undefined, ring.leavesOf("southside", ["42"]));

  leaves.destroy("northside", "42");

  expect(opens(ring, sealed)).toBe(true);
});

test("what is sealed to somebody while they are forgotten opens for nobody", () => {
  const { leaves, ring } = setUp();
  const known = ring.leavesOf("northside", ["42"]);
  leaves.destroy("northside", "42");

  expect(opens(ring, ring.seal(PLAIN, CONTEXT, undefined, known))).toBe(false);
});

test("two sealed things of one patient have no eight bytes in common", () => {
  const { ring } = setUp();
  const all = Array.from({ length: 50 }, () => sealFor(ring, "42"));
  const seen = new Set<string>();
  let windows = 0;
  for (const sealed of all) {
    // All but the head, which names the encryption key.
    for (let at = 3; at + 8 <= sealed.length; at += 1) {
      seen.add(sealed.toString("hex", at, at + 8));
      windows += 1;
    }
  }

  expect(seen.size).toBe(windows);
  const named = all.flatMap((sealed) => ring.leavesIn(sealed)).map((leaf) => leaf.toString("hex"));
  expect([named.length, new Set(named).size]).toEqual([50, 1]);
});

test("it says for whom it is sealed to who has the encryption key, and costs eight bytes a patient", () => {
  const { ring } = setUp();
  const leaves = ring.leavesOf("northside", ["42", "43"]);
  const sealed = sealFor(ring, "42", "43");

  expect(ring.leavesIn(sealed)).toEqual(leaves);
  expect(ring.leavesIn(sealFor(ring))).toEqual([]);
  expect(sealed).toHaveLength(sealFor(ring).length + 16);
  expect(keyringOf("k2").leavesIn(sealed)).toEqual([]);
});

test("a changed bit anywhere, or bytes cut short at any length, are found", () => {
  const { ring } = setUp();
  const sealed = sealFor(ring, "42", "43");

  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => ring.open(changed, CONTEXT)).toThrow(UnreadableRecordError);
    expect(() => ring.open(sealed.subarray(0, at), CONTEXT)).toThrow(UnreadableRecordError);
  }
  expect(opens(ring, Buffer.concat([sealed, randomBytes(1)]))).toBe(false);
});
