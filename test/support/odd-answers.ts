import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What a receiver's program writes; but "end" hangs up, "reset" breaks off; "later": what comes next is a packet of its own. */
export type AnswerPart = string;

export interface OddAnswer {
  readonly status: number;
  readonly parts: readonly AnswerPart[];
}

const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = "content-length: 2\r\n";
const WHOLE = `${OK}${LENGTH}\r\nok`;
const CHUNKED = "transfer-encoding: chunked\r\n";
const CONTINUE = "HTTP/1.1 100 Continue\r\n";
const NO_CONTENT = "HTTP/1.1 204 No Content\r\n";

function taken(status: number, ...parts: readonly AnswerPart[]): OddAnswer {
  return { status, parts };
}

/** Answers that curl 7.88 and Python 3.11 (http.client) were both seen to take for a success, told by raw sockets. */
export const TAKEN_BY_OTHERS: Readonly<Record<string, OddAnswer>> = {
  "100 then 200": taken(200, `${CONTINUE}\r\n`, "later", WHOLE),
  "100 and 200 in one packet": taken(200, `${CONTINUE}\r\n${WHOLE}`),
  "100 twice": taken(200, `${CONTINUE}\r\n${CONTINUE}\r\n`, "later", WHOLE),
  "100 with headers": taken(200, `${CONTINUE}server: x\r\ncontent-length: 0\r\n\r\n`, "later", WHOLE),
  "204 with a length": taken(204, `${NO_CONTENT}content-length: 5\r\n\r\n`),
  "204 with a length and a body": taken(204, `${NO_CONTENT}${LENGTH}\r\nok`),
  "204 with a length, closing": taken(204, `${NO_CONTENT}${LENGTH}connection: close\r\n\r\nok`, "end"),
  "204 in chunks": taken(204, `${NO_CONTENT}${CHUNKED}\r\n0\r\n\r\n`),
  "205 with length 0": taken(205, "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n"),
  "more than its length": taken(200, `${WHOLE} and more`),
  "more than its length, closing": taken(200, `${OK}connection: close\r\n${LENGTH}\r\nok and more`, "end"),
  "more than its length, later": taken(200, WHOLE, "later", "\r\nmore"),
  trailers: taken(200, `${OK}${CHUNKED}trailer: x-a\r\n\r\n2\r\nok\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n`),
  "a chunk with an extension": taken(200, `${OK}${CHUNKED}\r\n2;a=b\r\nok\r\n0\r\n\r\n`),
  "chunk sizes with spaces": taken(200, `${OK}${CHUNKED}\r\n2   \r\nok\r\n0\r\n\r\n`),
  "chunks and a length": taken(200, `${OK}${CHUNKED}content-length: 99\r\n\r\n2\r\nok\r\n0\r\n\r\n`),
  "a length and chunks": taken(200, `${OK}${LENGTH}${CHUNKED}\r\n2\r\nok\r\n0\r\n\r\n`),
  "an encoding that is none": taken(200, `${OK}transfer-encoding: identity\r\n\r\nok`, "end"),
  "no reason": taken(200, `HTTP/1.1 200\r\n${LENGTH}\r\nok`),
  "an empty reason": taken(200, `HTTP/1.1 200 \r\n${LENGTH}\r\nok`),
  "a reason of other bytes": taken(200, `HTTP/1.1 200 Très bien ✓ \u0001\r\n${LENGTH}\r\nok`),
  "two spaces before the status": taken(200, `HTTP/1.1  200 OK\r\n${LENGTH}\r\nok`),
  "a status that nobody knows": taken(299, `HTTP/1.1 299 Odd\r\n${LENGTH}\r\nok`),
  "HTTP/1.0 with a length": taken(200, `HTTP/1.0 200 OK\r\n${LENGTH}\r\nok`),
  "HTTP/1.0 without a length": taken(200, "HTTP/1.0 200 OK\r\n\r\nok", "end"),
  "HTTP/1.0 in chunks": taken(200, `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n2\r\nok\r\n0\r\n\r\n`, "end"),
  "line feeds alone": taken(200, "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"),
  "line feeds alone and no headers": taken(200, "HTTP/1.1 200 OK\n\nok", "end"),
  "204 with line feeds alone": taken(204, "HTTP/1.1 204 No Content\n\n"),
  "both line ends": taken(200, "HTTP/1.1 200 OK\r\nx-a: 1\ncontent-length: 2\r\n\nok"),
  "a folded header": taken(200, `${OK}x-a: 1\r\n  2\r\n${LENGTH}\r\nok`),
  "no space after a colon": taken(200, `${OK}content-length:2\r\n\r\nok`),
  "odd casing": taken(200, `${OK}cOnTeNt-LeNgTh: 2\r\n\r\nok`),
  "a header without name": taken(200, `${OK}: x\r\n${LENGTH}\r\nok`),
  "control characters": taken(200, `${OK}x-a: \u0001\u0002\r\n${LENGTH}\r\nok`),
  "letters beyond ASCII": taken(200, `${OK}x-a: Zoë 李\r\n${LENGTH}\r\nok`),
  "a length twice": taken(200, `${OK}${LENGTH}${LENGTH}\r\nok`),
  "a length of 2, 2": taken(200, `${OK}content-length: 2, 2\r\n\r\nok`, "end"),
  "a length of +2": taken(200, `${OK}content-length: +2\r\n\r\nok`, "end"),
  "no headers": taken(200, OK, "end"),
  "a head that breaks off": taken(200, `${OK}x-a`, "end"),
  "a head without its blank line": taken(200, `${OK}content-length: 0\r\n`, "end"),
  "no length": taken(200, `${OK}\r\nok`, "end"),
  "a reset after the whole": taken(200, WHOLE, "later", "reset"),
  "a reset after the head of 204": taken(204, `${NO_CONTENT}\r\n`, "later", "reset"),
  "closing, but open": taken(200, `${OK}connection: close\r\n${LENGTH}\r\nok`),
  "an upgrade that nobody wants": taken(200, `${OK}upgrade: h2c\r\nconnection: upgrade\r\n${LENGTH}\r\nok`),
  "a head of 40 KiB": taken(200, `${OK}${`x-a: ${"a".repeat(4_096)}\r\n`.repeat(10)}${LENGTH}\r\nok`),
  "two answers": taken(200, `${WHOLE}${WHOLE}`),
};

/** What one of the two, or the standard, takes for a success. */
export const TAKEN_BY_ONE: Readonly<Record<string, OddAnswer>> = {
  "103 then 200": taken(200, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "later", WHOLE),
  "100, 102, 103, then 200": taken(
    200,
    `${CONTINUE}\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n`,
    "later",
    WHOLE,
  ),
  "204 in chunks that do not come": taken(204, `${NO_CONTENT}${CHUNKED}\r\n`),
  "205 with a length and no body": taken(205, "HTTP/1.1 205 Reset Content\r\ncontent-length: 5\r\n\r\n"),
  "205 without a length": taken(205, "HTTP/1.1 205 Reset Content\r\n\r\n"),
  "chunks with line feeds alone": taken(200, `${OK}${CHUNKED}\r\n2\nok\n0\n\n`),
  "a space before a colon": taken(200, `${OK}x-a : 1\r\n${LENGTH}\r\nok`),
  "a line without a colon": taken(200, `${OK}nonsense\r\n\r\nok`, "end"),
  "a length of words": taken(200, `${OK}content-length: two\r\n\r\nok`, "end"),
  "two lengths": taken(200, `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`, "end"),
  "an empty line first": taken(200, `\r\n${WHOLE}`),
};

/** Plays an answer, whatever becomes of the socket meanwhile. */
export async function play(socket: Socket, parts: readonly AnswerPart[]): Promise<void> {
  for (const part of parts) {
    if (part === "end") socket.end();
    else if (part === "later") await delay(20);
    else if (part === "reset") {
      // One that the other side has closed meanwhile cannot be reset.
      if (!socket.destroyed) socket.resetAndDestroy();
    } else socket.write(part);
  }
}
