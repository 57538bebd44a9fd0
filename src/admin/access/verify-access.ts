import type { Base } from "../base.ts";
import { UnreadableRecordError } from "../../shared/errors.ts";
import { isRecord } from "../../shared/is-record.ts";
import {
  type AccessHead,
  type NumberedLine,
  EMPTY_HEAD,
  chain,
  parseLine,
} from "../../store/access/access-log.ts";

/** Where the log was, so that it can be found out later whether it still is what it was. */
export type AccessMark = Pick<AccessHead, "lines" | "hash">;

/** What is wrong with an access log, in a sentence. */
export type AccessFault = string;

export interface VerifiedAccess {
  /** The first line that is kept, and how many were ever written. */
  readonly first: number;
  readonly head: AccessMark;
  /** None: nothing was changed, moved, put in, left out or cut off. */
  readonly faults: readonly AccessFault[];
}

/** Reads the whole log, line by line. @param mark what the log was once: it must still have been that */
export async function verifyAccess(
  { accessLog }: Pick<Base, "accessLog">,
  mark?: AccessMark,
): Promise<VerifiedAccess> {
  const numbers = await accessLog.batchNumbers();
  const faults: AccessFault[] = [];
  let head = EMPTY_HEAD;
  try {
    head = await accessLog.readHead();
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    faults.push("the head cannot be opened: it was changed, or is sealed with a key that is not configured");
    return { first: 1, head: { lines: 0, hash: "" }, faults };
  }
  if (head.batches === 0 && numbers.length > 0) faults.push("the head is gone, and there are lines");
  const foreign = numbers.filter((number) => number >= head.batches);
  if (head.batches > 0 && foreign.length > 0) faults.push(`${foreign.length} batches stand behind the end`);
  const place = { next: head.trimmedLines + 1, hash: head.anchor };
  const marked =
    mark?.lines === head.trimmedLines && mark.hash === head.anchor ? { found: true } : { found: false };
  for (let number = head.trimmed; number < head.batches; number += 1) {
    const batch = await accessLog.readBatch(number).catch((error: unknown) => {
      if (error instanceof UnreadableRecordError) return "changed" as const;
      throw error;
    });
    if (batch === "changed") faults.push(`batch ${number} was changed, or put in another's place`);
    // Trimmed while this looked at it.
    else if (!batch && number < (await accessLog.readHead()).trimmed) place.hash = "";
    else if (!batch) faults.push(`batch ${number} is missing, from line ${place.next} on`);
    if (!batch || batch === "changed") continue;
    if (place.hash !== "" && (batch.before !== place.hash || batch.first !== place.next)) {
      faults.push(
        `batch ${number} does not follow on line ${place.next - 1}: something was put back, or left out`,
      );
    }
    place.hash = batch.before;
    place.next = batch.first;
    for (const line of batch.lines) {
      place.hash = chain(place.hash, line);
      if (place.next === mark?.lines && place.hash === mark.hash) marked.found = true;
      place.next += 1;
    }
  }
  if (place.next - 1 !== head.lines || place.hash !== head.hash) {
    faults.push(`it ends with line ${place.next - 1}, and there were ${head.lines}`);
  }
  if (mark && mark.lines > head.lines)
    faults.push(`it had ${mark.lines} lines, and has ${head.lines}: it was cut`);
  else if (mark && mark.lines > head.trimmedLines && !marked.found) {
    faults.push(`line ${mark.lines} is not what it was`);
  }
  return { first: head.trimmedLines + 1, head: { lines: head.lines, hash: head.hash }, faults };
}

/** Lines from a number on, as they stand. @throws UnreadableRecordError */
export async function* readAccess(
  { accessLog }: Pick<Base, "accessLog">,
  from = 1,
): AsyncGenerator<NumberedLine> {
  const head = await accessLog.readHead();
  for (let number = head.trimmed; number < head.batches; number += 1) {
    const batch = await accessLog.readBatch(number);
    if (!batch) continue;
    let hash = batch.before;
    for (const [index, line] of batch.lines.entries()) {
      hash = chain(hash, line);
      if (batch.first + index >= from) yield { ...line, number: batch.first + index, hash };
    }
  }
}

/** The newest lines, the newest first, those before a number. */
export async function newestAccess(
  { accessLog }: Pick<Base, "accessLog">,
  count: number,
  before = Number.POSITIVE_INFINITY,
): Promise<NumberedLine[]> {
  const head = await accessLog.readHead();
  const found: NumberedLine[] = [];
  for (let number = head.batches - 1; number >= head.trimmed && found.length < count; number -= 1) {
    const batch = await accessLog.readBatch(number);
    if (!batch || batch.first >= before) continue;
    let hash = batch.before;
    const lines = batch.lines.map((line, index) => {
      hash = chain(hash, line);
      return { ...line, number: batch.first + index, hash };
    });
    found.push(...lines.filter((line) => line.number < before).toReversed());
  }
  return found.slice(0, count);
}

/** An export: what it begins behind, its lines, and its end, signed. */
export async function* exportAccess(base: Pick<Base, "accessLog">): AsyncGenerator<string> {
  const { anchor, trimmedLines } = await base.accessLog.readHead();
  yield JSON.stringify({ access_log: { anchor, first: trimmedLines + 1 } });
  let last: AccessMark = { lines: trimmedLines, hash: anchor };
  for await (const line of readAccess(base)) {
    last = { lines: line.number, hash: line.hash };
    yield JSON.stringify(line);
  }
  yield JSON.stringify({ head: { ...last, signature: base.accessLog.sign(last) } });
}

/** What is wrong with an export. `sign`: with the installation's key, which says whether it is ours at all. */
export function verifyExport(
  lines: readonly string[],
  sign?: (mark: AccessMark) => string,
  mark?: AccessMark,
): VerifiedAccess {
  const faults: AccessFault[] = [];
  const [begin, ...rest] = lines.filter((line) => line !== "").map((line) => parse(line));
  const { anchor, first } = (begin?.["access_log"] ?? {}) as { anchor?: string; first?: number };
  const end = (rest.at(-1)?.["head"] ?? {}) as Partial<AccessMark> & { signature?: string };
  const head = { lines: end.lines ?? 0, hash: end.hash ?? "" };
  if (anchor === undefined || first === undefined)
    faults.push("the first line is not the beginning of an export");
  if (end.signature === undefined) faults.push("the last line is not the end of an export: it was cut");
  let [hash, next, marked] = [anchor ?? "", first ?? 1, mark === undefined];
  if (mark?.lines === next - 1 && mark.hash === hash) marked = true;
  for (const one of end.signature === undefined ? rest : rest.slice(0, -1)) {
    const { number, hash: said, ...line } = one ?? {};
    if (typeof number !== "number") {
      faults.push(`line ${next} cannot be read`);
      next += 1;
      continue;
    }
    const read = parseLine(line);
    if (number !== next) faults.push(`line ${number} stands where line ${next} should`);
    hash = read ? chain(hash, read) : "";
    if (said !== hash) faults.push(`line ${number} was changed, or does not follow on the one before it`);
    // From here on as it says of itself: what follows is told for itself.
    hash = typeof said === "string" ? said : hash;
    if (number === mark?.lines && hash === mark?.hash) marked = true;
    next = number + 1;
  }
  if (end.signature !== undefined && (head.lines !== next - 1 || head.hash !== hash)) {
    faults.push(`it ends with line ${next - 1}, and its head says ${head.lines}`);
  }
  if (sign && end.signature !== undefined && sign(head) !== end.signature) {
    faults.push("its head is not signed by this installation");
  }
  if (!marked) faults.push(`line ${mark?.lines ?? 0} is not what it was`);
  return { first: first ?? 1, head, faults };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
