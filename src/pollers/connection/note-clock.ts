import { type Connection, SKEWED_MS } from "../../store/detection/connection-store.ts";
import type { Decision } from "./connection-keeper.ts";

/**
 * The clinic's clock beside ours, so that an age by its stamps is an age. Written down where it differs by more than its
 * requests may take, and when that changes. @param aheadMs of ours; behind it: negative
 */
export function noteClock(
  { clockAheadMs }: Pick<Connection, "clockAheadMs">,
  aheadMs: number,
): Decision | undefined {
  if (clockAheadMs === undefined)
    return Math.abs(aheadMs) > SKEWED_MS ? { change: { clockAheadMs: aheadMs } } : undefined;
  if (Math.abs(aheadMs) <= SKEWED_MS / 2) return { change: { clockAheadMs: null } };
  return Math.abs(clockAheadMs - aheadMs) > SKEWED_MS / 2 ? { change: { clockAheadMs: aheadMs } } : undefined;
}
