import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";

import { baseUrlOf } from "../../../src/cliniko/base-url.ts";

test.each([
  ["MS4xLTEyMzQ1-au1", "https://api.au1.cliniko.com/v1"],
  ["MS4xLTEyMzQ1-UK2", "https://api.uk2.cliniko.com/v1"],
  ["MS4x-with-dashes-eu12", "https://api.eu12.cliniko.com/v1"],
  ["MS4xLTEyMzQ1", "https://api.au1.cliniko.com/v1"],
])("the key %s is read from %s", (key, url) => {
  expect(baseUrlOf(key)).toBe(url);
});

test.each([
  "key-au1.evil.com",
  "key-evil.com/au1",
  "key-au1/",
  "key-au1#",
  "key-au1?x=1",
  "key-au1:80",
  "key-au1@evil.com",
  "x-@evil",
  "x-evil.com\\au1",
  "key-au1\n",
  "key-\nau1",
  "key-au1 ",
  "key-au1%2eevil.com",
  "key-127.0.0.1",
  "key-au",
  "key-au123",
  "key-a11",
  "key-аu1",
  "key-au１",
  "key-",
  "-",
])("the key %j points at no host", (key) => {
  expect(() => baseUrlOf(key)).toThrow(RangeError);
  expect(() => baseUrlOf(key)).toThrow(/^the key does not end in a shard such as -au1$/);
});

/** The host that a key leads to; undefined when the key is refused. */
function hostOf(key: string): string | undefined {
  try {
    return new URL(baseUrlOf(key)).host;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

test("whatever the key, the host is one of Cliniko's or there is none", () => {
  const part = constantFrom(
    "-",
    "au",
    "UK",
    "1",
    "12",
    "a",
    "@",
    ".",
    "/",
    ":",
    "#",
    "?",
    "\\",
    "\n",
    "%",
    "é",
  );

  assert(
    property(array(part, { maxLength: 8 }), (parts) => {
      expect(hostOf(parts.join("")) ?? "api.au1.cliniko.com").toMatch(/^api\.[a-z]{2}\d{1,2}\.cliniko\.com$/);
    }),
    { numRuns: 1_000 },
  );
});
