import { createBrotliDecompress, createUnzip } from "node:zlib";

/** How much of an answer is read, and how much is unpacked, before the connection is closed (design §5.3). */
export const MAX_ANSWER_BYTES = 16 * 1_024;
/** How much of it is kept: enough to see what a receiver complains about. */
const EXCERPT_CHARACTERS = 1_000;
const LONGEST_CHARACTER_BYTES = 4;
const PLAIN = /^[\x20-\x7e]*$/;

/** Collects the body of an answer as far as the limit. */
export interface AnswerCollector {
  /** False: that was more than the limit, and the rest is not wanted. */
  add(chunk: Buffer): boolean;
  /** At most the limit. */
  bytes(): Buffer;
}

export function createAnswerCollector(): AnswerCollector {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      return size <= MAX_ANSWER_BYTES;
    },
    bytes() {
      const [first] = chunks;
      if (first && chunks.length === 1) return first.subarray(0, MAX_ANSWER_BYTES);
      return Buffer.concat(chunks, Math.min(size, MAX_ANSWER_BYTES));
    },
  };
}

export interface UnpackedAnswer {
  readonly excerpt: string;
  /** False: it unpacks into more than the limit. */
  readonly whole: boolean;
}

/**
 * The text of an answer's beginning. Never rejects: the status has decided already.
 * @param bytes of the body, as they came
 * @param encoding its content-encoding: we ask for none, but a receiver may send what it likes
 */
export async function unpackAnswer(bytes: Buffer, encoding: string): Promise<UnpackedAnswer> {
  const name = encoding.trim().toLowerCase();
  if (name === "" || name === "identity") return { excerpt: toExcerpt(bytes), whole: true };
  const unpacker = createUnpacker(name);
  if (!unpacker) return { excerpt: "", whole: true };
  unpacker.end(bytes);
  const plain = createAnswerCollector();
  let whole = true;
  try {
    for await (const chunk of unpacker) {
      if (!Buffer.isBuffer(chunk)) continue;
      whole = plain.add(chunk);
      // A small body can unpack into a great one: leaving the loop destroys the unpacker.
      if (!whole) break;
    }
  } catch {
    // Cut off by our own limit, or not what its header says.
  }
  return { excerpt: toExcerpt(plain.bytes()), whole };
}

function createUnpacker(encoding: string): ReturnType<typeof createUnzip> | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      return createUnzip({ chunkSize: MAX_ANSWER_BYTES });
    case "br":
      return createBrotliDecompress({ chunkSize: MAX_ANSWER_BYTES });
    default:
      return undefined;
  }
}

/** As text that neither a terminal nor a page can be led astray by: no control characters, none that turn the direction. */
function toExcerpt(bytes: Buffer): string {
  const start = bytes.subarray(0, EXCERPT_CHARACTERS * LONGEST_CHARACTER_BYTES);
  // Nearly every answer is short and plain.
  const latin = start.toString("latin1");
  if (PLAIN.test(latin)) return latin.slice(0, EXCERPT_CHARACTERS);
  const text = new TextDecoder().decode(start, { stream: start.length < bytes.length });
  return Array.from(text)
    .slice(0, EXCERPT_CHARACTERS)
    .join("")
    .replaceAll(/[\t\n\r]/g, " ")
    .replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
