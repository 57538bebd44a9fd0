/** Two machines that keep time differ by this much at most, ms. */
const CLOCKS_DIFFER_MS = 5_000;

/**
 * How long ago something was, ms, never negative. What lies further ahead than clocks differ was stamped by a clock that has
 * gone back since: it may have been at any time, so it counts as long ago, and nothing waits for it to come round again.
 */
export function elapsedMs(now: number, at: number): number {
  if (at - now > CLOCKS_DIFFER_MS) return Infinity;
  return Math.max(0, now - at);
}
