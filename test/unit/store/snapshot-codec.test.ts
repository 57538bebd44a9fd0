import { array, assert, integer, property, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";

import { UnreadableRecordError } from "../../../src/shared/errors.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  resealSnapshot,
} from "../../../src/store/detection/snapshot-codec.ts";
import { keyringOf, snapshotOf } from "../../support/stored-things.ts";

const CONTEXT = "northside/patients/42";
const HEAD_BYTES = 26;
const ring = keyringOf("k1");

test("whatever a snapshot holds comes back the same", () => {
  const unsigned32 = integer({ min: 0, max: 2 ** 32 - 1 });

  assert(
    property(
      array(string()),
      uint8Array({ minLength: 16, maxLength: 16 }),
      unsigned32,
      unsigned32,
      integer({ min: 0, max: 255 }),
      (values, fingerprint, sequence, updatedAt, projectionVersion) => {
        const facts = {
          fingerprint: Buffer.from(fingerprint).toString("hex"),
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
  ["too few bytes", Buffer.concat([Buffer.from([2]), Buffer.alloc(HEAD_BYTES - 2)])],
  ["the first format", Buffer.concat([Buffer.from([1]), Buffer.alloc(60)])],
  ["the next format", Buffer.concat([Buffer.from([4]), Buffer.alloc(60)])],
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
  ["text", Buffer.from("Ada Quill")],
  ["values that end too early", Buffer.from([0, 0xc9, 65, 100, 97])],
  ["what was said to be deflated and is not", Buffer.from([1, 65, 100, 97])],
  ["nothing", Buffer.alloc(0)],
])("sealed bytes that hold %s are no values, and their content is not in the message", (_what, content) => {
  const head = encodeSnapshot(ring, CONTEXT, snapshotOf([])).subarray(0, HEAD_BYTES);
  const bytes = Buffer.concat([head, ring.seal(content, CONTEXT, head)]);

  expect(() => decodeSnapshot(ring, CONTEXT, bytes).values()).toThrow(
    new UnreadableRecordError("northside/patients/42 holds no field values"),
  );
});

test("a changed bit anywhere in what is in clear is found when the values are asked for", () => {
  const stored = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada Quill"], { sequence: 3 }));

  for (let at = 1; at < HEAD_BYTES; at += 1) {
    const changed = Buffer.from(stored);
    changed.writeUInt8(changed.readUInt8(at) ^ 4, at);
    expect(() => decodeSnapshot(ring, CONTEXT, changed).values()).toThrow(
      'northside/patients/42 cannot be opened with key "k1"',
    );
  }
  expect(decodeSnapshot(ring, CONTEXT, stored).values()).toEqual(["Ada Quill"]);
});

test("values do not open under the head of another version of the same record", () => {
  const former = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"], { sequence: 1 }));
  const latter = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"], { sequence: 2 }));
  const mixed = Buffer.concat([latter.subarray(0, HEAD_BYTES), former.subarray(HEAD_BYTES)]);

  expect(() => decodeSnapshot(ring, CONTEXT, mixed).values()).toThrow(UnreadableRecordError);
  expect(decodeSnapshot(ring, CONTEXT, former).values()).toEqual(["Ada"]);
});

test("a snapshot cannot be passed off as one of the former format, which did not seal its head", () => {
  const bytes = encodeSnapshot(ring, CONTEXT, snapshotOf(["Ada"]));
  bytes.writeUInt8(2, 0);

  expect(() => decodeSnapshot(ring, CONTEXT, bytes).values()).toThrow(UnreadableRecordError);
});

test("sealing anew brings a snapshot of the former format into the present one, whichever key it has", () => {
  const head = encodeSnapshot(ring, CONTEXT, snapshotOf([], { sequence: 3 })).subarray(0, HEAD_BYTES);
  head.writeUInt8(2, 0);
  const loose = Buffer.concat([head, ring.seal(Buffer.from([0, 0xc3, 65, 100, 97]), CONTEXT)]);
  const bound = resealSnapshot(ring, CONTEXT, loose) ?? Buffer.alloc(0);

  expect(bound.readUInt8(0)).toBe(3);
  expect(decodeSnapshot(ring, CONTEXT, bound).values()).toEqual(["Ada"]);
  expect(decodeSnapshot(ring, CONTEXT, bound).sequence).toBe(3);
  expect(resealSnapshot(ring, CONTEXT, bound)).toBeUndefined();
  expect(resealSnapshot(keyringOf("k2", "k1"), CONTEXT, bound)?.readUInt8(0)).toBe(3);
});

test("a snapshot that the former format's first release wrote can be read: its layout may not change", () => {
  const bytes = Buffer.from(
    "AgMAAAAR7msoAAkJCQkJCQkJCQkJCQkJCQkCazGXrzoXNsFsxkslfJWOEIrxFUPp6mKPFiYrXPCoy4xTkL/q67NYWdGRS4BD" +
      "jBzJAhWDZOS577DnMxEKzdtIGaWGTVnKsjguK7gXP29YsJKR/+0=",
    "base64",
  );
  const { values, ...facts } = decodeSnapshot(ring, CONTEXT, bytes);

  expect(facts).toEqual({
    projectionVersion: 3,
    sequence: 17,
    updatedAt: 4_000_000_000,
    fingerprint: "09".repeat(16),
  });
  expect(values().slice(0, 3)).toEqual(["Australia/Sydney, Australia/Sydney", "AU", false]);
});

test("a snapshot that this format's first release wrote can be read: its layout may not change", () => {
  const bytes = Buffer.from(
    "AwMAAAAR7msoAAkJCQkJCQkJCQkJCQkJCQkCazG36qWAi528w6oAy0npj2Ib7VU1xt0npvn/pIH4Abtsz0US5/KTC/0BJr8V" +
      "76fwnj23zrMWduq3BuAlM66H",
    "base64",
  );
  const { values, ...facts } = decodeSnapshot(ring, CONTEXT, bytes);

  expect(facts).toEqual({
    projectionVersion: 3,
    sequence: 17,
    updatedAt: 4_000_000_000,
    fingerprint: "09".repeat(16),
  });
  expect(values().slice(0, 3)).toEqual(["Australia/Sydney, Australia/Sydney", "AU", false]);
});
