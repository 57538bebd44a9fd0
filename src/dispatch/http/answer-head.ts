/** The head of an answer, as far as a sender of callbacks needs it. */
export interface AnswerHead {
  readonly status: number;
  /** HTTP/1.1 or what calls itself newer: the connection is kept unless it says otherwise. */
  readonly keepsByDefault: boolean;
  /** In lower case; one that is named several times has its values joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
}

/** How an answer's body ends (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until_end" };

export interface AnswerPlan {
  readonly framing: Framing;
  /** Whether the head leaves no doubt where the body ends. */
  readonly clear: boolean;
  /** How long the connection may lie idle after this answer, ms; 0: it is not to be used again. */
  readonly idleMs: number;
}

export interface HeadReader {
  /** One line without its line end. False: the status line is not one of HTTP. */
  addLine(line: string): boolean;
  /** Undefined before the status line. */
  head(): AnswerHead | undefined;
  /** Whether all lines were as HTTP wants them. */
  readonly regular: () => boolean;
}

const STATUS_LINE = /^HTTP\/(\d)(?:\.(\d))?[ \t]+([1-9]\d{2})(?:[ \t].*)?$/is;
/** A word of RFC 9110 §5.6.2, and a value without control characters. */
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/** How long a connection may lie idle where the receiver does not say (Keep-Alive). */
const IDLE_MS = 20_000;
/** So much earlier than the receiver we let go of it: a request must not meet its closing. */
const EARLIER_MS = 2_000;

/** Reads what curl and Python read: lines that are no headers are passed over, and leave the head irregular. */
export function createHeadReader(): HeadReader {
  const headers = new Map<string, string>();
  let status: Omit<AnswerHead, "headers"> | undefined;
  let last: string | undefined;
  let regular = true;

  function addField(line: string): void {
    const name = line
      .slice(0, Math.max(0, line.indexOf(":")))
      .trim()
      .toLowerCase();
    if (!FIELD.test(line)) regular = false;
    last = name === "" ? undefined : name;
    if (last === undefined) return;
    const value = line.slice(line.indexOf(":") + 1).trim();
    const before = headers.get(last);
    headers.set(last, before === undefined ? value : `${before}, ${value}`);
  }

  return {
    addLine(line) {
      if (status === undefined) {
        const match = STATUS_LINE.exec(line);
        if (!match) return false;
        const [, major, minor, code] = match;
        status = { status: Number(code), keepsByDefault: !(major === "1" && minor === "0") };
      } else if (/^[ \t]/.test(line)) {
        // Folded: it goes on with the line before.
        regular = false;
        if (last !== undefined) headers.set(last, `${headers.get(last) ?? ""} ${line.trim()}`.trim());
      } else {
        addField(line);
      }
      return true;
    },
    head: () => status && { ...status, headers },
    regular: () => regular,
  };
}

/** How the body that follows is read. Where the head contradicts itself, it ends with its connection at the latest. */
export function planAnswer({ status, keepsByDefault, headers }: AnswerHead): AnswerPlan {
  const length = lengthOf(headers.get("content-length"));
  const encoding = headers.get("transfer-encoding")?.trim().toLowerCase();
  const idleMs = idleMsOf(headers, keepsByDefault);
  // These have no body, whatever they say (RFC 9110 §15.2.2, §15.3.5, §15.3.6, §15.4.5).
  if (status === 101 || status === 204 || status === 205 || status === 304) {
    const clear = encoding === undefined && (length === 0 || (length === undefined && status !== 205));
    return { framing: { kind: "none" }, clear: clear && status !== 101, idleMs };
  }
  if (encoding !== undefined && /(?:^|,)\s*chunked$/.test(encoding)) {
    const clear = encoding === "chunked" && !headers.has("content-length");
    return { framing: { kind: "chunked" }, clear, idleMs };
  }
  if (typeof length === "number") {
    const clear = encoding === undefined && /^\d+$/.test(headers.get("content-length") ?? "");
    return { framing: { kind: "length", bytes: length }, clear, idleMs };
  }
  return { framing: { kind: "until_end" }, clear: false, idleMs: 0 };
}

/** Named twice with one value counts once. "unclear": no number, or several that differ. */
function lengthOf(text: string | undefined): number | "unclear" | undefined {
  if (text === undefined) return undefined;
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  const length = /^\+?\d{1,15}$/.test(first) ? Number(first) : undefined;
  return length !== undefined && others.every((other) => other === first) ? length : "unclear";
}

function idleMsOf(headers: AnswerHead["headers"], keepsByDefault: boolean): number {
  const said = (headers.get("connection") ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());
  if (said.includes("close") || !(keepsByDefault || said.includes("keep-alive"))) return 0;
  const seconds = /(?:^|[\s,;])timeout\s*=\s*(\d{1,6})/i.exec(headers.get("keep-alive") ?? "")?.[1];
  return seconds === undefined ? IDLE_MS : Math.max(0, Number(seconds) * 1_000 - EARLIER_MS);
}
