import { adoptDisappearance } from "../diff/adopt.ts";
import type { WebhookEvent } from "../diff/event.ts";
import type { Snapshot } from "../diff/adopt.ts";
import type { Lease } from "../store/lease.ts";
import type { ReadingDeps, ReadingResult } from "./reading-deps.ts";

/** Two answers of 404 must lie this far apart, by the upstream's clock. */
const APART_SECONDS = 60;
/** Questions in one poll. */
const BATCH = 10;

/**
 * Asks for suspected records one by one. A record is deleted when the upstream has answered 404 for it twice, at least
 * a minute apart; anything else clears it, or leaves it for later. Each round first asks for a record that is there:
 * where even that is missing, it is not the record that is gone.
 */
export async function confirmSuspects(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const suspects = await deps.reading.suspects(account, resource);
  const due = [...suspects].filter(([, since]) => since === 0 || deps.watermark - since >= APART_SECONDS);
  if (due.length === 0) return { kind: "done", events: 0 };
  const control = await findControl(deps, lease, suspects, signal);
  if (control !== "there") return control;

  const gone = new Map<string, Snapshot>();
  const events: WebhookEvent[] = [];
  for (const [id, missingSince] of due.slice(0, BATCH)) {
    const answer = await deps.client.findRecord(deps.resource, id, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    if (answer.found) {
      await deps.reading.clearSuspects(account, resource, [id]);
    } else if (missingSince === 0) {
      await deps.reading.markMissing(account, resource, id, answer.date);
    } else if (answer.date - missingSince >= APART_SECONDS) {
      const deletion = await toDeletion(deps, lease, id, answer.date);
      if (!deletion) continue;
      const isWithheld = (await deps.discretion?.judge([deletion.event])) ?? (() => false);
      if ("kind" in isWithheld) return { kind: "failed", failure: isWithheld };
      const withheld = isWithheld(deletion.event);
      gone.set(id, withheld ? withoutEvent(deletion) : deletion.snapshot);
      if (!withheld) events.push(deletion.event);
    }
  }
  if (gone.size === 0) return { kind: "done", events: 0 };
  const committed = await deps.store.commit(lease, { snapshots: gone, events, cursor: undefined });
  if (committed === "fenced") return { kind: "stopped" };
  await deps.reading.clearSuspects(account, resource, [...gone.keys()]);
  return { kind: "done", events: events.length };
}

/** A record that is known and not suspected answers as it should, or there is none to ask for. */
async function findControl(
  deps: ReadingDeps,
  { account, resource }: Lease,
  suspects: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<"there" | ReadingResult> {
  const known = await deps.store.listIds(account, resource);
  const control = known.find((id) => !suspects.has(id));
  if (control === undefined) return "there";
  const answer = await deps.client.findRecord(deps.resource, control, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  if (answer.found) return "there";
  await deps.reading.suspect(account, resource, [control]);
  return { kind: "done", events: 0 };
}

/** The deletion of a record that is not told of: its place in the sequence is not used up. */
function withoutEvent({ snapshot, event }: { snapshot: Snapshot; event: WebhookEvent }): Snapshot {
  return { ...snapshot, sequence: event.sequence - 1, withheld: true };
}

async function toDeletion(
  deps: ReadingDeps,
  { account, resource }: Lease,
  id: string,
  goneAt: number,
): Promise<{ snapshot: Snapshot; event: WebhookEvent } | undefined> {
  const previous = (await deps.store.loadSnapshots(account, resource, [id])).get(id);
  if (!previous || previous.goneAt !== undefined) {
    await deps.reading.clearSuspects(account, resource, [id]);
    return undefined;
  }
  const context = { ...deps.context, baselineStartedAt: undefined };
  const presentAt = Math.max(deps.state.presentAt, previous.updatedAt);
  return adoptDisappearance(context, previous, { id, presentAt, goneAt });
}
