import {
  array,
  assert,
  bigInt,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  maxSafeInteger,
  oneof,
  property,
  string,
} from "fast-check";
import { expect, test } from "vitest";

import { pack, unpack } from "../../../src/store/sealing/packing.ts";
import { decodeValues, encodeValues } from "../../../src/store/sealing/values-codec.ts";
import { anyText } from "../../support/any-text.ts";

const EVERY_KIND = [
  "Australia/Sydney, Australia/Sydney",
  "AU",
  false,
  true,
  null,
  null,
  0,
  30,
  1_763_781_291,
  1_763_783_091,
  -1.5,
  "1390726237298631770",
  "007",
  "\ud800",
];

test("whatever the values are, they come back the same", () => {
  const brokenText = array(integer({ min: 0xd7f0, max: 0xe010 })).map((codes) =>
    String.fromCharCode(...codes),
  );
  const value = oneof(
    anyText,
    string({ minLength: 28, maxLength: 40 }),
    brokenText,
    bigInt({ min: 0n, max: 10n ** 20n }).map(String),
    integer(),
    maxSafeInteger(),
    double({ noNaN: true }),
    boolean(),
    constantFrom("", "0", "00", "01", "-1", "9999999999999999999", "18446744073709551615"),
    constantFrom(0, -0, 2 ** 47 - 1, 2 ** 47, -(2 ** 47), 127, 128, -128, -129),
    constant(null),
  );

  assert(
    property(array(value, { maxLength: 60 }), (values) => {
      expect(decodeValues(encodeValues(values))).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

test.each([1, 31, 32, 100])("%i nulls in a row come back, and so does what follows them", (count) => {
  const values = [...Array.from({ length: count }, () => null), "end", null];

  expect(decodeValues(encodeValues(values))).toEqual(values);
});

test.each([
  ["plain", "AMJBVSAhAkBBHkRpISqrYgcIoL/4AAAAAAAAiBNM2iT6ACRawzAwN+IA2A==", EVERY_KIND.slice(1)],
  [
    "packed against the dictionary",
    "AbvPwMCAYYeOArrIIcdQBUUmB0c5l0xFrdVJ7BwL9v9gAIMOYZ9bKr8YVKIOGxiYP2K4AQA=",
    EVERY_KIND,
  ],
])(
  "values that this format's first release wrote %s can be read: nothing of it may change",
  (_how, bytes, values) => {
    expect(decodeValues(Buffer.from(bytes, "base64"))).toEqual(values);
  },
);

test("a record that is mostly empty, with stamps close together, takes few bytes", () => {
  const values = [
    "1390726237298631770",
    1_763_781_291,
    1_763_783_091,
    ...Array.from({ length: 30 }, () => null),
  ];

  expect(encodeValues(values).length).toBeLessThan(24);
});

test("text that is like our records is packed to less than a third; text that is short is left as it is", () => {
  const like = "Australia/Sydney individual_appointments/patients/practitioners/appointment_types/";

  expect(encodeValues([like]).length).toBeLessThan(like.length / 3);
  expect(encodeValues(["Ada Quill"]).toString("latin1")).toContain("Ada Quill");
  expect(unpack(pack(like))).toBe(like);
});

test.each([
  ["nothing", []],
  ["an unknown form", [2]],
  ["a text cut short", [0, 0xc9, 65]],
  ["a number cut short", [0, 0x44, 1, 2]],
  ["a fraction cut short", [0, 0xa0, 1]],
  ["a long text that is not there", [0, 0xdf, 0xff, 0xff, 0xff, 0xff, 65]],
])("%s is refused", (_what, bytes) => {
  expect(() => decodeValues(Buffer.from(bytes))).toThrow(RangeError);
});

test("bytes that were said to be packed and are not are refused", () => {
  expect(() => decodeValues(Buffer.from([1, 65, 100, 97]))).toThrow(/invalid|unexpected/);
});
