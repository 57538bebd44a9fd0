import { SKEWED_MS } from "../../store/detection/connection-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";

/**
 * The clinic's clock beside ours, so that an age by its stamps is an age. Written down where it differs by more than its
 * requests may take, and when that changes. @param aheadMs of ours; behind it: negative
 */
export async function noteClock(
  keeper: Pick<ConnectionKeeper, "update">,
  account: string,
  aheadMs: number,
): Promise<void> {
  await keeper.update(account, ({ clockAheadMs }) => {
    if (clockAheadMs === undefined)
      return Math.abs(aheadMs) > SKEWED_MS ? { change: { clockAheadMs: aheadMs } } : undefined;
    if (Math.abs(aheadMs) <= SKEWED_MS / 2) return { change: { clockAheadMs: null } };
    return Math.abs(clockAheadMs - aheadMs) > SKEWED_MS / 2
      ? { change: { clockAheadMs: aheadMs } }
      : undefined;
  });
}
