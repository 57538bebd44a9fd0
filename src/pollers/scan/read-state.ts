import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";

interface ReadStateDeps {
  readonly reading: Pick<ReadingStore, "read" | "update">;
  readonly store: Pick<AccountStore, "readCursor">;
}

/** How the resource is read. Where it has been read before, it is known since when. */
export async function readState(
  { reading, store }: ReadStateDeps,
  { account, resource }: Pick<Lease, "account" | "resource">,
  isWantedFromNowOn: boolean,
): Promise<ReadingState> {
  const state = await reading.read(account, resource);
  if (state.firstSyncAt !== 0) return state;
  const cursor = await store.readCursor(account, resource);
  if (cursor?.phase !== "live") {
    // Until it has begun it may be thought better of.
    const changes = { fromNowOn: isWantedFromNowOn };
    if (state.fromNowOn !== isWantedFromNowOn) await reading.update(account, resource, changes);
    return { ...state, ...changes };
  }
  // The watermark of a first sync is when it began. Of one that an earlier release made: what is older is known.
  await reading.update(account, resource, { firstSyncAt: cursor.watermark });
  return { ...state, firstSyncAt: cursor.watermark };
}
