import { createHash } from "node:crypto";

/** Longest pause after failures in a row. */
const MAX_BACKOFF_MS = 60_000;

/**
 * The next tick after `nowMs` on this key's own grid. The phase comes from a hash, so that a thousand accounts do not
 * poll in the same moment; a tick that was missed is skipped, not made up for.
 */
export function nextTick(nowMs: number, intervalMs: number, key: string): number {
  const phase = createHash("sha256").update(key).digest().readUInt32BE(0) % intervalMs;
  return nowMs - ((((nowMs - phase) % intervalMs) + intervalMs) % intervalMs) + intervalMs;
}

/** Pause after the n-th failure in a row (from 1): the interval, doubled each time, up to a minute. */
export function backoffMs(failures: number, intervalMs: number): number {
  return Math.min(intervalMs * 2 ** Math.min(failures - 1, 16), Math.max(MAX_BACKOFF_MS, intervalMs));
}
