import { signaturesIn } from "../../../src/resources/field.ts";
import { expect, test } from "vitest";

import { FieldShapeError, normaliseField, toWire } from "../../../src/diff/normalise.ts";

const link = (self: string): object => ({ links: { self } });

test.each([
  ["text", undefined, null],
  ["text", null, null],
  ["text", "", null],
  ["text", "Ada", "Ada"],
  ["text", 12, "12"],
  ["integer", 30, 30],
  ["integer", "30", 30],
  ["integer", "", null],
  ["boolean", null, null],
  ["boolean", false, false],
  ["boolean", true, true],
  ["flag", undefined, false],
  ["flag", null, false],
  ["flag", false, false],
  ["flag", true, true],
  ["instant", "2024-04-02T20:04:46Z", 1_712_088_286],
  ["instant", "2024-04-03T06:04:46+10:00", 1_712_088_286],
  ["instant", "2024-04-02T20:04:46.900Z", 1_712_088_286],
  ["instant", "", null],
  ["json", {}, null],
  ["json", [], null],
  ["json", { note: "", rule: null }, null],
  ["json", { b: 1, a: { d: "", c: 2 } }, '{"a":{"c":2},"b":1}'],
  ["decimal", null, null],
  ["decimal", 10, "10"],
  ["decimal", "10.00", "10"],
  ["decimal", "-0.0", "0"],
  ["decimal", "-07.50", "-7.5"],
  ["decimal", ".5", "0.5"],
  ["decimal", "1.25e3", "1250"],
  ["decimal", 1e-7, "0.0000001"],
  ["decimal", "123456789012345678.90", "123456789012345678.9"],
  ["ids", [], null],
  ["ids", ["12", 7, "7"], '["7","12"]'],
  ["ids", ["1390726237298631770", "9"], '["9","1390726237298631770"]'],
] as const)("%s: %j is kept as %j", (kind, wire, expected) => {
  expect(normaliseField("field", kind, wire)).toBe(expected);
});

test.each([
  "https://api.au1.cliniko.com/v1/patients/1390726237298631770",
  "https://api.uk2.cliniko.com/v1/patients/1390726237298631770",
  "http://127.0.0.1:4010/v1/patients/1390726237298631770/",
  "https://api.au1.cliniko.com/v1/patients/1390726237298631770?q=1",
  "1390726237298631770",
])("the link %s is kept as the id at its end", (self) => {
  expect(normaliseField("patient", { link: "patients" }, link(self))).toBe("1390726237298631770");
});

test.each([
  ["text", { nested: true }],
  ["integer", 1.5],
  ["integer", "abc"],
  ["boolean", "yes"],
  ["flag", 1],
  ["instant", "yesterday"],
  ["instant", 12],
  ["decimal", "ten"],
  ["decimal", "."],
  ["decimal", true],
  ["ids", "7"],
  ["ids", ["x"]],
] as const)("a field of kind %s that holds %j is refused, without its value in the message", (kind, wire) => {
  expect(() => normaliseField("some_field", kind, wire)).toThrow(FieldShapeError);
  expect(() => normaliseField("some_field", kind, wire)).toThrow(/^some_field is not of kind \w+$/);
});

test("a link without an address is refused", () => {
  expect(() => normaliseField("patient", { link: "patients" }, { id: 4 })).toThrow("patient is not a link");
});

test("a former value is written as the upstream would have served it", () => {
  const base = "https://api.au4.cliniko.com/v1";
  expect(toWire("instant", 1_712_088_286, base)).toBe("2024-04-02T20:04:46Z");
  expect(toWire({ link: "patients" }, "42", base)).toEqual(link(`${base}/patients/42`));
  expect(toWire("json", '{"a":1}', base)).toEqual({ a: 1 });
  expect(toWire("flag", false, base)).toBe(false);
  expect(toWire("text", null, base)).toBeNull();
});

test("of what is kept as a fingerprint alone nothing can be read, and spelling is nothing", () => {
  const digest = normaliseField("content", "digest", { b: "Left knee", a: "" });
  expect(digest).toMatch(/^[\w-]{22}$/);
  expect(normaliseField("content", "digest", { b: "Left knee" })).toBe(digest);
  expect(normaliseField("content", "digest", { b: "Right knee" })).not.toBe(digest);
  expect(normaliseField("content", "digest", {})).toBeNull();
  const signed = { questions: [{ signature_id: "41" }, { signature_id: 7 }, { signature_id: "" }] };
  expect(signaturesIn(normaliseField("content", "digest", signed))).toEqual(["41", "7"]);
  expect(signaturesIn(digest)).toEqual([]);
  expect(signaturesIn(null)).toEqual([]);
});

test("an amount and a list of ids are told as they are served", () => {
  expect(toWire("decimal", "7.5", "")).toBe("7.5");
  expect(toWire("ids", '["7","12"]', "")).toEqual(["7", "12"]);
});
