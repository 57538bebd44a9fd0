import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { ConnectionKeeper } from "../connection/connection-keeper.ts";
import { acceptRole } from "../connection/key-user.ts";
import { WALK_NOW } from "./sweep-times.ts";

export interface ReleaseDeps {
  readonly keeper: ConnectionKeeper;
  readonly reading: ReadingStore;
}

/** A guard that was released: what held, and why. */
export interface ReleasedGuard {
  readonly resource: string;
  readonly detail: string;
}

/** What whoever releases has found. */
export interface Release {
  /** The missing records really are deleted: they are told, each on its own evidence. */
  readonly acceptDeletions: boolean;
  /** What becomes of records that appeared and are older than they were first seen: taken over silently, or told as created. */
  readonly appeared: "silently" | "tell";
}

/**
 * An operator has looked at what held an account. Reading goes on from where everything was last seen, so nothing that
 * happened meanwhile is lost; that it has recovered is told when everything has been compared. Without
 * `acceptDeletions` the same guard fires again where the cause has stayed.
 */
export async function releaseGuards(
  { keeper, reading }: ReleaseDeps,
  account: string,
  { acceptDeletions, appeared }: Release,
): Promise<ReleasedGuard[]> {
  const { problems } = await keeper.read(account);
  const released: ReleasedGuard[] = [];
  for (const [resource, { cause, quarantined }] of problems) {
    // Whose data answers is found out, not decided. See `askWhose`.
    if (!quarantined || cause === "another_clinic") continue;
    // Before the account is let go: the next count and walk must know.
    await reading.update(account, resource, {
      countedAt: 0,
      walkedAt: WALK_NOW,
      walkAfter: undefined,
      deletionsAccepted: acceptDeletions,
      appearances: appeared,
      appearedCount: 0,
      goneCount: 0,
    });
    await keeper.update(account, (now) => {
      const problem = now.problems.get(resource);
      if (!problem?.quarantined) return undefined;
      released.push({ resource, detail: problem.detail });
      const detail = `released by an operator, and being compared: ${problem.detail}`;
      return { change: { resource, problem: { ...problem, detail, quarantined: false } } };
    });
  }
  if (acceptDeletions && (await acceptRole(keeper, account)))
    released.push({ resource: "users", detail: "the key's user sees less than it did" });
  return released;
}
