import {
  array,
  assert,
  boolean,
  constant,
  double,
  integer,
  oneof,
  property,
  string,
  uint8Array,
} from "fast-check";
import { expect, test } from "vitest";

import { UnreadableRecordError } from "../../../src/errors.ts";
import { pack, unpack } from "../../../src/store/packing.ts";
import { decodeSnapshot, encodeSnapshot } from "../../../src/store/snapshot-codec.ts";
import { keyringOf, snapshotOf } from "../../support/stored-things.ts";

const CONTEXT = "northside/patients/42";
const HEAD_BYTES = 26;
const ring = keyringOf("k1");

test("whatever a snapshot holds comes back the same", () => {
  const value = oneof(
    string({ unit: "grapheme" }),
    integer(),
    double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)), // JSON has no -0
    boolean(),
    constant(null),
  );
  const unsigned32 = integer({ min: 0, max: 2 ** 32 - 1 });

  assert(
    property(
      array(value),
      uint8Array({ minLength: 16, maxLength: 16 }),
      unsigned32,
      unsigned32,
      integer({ min: 0, max: 255 }),
      (values, fingerprint, sequence, updatedAt, projectionVersion) => {
        const facts = {
          fingerprint: Buffer.from(fingerprint).toString("base64url"),
          sequence,
          updatedAt,
          projectionVersion,
        };
        const { values: open, ...read } = decodeSnapshot(
          ring,
          CONTEXT,
          encodeSnapshot(ring, CONTEXT, snapshotOf(values, facts)),
        );

        expect(read).toEqual(facts);
        expect(open()).toEqual(values);
      },
    ),
  );
});

test("values are not in clear at rest, and what is needed to see no change is", () => {
  const bytes = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada Quill", 1_763_781_291]));

  expect(bytes.includes("Ada")).toBe(false);
  expect(bytes.subarray(10, HEAD_BYTES)).toEqual(Buffer.alloc(16, 9));
});

test("a record that did not change is not decrypted: only values() needs the key", () => {
  const bytes = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"], { sequence: 3 }));
  const snapshot = decodeSnapshot(keyringOf("k2"), CONTEXT, bytes);

  expect(snapshot.sequence).toBe(3);
  expect(() => snapshot.values()).toThrow('sealed with key "k1", which is not configured');
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["too few bytes", Buffer.concat([Buffer.from([1]), Buffer.alloc(HEAD_BYTES - 2)])],
  ["the next format", Buffer.concat([Buffer.from([2]), Buffer.alloc(60)])],
  ["format 0", Buffer.alloc(60)],
  ["JSON", Buffer.from(JSON.stringify({ fingerprint: "x", sequence: 1, values: ["Ada", "Quill"] }))],
])("%s is refused at once as not of this release", (_what, bytes) => {
  expect(() => decodeSnapshot(ring, CONTEXT, bytes)).toThrow(
    new UnreadableRecordError("northside/patients/42 was not written by this release"),
  );
});

test("a head without values is refused when they are asked for", () => {
  const bytes = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"])).subarray(0, HEAD_BYTES);

  expect(() => decodeSnapshot(ring, CONTEXT, bytes).values()).toThrow(UnreadableRecordError);
});

test("a snapshot that was put under another record's id does not open there", () => {
  const bytes = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"]));

  expect(() => decodeSnapshot(ring, "northside/patients/43", bytes).values()).toThrow(UnreadableRecordError);
});

test.each([
  ["an object", JSON.stringify({ name: "Ada" })],
  ["a nested list", JSON.stringify([["Ada"]])],
  ["no JSON", "Ada"],
])("sealed bytes that hold %s are no values, and their content is not in the message", (_what, text) => {
  const head = encodeSnapshot(ring, CONTEXT, snapshotOf([])).subarray(0, HEAD_BYTES);
  const bytes = Buffer.concat([head, ring.seal(pack(text), CONTEXT)]);

  expect(() => decodeSnapshot(ring, CONTEXT, bytes).values()).toThrow(
    new UnreadableRecordError("northside/patients/42 holds no field values"),
  );
});

test("sealed bytes that were not packed are no values either", () => {
  const head = encodeSnapshot(ring, CONTEXT, snapshotOf([])).subarray(0, HEAD_BYTES);
  const bytes = Buffer.concat([head, ring.seal(Buffer.from("not deflated"), CONTEXT)]);

  expect(() => decodeSnapshot(ring, CONTEXT, bytes).values()).toThrow(/holds no field values$/);
});

test("a snapshot that release 0.1 wrote can be read: neither its layout nor the dictionary may change", () => {
  const bytes = Buffer.from(
    "AQMAAAAR7msoAAkJCQkJCQkJCQkJCQkJCQkCazGYfo4MRQ834MLOEMRLH6kbytfUTKZ2KVTfQYNC6y1ea2Q0MMAUASjK",
    "base64",
  );
  const { values, ...facts } = decodeSnapshot(ring, CONTEXT, bytes);

  expect(facts).toEqual({
    projectionVersion: 3,
    sequence: 17,
    updatedAt: 4_000_000_000,
    fingerprint: "CQkJCQkJCQkJCQkJCQkJCQ",
  });
  expect(values()).toEqual(["Australia/Sydney", "AU", false, null, 30]);
});

test("text that is like our records packs to less than a third, and comes back", () => {
  const json = '["Australia/Sydney","AU",false,null,null,"ada@example.com",true,false,false,null,null]';

  expect(pack(json).length).toBeLessThan(json.length / 3);
  expect(unpack(pack(json))).toBe(json);
});
