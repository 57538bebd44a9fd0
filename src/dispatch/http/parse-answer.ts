import { type AnswerHead, type HeadReader, createHeadReader, planAnswer } from "./answer-head.ts";
import { createAnswerCollector } from "./read-answer.ts";

/** Of all heads and trailers of one answer together: as much as Python takes in one line. */
const MAX_HEAD_BYTES = 64 * 1_024;
/** The size of a chunk and what stands behind it. */
const MAX_CHUNK_LINE_BYTES = 4 * 1_024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const STATUS_LINE_BEGINS = "http/";
const HEAD_END = Buffer.from("\r\n\r\n");

export type ParsedAnswer =
  | (AnswerHead & {
      readonly kind: "answer";
      readonly bytes: Buffer;
      /** False when there was more than is read. */
      readonly whole: boolean;
      /** How long the connection may lie idle now, ms; 0: it must not be used again. */
      readonly idleMs: number;
    })
  /** No answer of HTTP, or not the whole of one. `detail` is a fixed text. */
  | { readonly kind: "bad" | "broken_off"; readonly detail: string };

/** The last head that came whole in one piece: most heads of one receiver are the same to the second. */
export interface FormerHead {
  known?: { readonly text: string; readonly head: AnswerHead; readonly regular: boolean };
}

/** Undefined: more is to come. */
export interface AnswerParser {
  add(chunk: Buffer): ParsedAnswer | undefined;
  /** The connection has ended. `reset`: in the midst of something, as far as anybody can tell. */
  end(reset: boolean): ParsedAnswer;
  /** Whether the head of the answer, not of one before it, is known. */
  headCame(): boolean;
}

type State = "head" | "length" | "chunk_size" | "chunk" | "chunk_end" | "trailers" | "until_end";

/**
 * Reads one answer, as leniently as curl and Python do: whatever those two take for a status is one here. Only an answer
 * without any irregularity leaves the connection fit for another request, so no doubt about where one ends can ever touch
 * the next. Bounded: heads, the lines of chunks, and the body (read-answer.ts).
 */
export function createAnswerParser(former: FormerHead = {}): AnswerParser {
  const body = createAnswerCollector();
  let reader: HeadReader = createHeadReader();
  let head: AnswerHead | undefined;
  let state: State = "head";
  /** What is not used up; while lines are read, at most a part of one. */
  let rest: Buffer = Buffer.alloc(0);
  let headBytes = 0;
  /** Of the body, or of the present chunk. */
  let left = 0;
  let regular = true;
  let idleMs = 0;
  let hasBegun = false;

  function answer(whole: boolean): ParsedAnswer {
    if (!head) return { kind: "broken_off", detail: "the connection ended before the answer" };
    const fit = regular && whole && rest.length === 0;
    return { kind: "answer", ...head, bytes: body.bytes(), whole, idleMs: fit ? idleMs : 0 };
  }

  /** Undefined: the line is not whole yet. */
  function takeLine(): string | undefined {
    const at = rest.indexOf(LINE_FEED);
    if (at === -1) return undefined;
    const raw = rest.toString("latin1", 0, at);
    rest = rest.subarray(at + 1);
    const line = raw.replace(/\r+$/, "");
    if (raw.length !== line.length + 1) regular = false;
    return line;
  }

  function readHead(): ParsedAnswer | undefined {
    for (;;) {
      if (!reader.head() && isForeign(rest)) return { kind: "bad", detail: "no status line of HTTP" };
      const before = rest.length;
      const line = takeLine();
      headBytes += line === undefined ? 0 : before - rest.length;
      if (headBytes + (line === undefined ? before : 0) > MAX_HEAD_BYTES) {
        return { kind: "bad", detail: `a head of more than ${MAX_HEAD_BYTES / 1_024} KiB` };
      }
      if (line === undefined) return undefined;
      if (line !== "") {
        if (!reader.addLine(line)) return { kind: "bad", detail: "no status line of HTTP" };
        continue;
      }
      // Before the status line an empty one is left over from nowhere.
      if (!reader.head()) regular = false;
      else if (endHead()) return undefined;
    }
  }

  /** False: it was one before the answer. */
  function endHead(): boolean {
    regular &&= reader.regular();
    const found = reader.head();
    if (found && isInterim(found.status)) {
      // Nobody asked for it. What else comes unasked must not be taken for the answer to the next request.
      regular = false;
      reader = createHeadReader();
      return false;
    }
    head = found;
    return true;
  }

  function beginBody(known: AnswerHead): ParsedAnswer | undefined {
    const plan = planAnswer(known);
    regular &&= plan.clear;
    ({ idleMs } = plan);
    switch (plan.framing.kind) {
      case "none":
        return answer(true);
      case "length":
        state = "length";
        left = plan.framing.bytes;
        return undefined;
      case "chunked":
        state = "chunk_size";
        return undefined;
      case "until_end":
        state = "until_end";
        return undefined;
    }
  }

  /** Takes what there is of the body or of a chunk. False: that was more than is read. */
  function takeBytes(): boolean {
    const part = rest.subarray(0, state === "until_end" ? rest.length : left);
    rest = rest.subarray(part.length);
    left -= part.length;
    return part.length === 0 || body.add(part);
  }

  function readChunkSize(): ParsedAnswer | "again" | undefined {
    const line = takeLine();
    if (line === undefined) {
      return rest.length > MAX_CHUNK_LINE_BYTES ? { kind: "bad", detail: "a chunk of no size" } : undefined;
    }
    const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/is.exec(line)?.[1];
    if (size === undefined) return { kind: "bad", detail: "a chunk of no size" };
    if (!/^[\da-f]+(?:;|$)/i.test(line)) regular = false;
    left = Number.parseInt(size, 16);
    state = left === 0 ? "trailers" : "chunk";
    return "again";
  }

  function readChunkEnd(): ParsedAnswer | "again" | undefined {
    const line = takeLine();
    if (line === "") state = "chunk_size";
    else if (line !== undefined || rest.length > 1) return { kind: "bad", detail: "a chunk without end" };
    return line === "" ? "again" : undefined;
  }

  function readTrailers(): ParsedAnswer | "again" | undefined {
    const before = rest.length;
    const line = takeLine();
    if (line === "") return answer(true);
    headBytes += before - (line === undefined ? 0 : rest.length);
    if (headBytes > MAX_HEAD_BYTES) return { kind: "bad", detail: "trailers without end" };
    if (line !== undefined) return "again";
    headBytes -= before;
    return undefined;
  }

  function step(): ParsedAnswer | "again" | undefined {
    switch (state) {
      case "head": {
        const bad = readHead();
        if (bad || !head) return bad;
        return beginBody(head) ?? "again";
      }
      case "length":
        if (!takeBytes()) return answer(false);
        return left === 0 ? answer(true) : undefined;
      case "until_end":
        return takeBytes() ? undefined : answer(false);
      case "chunk_size":
        return readChunkSize();
      case "chunk":
        if (!takeBytes()) return answer(false);
        if (left > 0) return undefined;
        state = "chunk_end";
        return "again";
      case "chunk_end":
        return readChunkEnd();
      case "trailers":
        return readTrailers();
    }
  }

  return {
    add(chunk) {
      const isFirst = !hasBegun;
      hasBegun = true;
      const whole = isFirst ? wholeHeadOf(chunk) : undefined;
      if (whole !== undefined && whole === former.known?.text) {
        ({ head, regular } = former.known);
        headBytes = whole.length;
        rest = chunk.subarray(whole.length);
        const ended = beginBody(head);
        if (ended) return ended;
      } else {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      }
      for (;;) {
        const before = head;
        const result = step();
        if (!before && head && headBytes === whole?.length) former.known = { text: whole, head, regular };
        if (result !== "again") return result;
      }
    },

    end(reset) {
      regular = false;
      // Behind the last chunk there is nothing that matters.
      if (state === "until_end" || state === "trailers") return answer(true);
      const found = reader.head();
      // Whoever says 200 and hangs up among its headers has said 200, unless a body was announced that is not there.
      if (state === "head" && !reset && found && !isInterim(found.status) && !promisesBody(found)) {
        head = found;
        return answer(true);
      }
      return { kind: "broken_off", detail: "the connection ended" };
    },

    headCame: () => head !== undefined,
  };
}

/** A head that is there to its end, as text; undefined: it is not whole. */
function wholeHeadOf(chunk: Buffer): string | undefined {
  const end = chunk.indexOf(HEAD_END);
  return end === -1 || end > MAX_HEAD_BYTES ? undefined : chunk.toString("latin1", 0, end + HEAD_END.length);
}

function promisesBody(head: AnswerHead): boolean {
  const { framing } = planAnswer(head);
  return framing.kind === "chunked" || (framing.kind === "length" && framing.bytes > 0);
}

/** 101 is an answer: nobody asked to speak anything else than HTTP. */
function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101;
}

/** Whether these bytes cannot become a status line. */
function isForeign(bytes: Buffer): boolean {
  let from = 0;
  while (bytes[from] === LINE_FEED || bytes[from] === CARRIAGE_RETURN) from += 1;
  const begins = bytes.toString("latin1", from, from + STATUS_LINE_BEGINS.length).toLowerCase();
  return !STATUS_LINE_BEGINS.startsWith(begins);
}
