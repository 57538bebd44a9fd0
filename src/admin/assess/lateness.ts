import type { Severity } from "./severity.ts";

const MINUTE_MS = 60_000;

/** What a source may be late, and from when on it stands still. One place: lists, alerts and commands follow it. */
export interface Patience {
  readonly lateMs: number;
  readonly stuckMs: number;
}

/**
 * A minute over the promise (or half of it again, where that is more) is a hiccup of the network. Five minutes (or five
 * promises) are none.
 * @param promiseMs within what time a change is to be known
 */
export function patienceFor(promiseMs: number): Patience {
  return {
    lateMs: promiseMs + Math.max(MINUTE_MS, promiseMs / 2),
    stuckMs: 5 * Math.max(MINUTE_MS, promiseMs),
  };
}

export function judgeAge(ageMs: number, { lateMs, stuckMs }: Patience): Exclude<Severity, "notice"> {
  if (ageMs > stuckMs) return "critical";
  return ageMs > lateMs ? "warning" : "ok";
}
