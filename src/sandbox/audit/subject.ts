import { disappearanceOf, isEnd, precedenceOf, showsState, visibleFacts } from "./compare.ts";
import type { Claim } from "./deliveries.ts";
import type { Complaint, Tally } from "./report.ts";
import type { LedgerEntry } from "./ledger.ts";
import { specs } from "../tables/tables.ts";
import type { WireRecord } from "../wire/record.ts";

export interface SubjectRules {
  readonly isWatched: (entry: LedgerEntry) => boolean;
  /** Later changes may still be on their way. */
  readonly until: number;
  /** Changes before it may be told as a mere update: what the record was before is not known. */
  readonly baselineUntil: number;
  readonly detectsHardDeletes: boolean;
  readonly swallowedWithinMs: number;
}

const APPEARANCES: readonly string[] = ["created", "added", "offered", "restored"];

/**
 * Walks the states of one record along the claims made about it. `position` is the last state that is accounted for;
 * each claim must lead further, over at least one change worth telling.
 */
export function judgeSubject(
  history: readonly LedgerEntry[],
  claims: readonly Claim[],
  rules: SubjectRules,
  tally: Tally,
): void {
  const start = history.filter((entry) => !rules.isWatched(entry)).length - 1;
  tally.transitions += history.slice(start + 1).filter(isTold).length;
  let position = start;
  let expected = 1;
  let resets = 0;
  for (const claim of inOrder(claims)) {
    // The service has told that it forgot: it may begin with a number, and a state, that it told of before.
    const overtakes = claim.isResetSoon && claim.resets === resets && claim.sequence < expected;
    const isAnew = overtakes || claim.resets > resets;
    resets = Math.max(resets, claim.resets + Number(overtakes));
    if (claim.sequence !== expected && !isAnew) {
      const { sequence: got } = claim;
      tally.sequenceGaps.push({ subject: subjectOf(claim), expected, got });
    }
    expected = claim.sequence + 1;
    const found = history.findIndex((entry, index) => index > position && matches(claim, entry));
    const span = history.slice(position + 1, found + 1).filter(isTold);
    if (
      isAnew &&
      span.length === 0 &&
      (found !== -1 || (position > start && showsNothingNew(claim, history[position])))
    ) {
      position = Math.max(position, found);
      continue;
    }
    if (found === -1) {
      accuseUnmatched(history, claim, position, start, tally);
      continue;
    }
    if (span.length === 0) tally.invented.push(toComplaint(claim, "nothing happened but noise"));
    else judgeSpan(claim, span, { before: history[position], isFirst: position === start }, rules, tally);
    position = found;
  }
  settleRest(history, position, rules, tally);
}

/** By their numbers; where those are given again, by when each was read. */
function inOrder(claims: readonly Claim[]): readonly Claim[] {
  const isByNumber = claims.every(({ isResetSoon, resets }) => resets === 0 && !isResetSoon);
  return claims.toSorted(
    (a, b) =>
      (isByNumber ? 0 : compareTexts(a.observedAt, b.observedAt)) ||
      a.sequence - b.sequence ||
      a.receivedAt - b.receivedAt,
  );
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function isTold(entry: LedgerEntry): boolean {
  return !entry.noise && !entry.baseline;
}

function matches(claim: Claim, entry: LedgerEntry): boolean {
  const isDeletion = isEnd(entry);
  if (claim.transitions.includes(disappearanceOf(entry.resource)) !== isDeletion) return false;
  // The state a record was deleted in may be left out: it is gone, after all.
  if (claim.object === null) return isDeletion;
  return showsState(claim.object, entry);
}

function showsNothingNew(claim: Claim, told: LedgerEntry | undefined): boolean {
  return told !== undefined && matches(claim, told);
}

/** No state ahead fits: either the claim repeats or goes back, or it shows something that never was. */
function accuseUnmatched(
  history: readonly LedgerEntry[],
  claim: Claim,
  position: number,
  start: number,
  tally: Tally,
): void {
  const earlier = history.findLastIndex((entry, index) => index <= position && matches(claim, entry));
  if (claim.object === null) {
    tally.wrong.push(toComplaint(claim, "it has no object to judge by"));
  } else if (earlier === -1) {
    tally.invented.push(toComplaint(claim, "it shows a state that never was"));
  } else if (earlier <= start) {
    tally.invented.push(toComplaint(claim, "it tells of a state from before watching began"));
  } else if (earlier === position) {
    tally.invented.push(toComplaint(claim, "it tells once more of a state already told"));
  } else {
    tally.wrong.push(toComplaint(claim, "it goes back to an earlier state"));
  }
}

interface Outset {
  /** The state accounted for before this claim; undefined when the record did not exist. */
  readonly before: LedgerEntry | undefined;
  /** Nothing of this record has been told so far. */
  readonly isFirst: boolean;
}

/** A claim that leads over changes: does it tell all of them that could be seen, and nothing else? */
function judgeSpan(
  claim: Claim,
  span: readonly LedgerEntry[],
  outset: Outset,
  rules: SubjectRules,
  tally: Tally,
): void {
  const [first, last] = [span[0], span.at(-1)];
  if (first === undefined || last === undefined) return;
  const told = new Set(claim.transitions);
  const facts = new Set(span.flatMap((entry) => entry.facts));
  const due =
    span.length === 1 ? facts : visibleFacts(facts, last.resource, stateOf(outset.before), stateOf(last));
  const isUncertain = outset.isFirst && outset.before !== undefined && last.at <= rules.baselineUntil;
  const isExcused = isUncertain && told.size === 1 && told.has("updated");
  const missing = isExcused ? [] : [...due].filter((fact) => !told.has(fact));
  // What was done, undone and done again may leave a trace (another reason, another stamp) that is an update in itself.
  const isTrace = (name: string): boolean => name === "updated" && due.size < facts.size;
  const extra = isExcused ? [] : [...told].filter((name) => !facts.has(name) && !isTrace(name));
  // A change that this claim passes over without a word was not told together with a later one: it is lost.
  const lost = span.slice(0, -1).filter((entry) => entry.facts.some((fact) => missing.includes(fact)));
  const isUntrue = extra.length > 0 || missing.some((fact) => last.facts.includes(fact));
  const reason = isUntrue
    ? `transitions ${[...told].join(", ")} where ${[...due].join(", ")} happened`
    : findTypeFault(claim, told);
  if (reason !== undefined) tally.wrong.push(toComplaint(claim, reason));
  tally.lost.push(...lost);
  tally.covered += 1;
  tally.coalesced += span.length - 1 - lost.length;
  tally.latenciesMs.push(claim.receivedAt - last.at);
  tally.waitsMs.push(claim.receivedAt - first.at);
}

/** The type is the most telling of the transitions; a record that appears may be met by that first. */
function findTypeFault({ type, resource }: Claim, told: ReadonlySet<string>): string | undefined {
  if (!told.has(type)) return `type ${type} is not among its transitions`;
  const leading = precedenceOf(resource).find((fact) => told.has(fact));
  const isLed = leading !== undefined && specs[resource].facts?.[leading]?.leads === true;
  if ((APPEARANCES.includes(type) && !isLed) || type === leading) return undefined;
  return `type ${type} although ${leading} is more telling`;
}

/** Nothing before the first state, and nothing after a deletion. */
function stateOf(entry: LedgerEntry | undefined): WireRecord | undefined {
  return entry === undefined || isEnd(entry) ? undefined : entry.record;
}

/** What no claim accounts for: lost, unless it was undone, is too young, or could not be seen. */
function settleRest(
  history: readonly LedgerEntry[],
  position: number,
  rules: SubjectRules,
  tally: Tally,
): void {
  const rest = history.slice(position + 1).filter(isTold);
  const due = rest.filter((entry) => entry.visibleAt <= rules.until);
  tally.pending += rest.length - due.length;
  const judged = rules.detectsHardDeletes ? due : withoutSwallowed(due, rules.swallowedWithinMs);
  tally.excluded += due.length - judged.length;
  tally.transitions -= due.length - judged.length;
  const last = judged.at(-1);
  if (last === undefined) return;
  const facts = new Set(judged.flatMap((entry) => entry.facts));
  const visible = visibleFacts(facts, last.resource, stateOf(history[position]), stateOf(last));
  if (visible.size === 0) tally.coalesced += judged.length;
  else tally.lost.push(...judged);
}

/** A deletion that leaves no trace takes with it what happened just before and had not been read yet. */
function withoutSwallowed(entries: readonly LedgerEntry[], withinMs: number): LedgerEntry[] {
  const deletion = entries.find(isEnd);
  if (deletion === undefined) return [...entries];
  return entries.filter((entry) => entry.index < deletion.index && entry.at < deletion.at - withinMs);
}

function toComplaint(claim: Claim, reason: string): Complaint {
  return { webhookId: claim.webhookId, subject: subjectOf(claim), sequence: claim.sequence, reason };
}

function subjectOf(claim: Claim): string {
  return `${claim.resource}/${claim.id}`;
}
