import type { FoundRecord } from "../../cliniko/client.ts";
import { type Snapshot, adoptDisappearance } from "../../diff/adopt.ts";
import type { WebhookEvent } from "../../diff/event.ts";
import { isReadWhole } from "../../resources/resource.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { timesMovedBy } from "../availability/marks.ts";
import { distrustPlan } from "../scan/choose-plan.ts";
import { OLDEST_CACHE_SECONDS } from "../scan/rechecks.ts";
import { type Hidden, findHidden } from "../scan/find-hidden.ts";
import { judgeMissing } from "./explained.ts";
import { mostGoneInADay } from "./guard.ts";
import { type Day, addToDay } from "./mass-limits.ts";
import { type ReadingDeps, type ReadingResult, takeOver } from "../scan/reading-deps.ts";
import { isSweepDue } from "./sweep-times.ts";
import { lookBack } from "../scan/unseen.ts";
import { lastSeen, rememberUnlisted, saysAll, unlistedOf } from "./unlisted.ts";

/** Two answers of 404 must lie this far apart, by the upstream's clock. */
const APART_SECONDS = 60;
/** Questions in one poll. */
const BATCH = 10;

/** What came of asking for the suspects of one round. */
interface Round {
  readonly deletions: ReadonlyMap<string, Deletion>;
  /** How many of them answered after all. */
  readonly found: number;
  /** What was told of those. */
  readonly events: number;
}

interface Deletion {
  readonly snapshot: Snapshot;
  readonly event: WebhookEvent;
}

/**
 * Asks for suspected records one by one. A record is deleted when the upstream has answered 404 for it twice, at least
 * a minute apart; anything else clears it, or leaves it for later. And a deletion needs a witness: another record of the
 * same list that answers by id before the round and after it. Where none is left, or where more would be deleted in a
 * day than a clinic deletes, it is not the records that are gone: the account is quarantined, unless an operator has looked and
 * accepted the deletions. Where nothing shows what is archived, nothing is certain, and nobody is asked.
 */
export async function confirmSuspects(
  deps: ReadingDeps,
  lease: Lease,
  signal: AbortSignal,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const { deletionsAccepted: accepted } = deps.state;
  if (deps.plan.isBlind) return { kind: "done", events: 0 };
  const suspects = await deps.reading.suspects(account, resource);
  if (suspects.size === 0) return await settleAcceptance(deps, lease);
  const less = accepted ? false : await deps.keyUser?.seesLess(false, signal);
  if (typeof less === "object") return { kind: "failed", failure: less };
  if (less) return { kind: "done", events: 0 };
  const due = [...suspects]
    .filter(([, since]) => since === 0 || deps.watermark - since >= APART_SECONDS)
    // Who was never asked comes first: one of them may be the witness.
    .toSorted(([, left], [, right]) => left - right);
  if (due.length === 0) return { kind: "done", events: 0 };
  const known = await deps.store.listIds(account, resource);
  const unlisted = unlistedOf(deps.state);
  const missing = [...suspects.keys()].filter((id) => !unlisted.has(id));
  const verdict = await judgeMissing(deps, "mass_disappearance", missing, known.length, signal);
  if (verdict !== "fine") return verdict === "wait" ? { kind: "done", events: 0 } : verdict;
  const witness = known.find((id) => !suspects.has(id));
  const before = await askWitness(deps, lease, witness, signal);
  if (before !== "there") return before;

  const round = await askSuspects(deps, lease, due.slice(0, BATCH), signal);
  if ("kind" in round) return round;
  const { deletions, events, found } = round;
  // What is read whole has been read: there is nothing to look back for.
  const isBehind = found > 0 && !isReadWhole(deps.resource);
  if (isBehind && !(await lookBack(deps, lease))) return { kind: "stopped" };
  // Where something was told nothing is deleted in the same round: the next one asks again.
  if (deletions.size === 0 || events > 0) return { kind: "done", events };
  // Before any guard: where it is the key's own role that has changed, no more need be held than this.
  const isLess = accepted ? false : await deps.keyUser?.seesLess(true, signal);
  if (typeof isLess === "object") return { kind: "failed", failure: isLess };
  if (isLess) return { kind: "done", events: 0 };
  if (witness === undefined && !accepted) {
    // Who answered a moment ago is the witness of the next round.
    if (found > 0) return { kind: "done", events: 0 };
    // What took all of them along is witness enough.
    const last = await judgeMissing(deps, "no_witness", [...suspects.keys()], known.length, signal);
    if (last !== "fine") return last === "wait" ? { kind: "done", events: 0 } : last;
  }
  const today = await judgeDay(deps, [...deletions.keys()], known.length, signal);
  if ("kind" in today) return today;
  const after = await askWitness(deps, lease, witness, signal);
  if (after !== "there") return after;
  const hidden = await findHidden(deps.client, deps.resource, deps.plan, [...deletions.keys()], signal);
  if (signal.aborted) return { kind: "stopped" };
  if (hidden.kind !== "ok") return { kind: "failed", failure: hidden };
  if (hidden.rows.length > 0) return await adoptHidden(deps, lease, hidden);
  return await commitDeletions(deps, lease, deletions, today);
}

/** More in a day than a clinic deletes are held. What an operator accepted counts for nothing. */
async function judgeDay(
  { explainMissing, resource, state, watermark }: ReadingDeps,
  ids: readonly string[],
  knownCount: number,
  signal: AbortSignal,
): Promise<Day | ReadingResult> {
  if (state.deletionsAccepted) return { since: 0, count: 0 };
  const unexplained = await explainMissing?.(ids, signal);
  if (unexplained && "kind" in unexplained) return { kind: "failed", failure: unexplained };
  const waiting = unexplained?.waiting ?? 0;
  const counted = unexplained ? unexplained.left.length + waiting : ids.length;
  const today = addToDay(state.goneSince, state.goneCount, counted, watermark);
  const all = knownCount + today.count - counted;
  const most = mostGoneInADay(all, resource);
  if (counted === 0 || today.count <= most) return today;
  // What it is waited for may explain the rest.
  if (waiting > 0 && today.count - waiting <= most) return { kind: "done", events: 0 };
  return { kind: "guarded", guard: { kind: "mass_disappearance", missing: today.count, known: all } };
}

/** Nothing is suspected any more: what an operator accepted has been settled, and the next disappearance is another one. */
async function settleAcceptance(deps: ReadingDeps, { account, resource }: Lease): Promise<ReadingResult> {
  const { appearances, deletionsAccepted } = deps.state;
  // Otherwise the sweeps that are to find what was accepted have yet to come.
  if ((deletionsAccepted || appearances !== undefined) && !isSweepDue(deps, deps.state, deps.now())) {
    await deps.reading.update(account, resource, { deletionsAccepted: false, appearances: undefined });
  }
  return { kind: "done", events: 0 };
}

/** A record that is known and not suspected answers as it should, or there is none to ask for. */
async function askWitness(
  deps: ReadingDeps,
  { account, resource }: Lease,
  witness: string | undefined,
  signal: AbortSignal,
): Promise<"there" | ReadingResult> {
  if (witness === undefined) return "there";
  const answer = await deps.client.findRecord(deps.resource, witness, signal);
  if (signal.aborted) return { kind: "stopped" };
  if (answer.kind !== "ok") return { kind: "failed", failure: answer };
  if (answer.found) return "there";
  await deps.reading.suspect(account, resource, [witness]);
  return { kind: "done", events: 0 };
}

async function askSuspects(
  deps: ReadingDeps,
  lease: Lease,
  due: readonly (readonly [id: string, missingSince: number])[],
  signal: AbortSignal,
): Promise<Round | ReadingResult> {
  const { account, resource } = lease;
  const deletions = new Map<string, Deletion>();
  let found = 0;
  let events = 0;
  for (const [id, missingSince] of due) {
    if (deps.hasTime?.() === false) break;
    const answer = await deps.client.findRecord(deps.resource, id, signal);
    if (signal.aborted) return { kind: "stopped" };
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    if (answer.found) {
      found += 1;
      const kept = await keepAnswering(deps, lease, id, answer);
      if (kept.kind !== "done") return kept;
      events += kept.events;
      await deps.reading.clearSuspects(account, resource, [id]);
    } else if (missingSince === 0) {
      await deps.reading.markMissing(account, resource, id, answer.date);
    } else if (answer.date - missingSince >= neededSeconds(deps, answer.date)) {
      const deletion = await toDeletion(deps, lease, id, answer.date);
      if (deletion) deletions.set(id, deletion);
    }
  }
  return { deletions, found, events };
}

/** Where only lists can be asked, answers that contradict each other are of caches: see pollers/scan/steadiness.ts. */
function neededSeconds({ steadiness }: Pick<ReadingDeps, "steadiness">, at: number): number {
  return steadiness?.neededSeconds(at) ?? APART_SECONDS;
}

/**
 * It answers, and a list left it out. Where all of the list was read, the answer is what it is now; otherwise, or where it does
 * not say in which list it belongs, nobody knows how it is until a list shows it.
 */
async function keepAnswering(
  deps: ReadingDeps,
  lease: Lease,
  id: string,
  { date, row }: FoundRecord,
): Promise<ReadingResult> {
  const isWhole = isReadWhole(deps.resource);
  const isConclusive = isWhole && row !== undefined && saysAll(deps.resource, row);
  if (!isConclusive) deps.rechecks?.add([id], date);
  const taken = isConclusive
    ? await takeOver(deps, lease, { rows: [row], date }, "sweep")
    : { kind: "done" as const, events: 0 };
  if (isWhole && taken.kind === "done") await rememberUnlisted(deps, lease, id, date);
  return taken;
}

/** They are there, so this is what has become of them. Nothing is deleted in this round: the next one asks again. */
async function adoptHidden(deps: ReadingDeps, lease: Lease, hidden: Hidden): Promise<ReadingResult> {
  const { account, resource } = lease;
  if (hidden.isPlanIgnored) await distrustPlan(deps, account, resource);
  const ids = hidden.rows.map(({ id }) => id);
  const adopted = await takeOver(deps, lease, hidden, "sweep");
  if (adopted.kind === "done") await deps.reading.clearSuspects(account, resource, ids);
  return adopted;
}

async function toDeletion(
  deps: ReadingDeps,
  { account, resource }: Lease,
  id: string,
  deletedAt: number,
): Promise<Deletion | undefined> {
  const previous = (await deps.store.loadSnapshots(account, resource, [id])).get(id);
  if (!previous || previous.deletedAt !== undefined) {
    await deps.reading.clearSuspects(account, resource, [id]);
    return undefined;
  }
  // Lists that leave it out may be of before it was there.
  if (deps.steadiness && deletedAt - previous.updatedAt < OLDEST_CACHE_SECONDS) return undefined;
  const context = { ...deps.context, baselineStartedAt: undefined };
  const presentAt = Math.max(lastSeen(deps, id), previous.updatedAt);
  return adoptDisappearance(context, previous, { id, presentAt, deletedAt });
}

async function commitDeletions(
  deps: ReadingDeps,
  lease: Lease,
  deletions: ReadonlyMap<string, Deletion>,
  today: Day,
): Promise<ReadingResult> {
  const { account, resource } = lease;
  const told = [...deletions.values()].map(({ event }) => event);
  const consent = (await deps.privacyFilter?.judge(told)) ?? (() => "told");
  if ("kind" in consent) return { kind: "failed", failure: consent };
  const snapshots = new Map(
    [...deletions].map(([id, deletion]) => [
      id,
      consent(deletion.event) === "told" ? deletion.snapshot : withoutEvent(deletion),
    ]),
  );
  const events = told.filter((event) => consent(event) === "told");
  const rereads = deps.watchesTimes ? timesMovedBy(told) : [];
  const committed = await deps.store.commit(lease, { snapshots, events, cursor: undefined, rereads });
  if (committed === "fenced") return { kind: "stopped" };
  await deps.reading.clearSuspects(account, resource, [...deletions.keys()]);
  await deps.reading.update(account, resource, { goneSince: today.since, goneCount: today.count });
  return { kind: "done", events: events.length };
}

/** The deletion of a record that is not told of: its place in the sequence is not used up. */
function withoutEvent({ snapshot, event }: Deletion): Snapshot {
  return { ...snapshot, sequence: event.sequence - 1, withheld: true };
}
