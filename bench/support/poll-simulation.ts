import type { Random } from "../../src/sandbox/clinic/random.ts";
import { normal } from "./clinic-edits.ts";

export interface Polled {
  /** From an edit's commit to the answer that shows it, one per edit. */
  readonly latenciesMs: readonly number[];
  readonly requests: number;
  /** For how long requests waited for their budget, of those that had to. */
  readonly waitsMs: readonly number[];
}

/** When to poll next (unix ms), after a poll that began at `startedAtMs`, ended at `nowMs` and found `changes`. */
export type NextPollAt = (startedAtMs: number, nowMs: number, changes: number) => number;

/** A request takes 300 ms at the median, more than 1 s in 1 of 750: log-normal. */
const MEDIAN_REQUEST_MS = 300;
const REQUEST_SIGMA = 0.4;
/** A delayed job wakes up to this late; on average half of it. */
export const WAKE_MS = 50;

/** What holds the requests of an account back. */
export interface Limits {
  /** When a request may be made that is wanted now (unix ms): what comes too early for the account's budget waits for it. */
  readonly free: (atMs: number) => number;
  /** Polls that may be under way at once; the others wait in the order in which they came. */
  readonly places: number;
}

const UNLIMITED: Limits = { free: (atMs) => atMs, places: Infinity };

/** As `store/detection/request-budget.ts` lets requests through: evenly, but for five that may follow each other at once. */
export function createBudget(requestsPerMinute: number): Limits["free"] {
  const gapMs = 60_000 / requestsPerMinute;
  let emptyAtMs = 0;
  return (atMs) => {
    const next = Math.max(emptyAtMs, atMs) + gapMs;
    const freeAtMs = Math.max(atMs, next - 5 * gapMs);
    if (freeAtMs === atMs) emptyAtMs = next;
    return freeAtMs;
  };
}

/** What is polled beside other things. */
export interface Watching {
  readonly edits: Float64Array;
  /** When it is polled for the first time; left out: at once. */
  readonly firstAt?: (startMs: number) => number;
  readonly nextAt: NextPollAt;
}

/** due: to be polled at `atMs` · waiting: for a place · placed: to ask at `atMs` · asking: answered at `atMs` */
interface Running extends Watching {
  phase: "due" | "waiting" | "placed" | "asking";
  atMs: number;
  wantedAtMs: number;
  startedAtMs: number;
  found: number;
  requests: number;
  readonly latenciesMs: number[];
  readonly waitsMs: number[];
}

/**
 * Polls lists of edits from `startMs` to `endMs`, beside each other. Counted against the poller: an edit that is committed while a
 * request is under way is not in its answer, and is known only when the answer of the next has come.
 */
export function simulateTogether(
  watching: readonly Watching[],
  startMs: number,
  endMs: number,
  random: Random,
  { free, places }: Limits = UNLIMITED,
): Polled[] {
  const running = watching.map((watched): Running => ({
    ...watched,
    ...{
      phase: "due",
      atMs: watched.firstAt?.(startMs) ?? startMs,
      wantedAtMs: startMs,
      startedAtMs: startMs,
      found: 0,
      requests: 0,
    },
    ...{ latenciesMs: [], waitsMs: [] },
  }));
  const line: Running[] = [];
  let taken = 0;
  for (let next = earliest(running, endMs); next; next = earliest(running, endMs)) {
    const { atMs } = next;
    if (next.phase === "asking") {
      answered(next, random);
      const follower = line.shift();
      if (follower) Object.assign(follower, { phase: "placed", atMs });
      else taken -= 1;
      continue;
    }
    if (next.phase === "due") {
      next.wantedAtMs = atMs;
      if (taken >= places) {
        next.phase = "waiting";
        line.push(next);
        continue;
      }
      taken += 1;
      next.phase = "placed";
    }
    next.atMs = free(atMs);
    if (next.atMs > atMs) continue;
    if (atMs > next.wantedAtMs) next.waitsMs.push(atMs - next.wantedAtMs);
    next.startedAtMs = atMs;
    next.phase = "asking";
    next.atMs = atMs + MEDIAN_REQUEST_MS * Math.exp(REQUEST_SIGMA * normal(random));
  }
  return running.map(({ latenciesMs, requests, waitsMs }) => ({ latenciesMs, requests, waitsMs }));
}

/** Undefined: all is over, and everything was found. */
function earliest(running: readonly Running[], endMs: number): Running | undefined {
  let first: Running | undefined;
  for (const one of running) {
    const isOver = one.phase === "due" && one.atMs >= endMs && one.found >= one.edits.length;
    if (!isOver && one.phase !== "waiting" && one.atMs < (first?.atMs ?? Infinity)) first = one;
  }
  return first;
}

function answered(one: Running, random: Random): void {
  const { edits, latenciesMs, startedAtMs, atMs: nowMs } = one;
  const before = one.found;
  for (; one.found < edits.length && (edits[one.found] ?? Infinity) <= startedAtMs; one.found += 1)
    latenciesMs.push(nowMs - (edits[one.found] ?? 0));
  one.requests += 1;
  one.phase = "due";
  one.atMs = one.nextAt(startedAtMs, nowMs, one.found - before) + random.next() * WAKE_MS;
}

export function simulatePolling(
  edits: Float64Array,
  startMs: number,
  endMs: number,
  random: Random,
  nextAt: NextPollAt,
): Polled {
  const [polled] = simulateTogether([{ edits, nextAt }], startMs, endMs, random);
  return polled ?? { latenciesMs: [], requests: 0, waitsMs: [] };
}
