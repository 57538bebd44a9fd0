import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { checkExposure, isWeakKey, isWeakWord } from "../../../src/cli/check/check-exposure.ts";
import { testConfig } from "../../support/test-config.ts";

function findingsOf(ops: object, key = randomBytes(32).toString("base64")): string[] {
  const settings = { ops: { port: 0, ...ops }, roles: ["ops"] };
  return checkExposure(testConfig({ accounts: {}, endpoints: {}, settings }, key)).map(
    ({ what, verdict }) => `${verdict} ${what}`,
  );
}

test.for([
  [{ host: "0.0.0.0" }, ["warn ops"]],
  [{ host: "::" }, ["warn ops"]],
  [{ host: "192.168.1.9" }, ["warn ops"]],
  [{ host: "0.0.0.0", public_url: "https://webhooks.example" }, []],
  [{ host: "127.0.0.1" }, []],
  [{ host: "::1" }, []],
  [{ host: "localhost" }, []],
  [{}, []],
] as const)("with %j check speaks up about %j", ([ops, findings]) => {
  expect(findingsOf(ops)).toEqual(findings);
});

test("a key that is not random is told by its id", () => {
  expect(findingsOf({}, Buffer.alloc(32).toString("base64"))).toEqual(["warn encryption key k1"]);
  expect(findingsOf({})).toEqual([]);
});

test.for([
  Buffer.alloc(32),
  Buffer.alloc(32, 0xff),
  Buffer.from("0123456789abcdef".repeat(2)),
  Buffer.from("a passphrase of thirty-two bytes"),
  Buffer.from(Array.from({ length: 32 }, (_, index) => index)),
  Buffer.from(Array.from({ length: 32 }, (_, index) => 250 - index * 3)),
  Buffer.concat([randomBytes(8), Buffer.alloc(24)]),
  Buffer.from("deadbeef".repeat(8), "hex"),
])("a key of %j can be guessed", (key) => {
  expect(isWeakKey(key)).toBe(true);
});

test.for([
  "changeme-changeme",
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "password12345678",
  "your-secret-token-here",
  "1234567890123456",
  "abababababababab",
  "replace-me-with-a-token",
])("the word %s can be guessed", (word) => {
  expect(isWeakWord(word)).toBe(true);
});

test("what openssl makes cannot", () => {
  for (let round = 0; round < 1_000; round += 1) {
    expect(isWeakKey(randomBytes(32))).toBe(false);
    expect(isWeakWord(randomBytes(24).toString("hex"))).toBe(false);
    expect(isWeakWord(randomBytes(18).toString("base64url"))).toBe(false);
  }
});
