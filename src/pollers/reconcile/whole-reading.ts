import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import type { ReadingDeps } from "../scan/reading-deps.ts";
import { type Stamps, formatStamps } from "../scan/window-witness.ts";
import { type Guard, isMassive } from "./guard.ts";
import { unlistedOf } from "./unlisted.ts";

/** A record that no list shows and that answered by id is asked for again after this, by the upstream's clock. */
const ASKED_AGAIN_SECONDS = 86_400;
/** So many of them in one poll. */
const MOST_ASKED_AGAIN = 10;
/** A little more than two answers of 404 must lie apart. */
const SECOND_LOOK_MS = 61_000;

/**
 * After a reading of whole lists: what is known and was not shown is suspected, and asked for by its id before anything is told.
 * A list leaves out also what is archived without a trace, or a user who may not sign in any longer; they still answer by
 * id: such a record is kept, and asked for once a day. A reading that did not come to its end has no `shown`, and says nothing.
 */
export async function suspectUnshown(
  deps: ReadingDeps & {
    /** See `ScanResult`. */
    readonly shown?: ReadonlySet<string> | undefined;
  },
  { account, resource }: Lease,
): Promise<Guard | undefined> {
  const { plan, reading, shown, state, store, watermark } = deps;
  const update = async (changes: Partial<ReadingState>): Promise<void> => {
    await reading.update(account, resource, changes);
  };
  const suspects = await reading.suspects(account, resource);
  if (!shown) {
    await update({ presentAt: watermark });
    return undefined;
  }
  const known = await store.listIds(account, resource);
  const unshown = known.filter((id) => !shown.has(id));
  const kept = new Map([...unlistedOf(state)].filter(([id]) => unshown.includes(id)));
  await reading.clearSuspects(
    account,
    resource,
    [...suspects.keys()].filter((id) => shown.has(id)),
  );
  if (formatStamps(kept) !== state.unlisted) await update({ unlisted: formatStamps(kept) });
  // Without its plan's wildcards a list leaves out what is archived.
  if (plan.isBlind) return undefined;
  const missing = unshown.filter((id) => !kept.has(id));
  if (!state.deletionsAccepted && isMassive(missing.length, known.length)) {
    return { kind: "mass_disappearance", missing: missing.length, known: known.length };
  }
  await reading.suspect(account, resource, [...missing, ...dueAgain(kept, watermark)]);
  if (missing.length === 0) await update({ presentAt: watermark });
  return undefined;
}

/**
 * When a resource that is read whole is to be read again so that its suspects are asked for a second time, ms from now: its tier
 * may let a day pass. Undefined: nobody is suspected.
 */
export async function secondLookInMs(
  { plan, reading, resource: of }: ReadingDeps,
  { account, resource }: Lease,
): Promise<number | undefined> {
  if (of.reading !== "whole" || plan.isBlind) return undefined;
  if ((await reading.suspects(account, resource)).size === 0) return undefined;
  const failing = await reading.failingSteps(account, resource);
  return Math.max(SECOND_LOOK_MS, ...failing.map(({ pauseMs }) => pauseMs));
}

/** Who was asked for longest ago comes first. */
function dueAgain(unlisted: Stamps, at: number): string[] {
  return [...unlisted]
    .filter(([, askedAt]) => at - askedAt >= ASKED_AGAIN_SECONDS)
    .toSorted(([, left], [, right]) => left - right)
    .slice(0, MOST_ASKED_AGAIN)
    .map(([id]) => id);
}
