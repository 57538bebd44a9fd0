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

/** When a request may be made that is wanted now (unix ms): what comes too early for the account's budget waits for it. */
export type Budget = (atMs: number) => number;

/** As `store/detection/request-budget.ts` lets requests through: evenly, but for five that may follow each other at once. */
export function createBudget(requestsPerMinute: number): Budget {
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
  readonly nextAt: NextPollAt;
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
  budget: Budget = (atMs) => atMs,
): Polled[] {
  const running = watching.map(({ edits, nextAt }) => ({
    ...{ edits, nextAt, found: 0, requests: 0, startedAtMs: startMs, waitedMs: 0 },
    latenciesMs: [] as number[],
    waitsMs: [] as number[],
  }));
  const isOver = ({ edits, found, startedAtMs }: (typeof running)[number]): boolean =>
    startedAtMs >= endMs && found >= edits.length;
  for (;;) {
    let next: (typeof running)[number] | undefined;
    for (const one of running)
      if (!isOver(one) && one.startedAtMs < (next?.startedAtMs ?? Infinity)) next = one;
    if (!next) break;
    const { edits, latenciesMs, startedAtMs } = next;
    const freeAtMs = budget(startedAtMs);
    next.waitedMs += freeAtMs - startedAtMs;
    next.startedAtMs = freeAtMs;
    if (freeAtMs > startedAtMs) continue;
    if (next.waitedMs > 0) next.waitsMs.push(next.waitedMs);
    next.waitedMs = 0;
    const nowMs = startedAtMs + MEDIAN_REQUEST_MS * Math.exp(REQUEST_SIGMA * normal(random));
    const before = next.found;
    for (; next.found < edits.length && (edits[next.found] ?? Infinity) <= startedAtMs; next.found += 1)
      latenciesMs.push(nowMs - (edits[next.found] ?? 0));
    next.requests += 1;
    next.startedAtMs = next.nextAt(startedAtMs, nowMs, next.found - before) + random.next() * WAKE_MS;
  }
  return running.map(({ latenciesMs, requests, waitsMs }) => ({ latenciesMs, requests, waitsMs }));
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
