import fc from "fast-check";
import { expect, test } from "vitest";

import { type ParsedAnswer, createAnswerParser } from "../../../src/dispatch/http/parse-answer.ts";
import { TAKEN_BY_ONE, TAKEN_BY_OTHERS } from "../../support/odd-answers.ts";

/** Every answer as one text, and whether its connection then ends. */
const ANSWERS = [...Object.values(TAKEN_BY_OTHERS), ...Object.values(TAKEN_BY_ONE)].map(
  ({ status, parts }) => ({
    status,
    bytes: Buffer.from(parts.filter((part) => !["end", "reset", "later"].includes(part)).join("")),
    ends: parts.includes("end"),
  }),
);

/** `cuts`: where the network divides it. */
function parse(bytes: Buffer, cuts: readonly number[], ends: boolean): ParsedAnswer | undefined {
  const parser = createAnswerParser();
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    const result = to > from ? parser.add(bytes.subarray(from, to)) : undefined;
    if (result) return result;
    from = to;
  }
  return ends ? parser.end(false) : undefined;
}

test("however an answer comes in, it says the same", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ANSWERS), fc.array(fc.nat(60_000)), ({ status, bytes, ends }, cuts) => {
      expect(parse(bytes, cuts, ends)).toMatchObject({ kind: "answer", status });
    }),
  );
});

test("byte by byte as well", () => {
  for (const { status, bytes, ends } of ANSWERS.filter(({ bytes: { length } }) => length < 4_096)) {
    const all = Array.from({ length: bytes.length }, (_, index) => index);
    expect(parse(bytes, all, ends)).toMatchObject({ kind: "answer", status });
  }
});

test("whatever comes in, nothing is thrown, and only a status of HTTP is an answer", () => {
  const word = fc.constantFrom(
    "HTTP/1.1 200 OK",
    "\r\n",
    "\n",
    "content-length: ",
    "9",
    ":",
    " ",
    "chunked",
    "transfer-encoding: ",
    "\r",
    "0",
    "f",
    "x",
  );
  const text = fc
    .array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.array(fc.nat(200)), fc.boolean(), (said, cuts, ends) => {
      const result = parse(Buffer.from(said, "latin1"), cuts, ends);
      expect(result?.kind !== "answer" || said.includes("HTTP/1.1 200")).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["heads before the answer", "HTTP/1.1 100 Continue\r\n\r\n"],
  ["headers", "x-a: b\r\n", "HTTP/1.1 200 OK\r\n"],
  ["empty lines", "\r\n"],
  ["a header", "x", "HTTP/1.1 200 OK\r\nx-a: "],
  ["a status line", "x", "HTTP/1.1 200 "],
  ["trailers", "x-a: b\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"],
  ["a trailer", "x", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-a: "],
  ["the line of a chunk", "x", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;"],
])("of %s no more is read than a limit", (_what, again, begin = "") => {
  const parser = createAnswerParser();
  let result = parser.add(Buffer.from(begin));
  let bytes = 0;
  while (!result && bytes < 1_000_000) {
    const chunk = Buffer.from(again.repeat(100));
    bytes += chunk.length;
    result = parser.add(chunk);
  }
  expect(result?.kind).toBe("bad");
  expect(bytes).toBeLessThan(70_000);
});

test.each([
  ["a length", "content-length: 99999\r\n\r\n"],
  ["chunks", "transfer-encoding: chunked\r\n\r\n1869F\r\n"],
  ["neither", "\r\n"],
])("of a body by %s 16 KiB are kept, and the connection is not used again", (_how, rest) => {
  const parser = createAnswerParser();
  const head = Buffer.from(`HTTP/1.1 200 OK\r\n${rest}`);
  const result = parser.add(Buffer.concat([head, Buffer.alloc(20_000, "x")]));

  expect(result).toMatchObject({ kind: "answer", whole: false, idleMs: 0 });
  expect(result?.kind === "answer" && result.bytes.length).toBe(16_384);
});

test.each([
  ["", 20_000],
  ["keep-alive: timeout=9\r\n", 7_000],
  ["keep-alive: max=5, timeout=60\r\n", 58_000],
  ["keep-alive: timeout=1\r\n", 0],
  ["connection: Close\r\n", 0],
  ["connection: x, close\r\n", 0],
  ["x-a : 1\r\n", 0],
  ["content-length: 0\r\n", 0],
])("after a whole answer with %j the connection may lie idle %i ms", (header, idleMs) => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${header}content-length: 0\r\n\r\n`);

  expect(createAnswerParser().add(bytes)).toMatchObject({ kind: "answer", idleMs });
});

test("a header that comes folded is one, and one that comes twice is a list", () => {
  const bytes = Buffer.from(
    "HTTP/1.1 503 No\r\nRetry-After:\r\n 12\r\nx-a: 1\r\nX-A: 2\r\ncontent-length: 0\r\n\r\n",
  );
  const result = createAnswerParser().add(bytes);

  expect(result?.kind === "answer" && Object.fromEntries(result.headers)).toEqual({
    "retry-after": "12",
    "x-a": "1, 2",
    "content-length": "0",
  });
});

test("a head that has come before is read as it was, whatever comes behind it, and one in doubt stays in doubt", () => {
  const sound = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n";
  const folded = "HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\ncontent-length: 2\r\n\r\n";
  const former = {};
  const parsed = (text: string): ParsedAnswer | undefined =>
    createAnswerParser(former).add(Buffer.from(text));
  for (const head of [sound, folded, sound, folded, folded, sound, sound]) {
    const idleMs = head === sound ? 20_000 : 0;
    expect(parsed(`${head}ok`)).toMatchObject({ kind: "answer", status: 200, idleMs, whole: true });
    expect(parsed(`${head}ok+`)).toMatchObject({ kind: "answer", idleMs: 0 });
    expect(parsed(`${head}o`)).toBeUndefined();
  }
  // Another head of the same beginning is another one.
  expect(parsed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).toMatchObject({
    whole: true,
    idleMs: 20_000,
  });
});

test("every answer says the same when its head has come before", () => {
  fc.assert(
    fc.property(fc.constantFrom(...ANSWERS), fc.constantFrom(...ANSWERS), (one, other) => {
      const former = {};
      for (const { bytes, ends } of [one, other, one, one, other]) {
        const remembering = createAnswerParser(former);
        const forgetting = createAnswerParser();
        const result = remembering.add(bytes) ?? (ends ? remembering.end(false) : undefined);
        expect(result).toEqual(forgetting.add(bytes) ?? (ends ? forgetting.end(false) : undefined));
      }
    }),
  );
});
