import type { Random } from "../../src/sandbox/clinic/random.ts";
import { normal } from "./clinic-edits.ts";

export interface Polled {
  /** From an edit's commit to the answer that shows it, one per edit. */
  readonly latenciesMs: readonly number[];
  readonly requests: number;
}

/** When to poll next (unix ms), after a poll that began at `startedAtMs`, ended at `nowMs` and found `changes`. */
export type NextPollAt = (startedAtMs: number, nowMs: number, changes: number) => number;

/** A request takes 300 ms at the median, more than 1 s in 1 of 750: log-normal. */
const MEDIAN_REQUEST_MS = 300;
const REQUEST_SIGMA = 0.4;
/** A delayed job wakes up to this late; on average half of it. */
export const WAKE_MS = 50;

/**
 * Polls a list of edits from `startMs` to `endMs`. Counted against the poller: an edit that is committed while a request
 * is under way is not in its answer, and is known only when the answer of the next has come.
 */
export function simulatePolling(
  edits: Float64Array,
  startMs: number,
  endMs: number,
  random: Random,
  nextAt: NextPollAt,
): Polled {
  const latenciesMs: number[] = [];
  let found = 0;
  let requests = 0;
  let startedAtMs = startMs;
  while (startedAtMs < endMs || found < edits.length) {
    const nowMs = startedAtMs + MEDIAN_REQUEST_MS * Math.exp(REQUEST_SIGMA * normal(random));
    const before = found;
    for (; found < edits.length && (edits[found] ?? Infinity) <= startedAtMs; found++) {
      latenciesMs.push(nowMs - (edits[found] ?? 0));
    }
    requests += 1;
    startedAtMs = nextAt(startedAtMs, nowMs, found - before) + random.next() * WAKE_MS;
  }
  return { latenciesMs, requests };
}
