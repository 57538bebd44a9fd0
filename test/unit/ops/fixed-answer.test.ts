import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync } from "node:zlib";

import { fastify } from "fastify";
import { expect, test } from "vitest";

import { chooseEncoding, createFixedAnswer, createFixedFile } from "../../../src/ops/fixed-answer.ts";

const DOCUMENT = { words: Array.from({ length: 500 }, (_, index) => `word ${index}`) };

function setUp() {
  let made = 0;
  const answer = createFixedAnswer(() => {
    made += 1;
    return DOCUMENT;
  });
  const server = fastify();
  server.get("/", async (request, reply) => await answer.send(request, reply));
  return {
    made: () => made,
    ask: async (headers: Readonly<Record<string, string>>) => await server.inject({ url: "/", headers }),
  };
}

test.for([
  ["identity", (bytes: Buffer) => bytes],
  ["gzip", gunzipSync],
  ["br", brotliDecompressSync],
] as const)("the answer is made once, and sent as %s to who reads that", async ([encoding, unpack]) => {
  const { ask, made } = setUp();
  const answers = await Promise.all([1, 2, 3].map(async () => await ask({ "accept-encoding": encoding })));

  for (const { headers, rawPayload } of answers) {
    expect(JSON.parse(unpack(rawPayload).toString())).toEqual(DOCUMENT);
    expect(headers).toMatchObject({ vary: "accept-encoding", "cache-control": "no-cache" });
    expect(headers["content-encoding"]).toBe(encoding === "identity" ? undefined : encoding);
  }
  expect(made()).toBe(1);
});

test("of a file that is compressed already, those who read that get its very bytes, and others what is in it", async () => {
  const text = JSON.stringify(DOCUMENT);
  const built = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  let read = 0;
  const file = createFixedFile("text/html", () => {
    read += 1;
    return built;
  });
  const server = fastify();
  server.get("/", async (request, reply) => await file.send(request, reply));
  const ask = async (encoding: string) =>
    await server.inject({ url: "/", headers: { "accept-encoding": encoding } });

  expect((await ask("br")).rawPayload.equals(built)).toBe(true);
  const [packed, plain] = [await ask("gzip"), await ask("identity")];
  expect([gunzipSync(packed.rawPayload).toString(), plain.body]).toEqual([text, text]);
  expect([plain.headers["content-type"], read]).toEqual(["text/html", 1]);
});

test("who has it in whatever form is told so without it, and who has another gets it", async () => {
  const { ask } = setUp();
  const first = await ask({ "accept-encoding": "br" });
  const tag = String(first.headers.etag);
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
    const { statusCode, body, headers } = await ask({ "if-none-match": known });
    expect([known, statusCode, body, headers.vary]).toEqual([known, 304, "", "accept-encoding"]);
  }
  for (const unknown of ['"other"', tag.replace(/\w/, "_"), tag.replaceAll('"', "")]) {
    expect([unknown, (await ask({ "if-none-match": unknown })).statusCode]).toEqual([unknown, 200]);
  }
});

test.for([
  [undefined, "identity"],
  ["", "identity"],
  ["gzip", "gzip"],
  ["gzip, deflate, br, zstd", "br"],
  ["br;q=0, gzip;q=0.1", "gzip"],
  ["GZIP;Q=1", "gzip"],
  ["*", "br"],
  ["*;q=0", "identity"],
  ["br;q=nonsense", "identity"],
] as const)("of what %j reads, %s is sent", ([accepted, encoding]) => {
  expect(chooseEncoding(accepted)).toBe(encoding);
});
