import type { Cursor } from "../../store/detection/account-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import type { ReadingDeps } from "./reading-deps.ts";
import { WALK_NOW } from "../reconcile/sweep-times.ts";

/** A record that lists leave out again and again is looked back for no further than this. */
const FURTHEST_SECONDS = 86_400;

type Deps = Pick<ReadingDeps, "reading" | "state" | "store">;
type Live = Extract<Cursor, { phase: "live" }>;

/** From when on records may have been hidden: up to then all of them were found to be there. Upstream's clock, unix seconds. */
function seenUpTo({ firstSyncAt, presentAt }: ReadingState, { unseenSince, watermark }: Live): number {
  return Math.min(watermark, unseenSince ?? watermark, Math.max(presentAt, firstSyncAt) || watermark);
}

/**
 * Records are hidden, nobody knows since when: the watermark goes back to where all were last found to be there, and
 * nothing later is claimed until the scan from there and a walk through everything have ended. False: the lease is lost.
 */
export async function standBack(deps: Deps, lease: Lease): Promise<boolean> {
  const { account, resource } = lease;
  const cursor = await deps.store.readCursor(account, resource);
  if (cursor?.phase !== "live") return true;
  const from = seenUpTo(deps.state, cursor);
  await deps.reading.update(account, resource, { countedAt: 0, walkedAt: WALK_NOW, walkAfter: undefined });
  return await move(deps, lease, { phase: "live", watermark: from, unseenSince: from });
}

/** Some records were hidden and are back: what was stamped meanwhile is read by the next scan. False: as above. */
export async function lookBack(deps: Deps, lease: Lease): Promise<boolean> {
  const cursor = await deps.store.readCursor(lease.account, lease.resource);
  if (cursor?.phase !== "live") return true;
  const watermark = Math.max(seenUpTo(deps.state, cursor), cursor.watermark - FURTHEST_SECONDS);
  return await move(deps, lease, { ...cursor, watermark });
}

/** Everything has been compared: up to the watermark nothing is unseen any more. False: as above. */
export async function claimAgain(deps: Deps, lease: Lease): Promise<boolean> {
  const cursor = await deps.store.readCursor(lease.account, lease.resource);
  if (cursor?.phase !== "live") return true;
  const { unseenSince: _over, ...seen } = cursor;
  return await move(deps, lease, seen);
}

/** The walk that compares everything has yet to begin, or to end. */
export function isComparing({ walkAfter, walkedAt }: Pick<ReadingState, "walkAfter" | "walkedAt">): boolean {
  return walkedAt === WALK_NOW || walkAfter !== undefined;
}

async function move({ store }: Deps, lease: Lease, cursor: Cursor): Promise<boolean> {
  return (await store.commit(lease, { snapshots: new Map(), events: [], cursor })) === "committed";
}
