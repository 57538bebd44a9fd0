import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

import { createAnswerCollector, unpackAnswer } from "../../../src/dispatch/http/read-answer.ts";

async function excerptOf(body: string | Buffer): Promise<string> {
  return (await unpackAnswer(Buffer.from(body), "")).excerpt;
}

test.each([
  ["nothing", "", ""],
  ["a complaint", '{"error":"unknown patient"}', '{"error":"unknown patient"}'],
  ["lines", "one\r\n\ttwo", "one   two"],
  ["letters of many scripts", "Zoë 李 🙂", "Zoë 李 🙂"],
  ["a family of joined signs", "👩‍👩‍👧", "👩‍👩‍👧"],
  ["a command to a terminal", "\u001b[31mred\u0007\u009b", "\ufffd[31mred\ufffd\ufffd"],
  ["text that turns its direction", "a\u202eb\u2066c", "a\ufffdb\ufffdc"],
  ["a zero byte and a deletion", "a\0b\u007f", "a\ufffdb\ufffd"],
])("of %s the text is kept", async (_what, body, excerpt) => {
  expect(await excerptOf(body)).toBe(excerpt);
});

test("bytes that are no UTF-8 are replaced", async () => {
  expect(await excerptOf(Buffer.from([0x61, 0xff, 0x62]))).toBe("a\ufffdb");
});

test("a thousand characters are kept, whole ones, however long each is", async () => {
  expect(await excerptOf("🙂".repeat(1_500))).toBe("🙂".repeat(1_000));
  expect(await excerptOf(`a${"李".repeat(1_500)}`)).toBe(`a${"李".repeat(999)}`);
  expect(await excerptOf("x".repeat(1_500))).toBe("x".repeat(1_000));
  expect(await excerptOf("x".repeat(999))).toHaveLength(999);
});

test("what was cut off in the middle of its packing is unpacked as far as it came", async () => {
  const packed = gzipSync(Buffer.from(Array.from({ length: 5_000 }, (_, index) => String(index)).join(" ")));
  const { excerpt } = await unpackAnswer(packed.subarray(0, packed.length - 100), "gzip");

  expect(excerpt).toMatch(/^0 1 2 3/);
});

test("an answer is collected as far as the limit, and what goes beyond it is told", () => {
  const answer = createAnswerCollector();

  expect(answer.bytes()).toHaveLength(0);
  expect(answer.add(Buffer.alloc(16_000, "x"))).toBe(true);
  expect(answer.add(Buffer.alloc(384, "y"))).toBe(true);
  expect(answer.bytes()).toHaveLength(16_384);
  expect(answer.add(Buffer.alloc(1))).toBe(false);
  expect(answer.bytes()).toEqual(Buffer.from("x".repeat(16_000) + "y".repeat(384)));
});

test("one great chunk is cut at the limit", () => {
  const answer = createAnswerCollector();

  expect(answer.add(Buffer.alloc(65_536, "x"))).toBe(false);
  expect(answer.bytes()).toHaveLength(16_384);
});
