/**
 * The share of one API key's requests that we may spend, shared by every worker that uses the key.
 * Implementations fail closed: when the budget cannot be read, nothing is sent.
 */
export interface RequestBudget {
  /** Takes one request: 0 = go now, otherwise how long until one is free (ms). Nothing is taken when it is not 0. */
  take(): Promise<number>;
  /** What `take` would answer. Takes nothing. */
  freeInMs(): Promise<number>;
  /** The upstream said 429: nobody sends before `resetAtMs` (unix ms). */
  blockUntil(resetAtMs: number): Promise<void>;
}
