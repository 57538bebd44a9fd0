import { array, assert, boolean, constant, integer, oneof, property, uniqueArray } from "fast-check";
import { expect, test } from "vitest";

import { fingerprintOf } from "../../../src/diff/identity.ts";
import { anyText } from "../../support/any-text.ts";

const KEY = Buffer.alloc(32, 7);
const values = array(oneof(anyText, integer(), boolean(), constant(null)), {
  maxLength: 20,
});

test("equal fields have an equal fingerprint of 128 bits, under one key", () => {
  assert(
    property(values, (fields) => {
      expect(fingerprintOf(KEY, fields)).toMatch(/^[0-9a-f]{32}$/);
      expect(fingerprintOf(KEY, structuredClone(fields))).toBe(fingerprintOf(KEY, fields));
      expect(fingerprintOf(Buffer.alloc(32, 8), fields)).not.toBe(fingerprintOf(KEY, fields));
    }),
  );
});

test("different fields have different fingerprints: a value elsewhere, of another kind, or split another way", () => {
  const sets = [
    [],
    [null],
    [null, null],
    [""],
    ["a", "b"],
    ["a,b"],
    ["b", "a"],
    ["1"],
    [1],
    [true],
    ["true"],
  ];

  expect(new Set(sets.map((fields) => fingerprintOf(KEY, fields))).size).toBe(sets.length);
  assert(
    property(
      uniqueArray(values, { minLength: 2, maxLength: 2, selector: (fields) => JSON.stringify(fields) }),
      (two) => {
        const [left = [], right = []] = two;
        expect(fingerprintOf(KEY, left)).not.toBe(fingerprintOf(KEY, right));
      },
    ),
  );
});

test("a fingerprint is the same in every release: what was stored is compared with what is read", () => {
  expect(fingerprintOf(KEY, ["Ada", 1_763_781_291, null, false])).toBe("7fb317d411837ebe45fb55ae166606a2");
});
