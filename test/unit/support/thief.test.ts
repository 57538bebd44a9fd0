import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { pack } from "../../../src/store/sealing/packing.ts";
import { encodeValues } from "../../../src/store/sealing/values-codec.ts";
import { search } from "../../support/thief.ts";

const NAME = "Clementine Marrow";
const head = Buffer.from("a head of some thirty bytes, say");

test.each<[string, Buffer]>([
  ["as it is", Buffer.from(`the patient is ${NAME}.`)],
  ["in capitals", Buffer.from(NAME.toUpperCase())],
  ["in UTF-16", Buffer.from(NAME, "utf16le")],
  ["in JSON escapes", Buffer.from('{"name":"\\u0043lementine\\u0020Marrow"}')],
  ["in a URL", Buffer.from("https://a.example/?q=Clementine%20Marrow")],
  ["in base64", Buffer.from(`x${Buffer.from(`${NAME}, left knee`).toString("base64")}`)],
  ["in base64url within JSON", Buffer.from(`{"a":"${Buffer.from(`${NAME}??>`).toString("base64url")}"}`)],
  ["in hex", Buffer.from(Buffer.from(NAME).toString("hex"))],
  ["deflated", deflateSync(NAME)],
  ["deflated without a head", deflateRawSync(NAME)],
  ["gzipped, behind a head", Buffer.concat([head, gzipSync(NAME)])],
  ["packed as our events are, behind a head", Buffer.concat([head, pack(JSON.stringify({ name: NAME }))])],
  ["encoded as our snapshots are, behind a head", Buffer.concat([head, encodeValues([1, NAME, null])])],
  ["gzipped, in base64, in JSON", Buffer.from(`{"b":"${gzipSync(NAME).toString("base64")}"}`)],
])("a name that rests %s is found", (_how, bytes) => {
  expect(search([{ where: "here", bytes }], [NAME])).toEqual([{ needle: NAME.toLowerCase(), where: "here" }]);
});

test("a number that our snapshots keep as a number is found", () => {
  const bytes = encodeValues(["2951234567"]);

  expect(bytes.includes("2951234567")).toBe(false);
  expect(search([{ where: "here", bytes }], ["2951234567"])).toHaveLength(1);
});

test("what is not there is not found, and what could be there by chance is refused", () => {
  const loot = [{ where: "here", bytes: Buffer.from("evt_AdaBramUma") }];

  expect(search(loot, ["Clementine"])).toEqual([]);
  expect(() => search(loot, ["Ada"])).toThrow("too short to be searched for: ada");
});
