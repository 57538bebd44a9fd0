import type { Page } from "../../cliniko/outcome.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import { findByIds } from "../scan/find-by-ids.ts";
import { type ReadingDeps, type ReadingResult, takeOver } from "../scan/reading-deps.ts";
import { type Stamps, formatStamps } from "../scan/window-witness.ts";
import { type Guard, isMassive } from "./guard.ts";
import { saysAll, unlistedOf } from "./unlisted.ts";

/** A record that no list shows and that answered by id is asked for again after this, by the upstream's clock. */
const ASKED_AGAIN_SECONDS = 86_400;
/** So many of them in one poll. */
const MOST_ASKED_AGAIN = 10;
/** Questions in one poll about what is doubted. */
export const MOST_DOUBTS = 10;

/** What a reading of whole lists has shown: see `ScanResult`. */
export interface WholeDeps extends ReadingDeps {
  readonly shown?: ReadonlySet<string> | undefined;
  readonly doubted?: readonly string[] | undefined;
}

/**
 * After a reading of whole lists: what is known and was not shown is suspected, and asked for by its id before anything is told.
 * A list leaves out also what is archived without a trace, or a user who may not sign in any longer; they still answer by
 * id: such a record is kept, and asked for once a day. A reading that did not come to its end has no `shown`, and says nothing.
 */
export async function suspectUnshown(
  deps: WholeDeps,
  { account, resource }: Lease,
): Promise<Guard | undefined> {
  const { plan, reading, shown, state, store, watermark } = deps;
  const update = async (changes: Partial<ReadingState>): Promise<void> => {
    await reading.update(account, resource, changes);
  };
  const suspects = await reading.suspects(account, resource);
  if (!shown) {
    // A first sync has shown everything. What comes later and has not says nothing.
    if (state.presentAt === 0) await update({ presentAt: watermark });
    return undefined;
  }
  const known = await store.listIds(account, resource);
  const unshown = known.filter((id) => !shown.has(id));
  const kept = new Map([...unlistedOf(state)].filter(([id]) => unshown.includes(id)));
  const returned = [...suspects].filter(([id]) => shown.has(id));
  // A list that left it out is contradicted by one that shows it.
  if (returned.some(([, missingSince]) => missingSince > 0)) deps.steadiness?.noteReturn(watermark);
  await reading.clearSuspects(
    account,
    resource,
    returned.map(([id]) => id),
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
 * Asks by its id for what the lists show otherwise than it is known, without a newer stamp: a list may be of a cache, and then nothing
 * has happened. Where an answer does not say in which list it belongs, the lists are asked for it once more.
 */
export async function settleDoubts(
  deps: WholeDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  let events = 0;
  for (const id of (deps.doubted ?? []).slice(0, MOST_DOUBTS)) {
    if (deps.hasTime?.() === false) break;
    const answer = await deps.client.findRecord(deps.resource, id, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const { date, found, row } = answer;
    if (!found) deps.rechecks?.shown([id], new Map(), date, false);
    if (!found || !row) continue;
    const rows = saysAll(deps.resource, row)
      ? { kind: "ok" as const, date, rows: [row] }
      : await findByIds(deps, lease.account, deps.resource, [id], signal);
    if (rows.kind !== "ok") return { kind: "failed", failure: rows };
    const taken = await takeOver(deps, lease, rows, "sweep");
    if (taken.kind !== "done") return taken;
    events += taken.events;
  }
  return { kind: "done", events };
}

/** Takes over what a list shows, and asks by its id for what it leaves in doubt. What there is no time for is looked at again. */
export async function takeOverList(
  deps: ReadingDeps,
  lease: Lease,
  page: Pick<Page, "rows" | "date">,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const taken = await takeOver(deps, lease, page, "sweep", Infinity);
  if (taken.kind !== "done") return taken;
  deps.rechecks?.add(taken.doubted ?? [], page.date);
  const settled = await settleDoubts({ ...deps, doubted: taken.doubted }, lease, signal);
  return settled.kind === "done" ? { kind: "done", events: taken.events + settled.events } : settled;
}

/**
 * Rows without an id cannot be asked for: whether one is there is what the whole reading before says, which is at most as old
 * as its watermark. Two of those, a minute apart, are what two answers of 404 are elsewhere.
 */
export function askedByReading({ client, shown, watermark }: WholeDeps): ReadingDeps["client"] {
  return {
    ...client,
    findRecord: async (_resource, id) => ({ kind: "ok", found: shown?.has(id) === true, date: watermark }),
  };
}

/** Who was asked for longest ago comes first. */
function dueAgain(unlisted: Stamps, at: number): string[] {
  return [...unlisted]
    .filter(([, askedAt]) => at - askedAt >= ASKED_AGAIN_SECONDS)
    .toSorted(([, left], [, right]) => left - right)
    .slice(0, MOST_ASKED_AGAIN)
    .map(([id]) => id);
}
