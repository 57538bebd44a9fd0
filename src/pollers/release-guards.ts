import type { AccountStore } from "../store/account-store.ts";
import type { ReadingStore } from "../store/reading-store.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { WALK_NOW } from "./sweep-times.ts";

export interface ReleaseDeps {
  readonly keeper: ConnectionKeeper;
  readonly reading: ReadingStore;
  readonly store: Pick<AccountStore, "readCursor">;
}

/** A guard that was released: what held, and why. */
export interface ReleasedGuard {
  readonly resource: string;
  readonly detail: string;
}

/**
 * An operator has looked at what held an account. Reading goes on from where it stopped, so nothing that happened
 * meanwhile is lost. With `acceptDeletions` the missing records may be told as deleted, each on its own evidence;
 * without it the same guard fires again where the cause has stayed.
 */
export async function releaseGuards(
  { keeper, reading, store }: ReleaseDeps,
  account: string,
  acceptDeletions: boolean,
): Promise<ReleasedGuard[]> {
  const { problems } = await keeper.read(account);
  const released: ReleasedGuard[] = [];
  for (const [resource, { held }] of problems) {
    if (!held) continue;
    const cursor = await store.readCursor(account, resource);
    const completeUpTo = cursor?.phase === "live" ? cursor.watermark : undefined;
    // Before the account is let go: the next count and walk must know.
    const sweepNow = { countedAt: 0, walkedAt: WALK_NOW, walkAfter: undefined };
    await reading.update(account, resource, { ...sweepNow, deletionsAccepted: acceptDeletions });
    await keeper.update(account, (now) => {
      const problem = now.problems.get(resource);
      if (!problem?.held) return undefined;
      released.push({ resource, detail: problem.detail });
      const tell = { resource, since: problem.since, detail: "released by an operator", completeUpTo };
      return { change: { resource, problem: null }, tell: { transition: "recovered", ...tell } };
    });
  }
  return released;
}
