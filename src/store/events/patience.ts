/** How long somebody waits for a search. Every walk over a log, a timeline or the accounts takes one. */
export interface Patience {
  /** Fires when nobody waits any more: the search rejects with its reason. */
  readonly signal: AbortSignal;
  /** It has taken long enough: what was found by now is to be the answer. */
  readonly isOver: () => boolean;
}

/** Of a person who waits at a terminal and can end it. */
export const ENDLESS: Patience = { signal: new AbortController().signal, isOver: () => false };

/** Of one request. Longer than any search of a busy clinic's month takes on a machine that has time. */
const REQUEST_MS = 5_000;

/** Begins now. */
export function createPatience(
  signal: AbortSignal,
  forMs: number = REQUEST_MS,
  elapsedMs: () => number = () => performance.now(),
): Patience {
  const until = elapsedMs() + forMs;
  return { signal, isOver: () => elapsedMs() >= until };
}
