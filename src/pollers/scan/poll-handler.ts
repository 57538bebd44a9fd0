import { type Target, createTargetMap } from "../../shared/target.ts";
import type { Connection } from "../../store/detection/connection-store.ts";
import type { ScheduleState } from "../../store/detection/schedule-store.ts";
import type { Opening, TurnNotes } from "../../store/detection/turn-store.ts";
import {
  type ResourceName,
  followersOf,
  isResourceName,
  resources as RESOURCES,
  standingOn,
} from "../../resources/registry.ts";
import type { Confirm } from "./adopt-page.ts";
import { type ConnectionReports, createConnectionReports } from "../connection/connection-reports.ts";
import { whileHeld } from "./hold-lease.ts";
import type { Paced } from "../schedule/pace.ts";
import { POLLS_PER_ACCOUNT, type Turn, createPlaces } from "./places.ts";
import { createPageSizes } from "./page-sizes.ts";
import { createShortPages } from "./short-pages.ts";
import { backoffMs } from "../schedule/schedule.ts";
import { readAhead } from "./read-ahead.ts";
import type { PollDeps, PolledAccount } from "./poll-deps.ts";
import { type Polled, type ReadingAccount, type TurnDeps, readOnce } from "./read-once.ts";

/** How soon a poll that was overtaken or interrupted looks again. */
const LOOK_AGAIN_MS = 1_000;
/** Pause after a first failure; it doubles. */
const FAILED_PAUSE_MS = 5_000;
/** A longer wait for a free request is slept through, not waited for: it would take a place from those that can be read. */
const SHORT_WAIT_MS = 5_000;

/** And what became of it when it was written down. */
interface Ended extends Polled {
  /** Undefined: its schedule does not go on from it. */
  readonly paced: Paced | undefined;
  /** The account's, which was the same when it began and when it ended; undefined: it has changed in between. */
  readonly connection: Connection | undefined;
}

/**
 * Handles one poll job: reads the resource once and answers when to read it next (unix ms), or undefined when nobody
 * wants this poll any more. Rejects for faults of our own only (Redis, a snapshot that cannot be opened).
 */
export function createPollHandler(
  given: PollDeps,
): (target: Target, mayBeTakenOver?: boolean) => Promise<number | undefined> {
  const deps = { ...given, offerRules: new Map() };
  const failuresInARow = createTargetMap<number>();
  const places = createPlaces(deps.wake);
  const sizes = createPageSizes(deps.now);
  const shortPages = createShortPages(deps.now);
  const reports = createConnectionReports(deps);

  return async (target, mayBeTakenOver = false) => {
    // What it committed may have been handed on to nobody.
    if (mayBeTakenOver) await deps.onEvents(target.account);
    const account = deps.accounts.get(target.account);
    const { resource } = target;
    if (!account?.resources.includes(resource) || !isResourceName(resource)) return undefined;
    const waitMs = await account.client.freeInMs();
    if (waitMs > SHORT_WAIT_MS) return deps.now() + waitMs;
    const key = `${target.account}/${target.resource}`;
    const isFailing = (failuresInARow.get(target) ?? 0) > 0;
    const confirm: Confirm = async (signal) => await reports.confirm(target.account, account, signal);
    const take = async (version: number | undefined): Promise<Ended | "moved" | undefined> =>
      await places.hold(target, isFailing, async (turn) => {
        const client = shortPages.of(key, sizes.of(key, account.client));
        // Both on their way at once.
        if (!RESOURCES[resource].isComputed) account.client.takeAhead();
        const opening = await begin(deps, account, target, version);
        if (typeof opening === "string") return opening === "moved" ? opening : undefined;
        reports.noteSeen(target, opening.connection);
        const keyUser = reports.keyUserOf(target.account, account);
        const reader = { ...account, client, confirm, keyUser };
        const done = await pollOnce(deps, reader, resource, opening, turn);
        // One of those who changed may be the key's own.
        if (resource === "users" && done.scanned.events > 0) await keyUser.seesLess(true, deps.signal);
        // Before the next of the account begins: what this one met may hold it back.
        await report(reports, target, account, done);
        return done;
      });
    const version = reports.clearAt(target);
    let polled = version === undefined ? "moved" : await take(version);
    if (polled === "moved") {
      const heldBackMs = await reports.heldBackMs(target, account);
      if (heldBackMs !== undefined) return deps.now() + heldBackMs;
      polled = await take(undefined);
    }
    if (polled === "moved") throw new RangeError("what is not compared has not moved");
    if (!polled) return deps.now() + LOOK_AGAIN_MS;
    const { scanned, kept } = polled;
    if (scanned.events > 0 || (kept && kept.events > 0)) {
      await deps.onEvents(target.account);
      await readFollowers(deps, account, { ...target, resource });
    }

    const failures = scanned.kind === "failed" ? (failuresInARow.get(target) ?? 0) + 1 : 0;
    if (failures > 0) failuresInARow.set(target, failures);
    else failuresInARow.delete(target);
    return nextPoll(deps, polled, failures);
  };
}

/** Reads at once what may have changed along with what was told. Of what stands on it, records may have vanished: those are counted. */
async function readFollowers(
  { reading, wake }: PollDeps,
  { resources: read }: PolledAccount,
  { account, resource }: Target & { readonly resource: ResourceName },
): Promise<void> {
  for (const name of standingOn(resource).filter((other) => read.includes(other)))
    await reading.update(account, name, { countedAt: 0 });
  for (const name of followersOf(resource).filter((other) => read.includes(other)))
    await wake({ account, resource: name });
}

/** busy: another worker reads this resource now, or enough of the account's are being read. */
async function begin(
  { turns }: PollDeps,
  { resources: read }: PolledAccount,
  target: Target,
  version: number | undefined,
): Promise<Opening | "busy" | "moved"> {
  return await turns.begin({ ...target, atMost: { count: POLLS_PER_ACCOUNT, resources: read } }, version);
}

/** Reads, and gives the turn back with what is to be written of it. */
async function pollOnce(
  given: TurnDeps,
  account: ReadingAccount,
  resource: ResourceName,
  opening: Opening,
  turn: Turn,
): Promise<Ended> {
  const { connection, lease } = opening;
  let notes: TurnNotes = {};
  const deps: TurnDeps = {
    ...given,
    ...readAhead(given, opening),
    onScan: (...told) => {
      const run = given.onScan(...told);
      given.pace.spent(lease, told[3]);
      notes = { run };
      return run;
    },
    onStep: (target, step) => {
      given.pace.spent(lease, step.requests);
      given.onStep(target, step);
    },
  };
  const work = readOnce.bind(undefined, deps, account, resource, turn);
  let ended: Awaited<ReturnType<typeof given.turns.end>>;
  let done: Omit<Ended, "connection">;
  try {
    const polled = await whileHeld(deps.leases, lease, deps.renewLeaseEveryMs, deps.signal, work);
    const paced = await paceAfter(given, lease, polled, opening.schedule);
    notes = { ...notes, outcome: paced?.outcome };
    done = { ...polled, paced };
  } finally {
    ended = await given.turns.end(lease, notes);
  }
  const polled = ended.wasHeld ? done : { ...done, ...withdraw(done) };
  return { ...polled, connection: ended.version === connection.version ? connection : undefined };
}

/**
 * Of a turn whose lease was lost before its end: what it compared with may be gone, as where Redis was emptied meanwhile. Its commits were
 * refused from then on, and what it makes of the connection would hold the account back, or vouch for it, for nothing.
 */
function withdraw({ scanned, kept }: Polled): Pick<Polled, "scanned" | "kept"> {
  const { pages, records, changes, events, stale, unknown } = scanned;
  const counts = { pages, records, changes, events: events + (kept?.events ?? 0), stale, unknown };
  return { scanned: { ...counts, kind: "stopped", reason: "fenced" }, kept: undefined };
}

/** Failures that concern more than the step of reconciliation that met them. */
const ABOUT_THE_ACCOUNT: ReadonlySet<string> = new Set(["unauthorized", "another_clinic"]);

async function report(
  reports: ConnectionReports,
  target: Target,
  account: PolledAccount,
  { startedAtMs, scanned, kept, narrowed, isComparing, connection }: Ended,
): Promise<void> {
  if (scanned.kind === "failed") await reports.failed(target, account, scanned.failure);
  if (scanned.kind === "guarded") await reports.guarded(target, scanned.guard, connection);
  if (scanned.kind !== "completed") return;
  if (!isComparing && scanned.missed.length === 0) {
    await reports.completed(target, scanned, startedAtMs, connection, narrowed);
  }
  if (kept?.kind === "guarded") await reports.guarded(target, kept.guard, connection);
  if (kept?.kind === "failed" && ABOUT_THE_ACCOUNT.has(kept.failure.kind)) {
    await reports.failed(target, account, kept.failure);
  }
}

/** What it leads to where its schedule goes on from it: it was read, and found something or nothing. */
async function paceAfter(
  { now, pace }: PollDeps,
  target: Target,
  polled: Polled,
  state: ScheduleState | undefined,
): Promise<Paced | undefined> {
  if (lookAgainAt(polled, 0, now()) !== undefined) return undefined;
  const { scanned, startedAtMs } = polled;
  // The first sync finds everything and says nothing about the clinic's habits.
  const changes = scanned.kind !== "completed" || scanned.baseline ? 0 : scanned.changes;
  return await pace.next(target, startedAtMs, changes, state);
}

/** When to read again what did not come to its end, unix ms. */
function lookAgainAt(
  { scanned, kept, isComparing }: Polled,
  failures: number,
  now: number,
): number | undefined {
  const failure =
    scanned.kind === "failed" ? scanned.failure : kept?.kind === "failed" ? kept.failure : undefined;
  if (scanned.kind === "stopped") return now + LOOK_AGAIN_MS;
  if (failure && "resetAtMs" in failure) return Math.max(failure.resetAtMs, now + LOOK_AGAIN_MS);
  if (scanned.kind === "failed") return now + backoffMs(failures, FAILED_PAUSE_MS);
  return isComparing && kept?.kind === "done" ? now + LOOK_AGAIN_MS : undefined;
}

function nextPoll({ now }: PollDeps, polled: Ended, failures: number): number {
  const { paced, secondLookInMs: soonMs = Infinity } = polled;
  const again = lookAgainAt(polled, failures, now());
  if (again !== undefined) return again;
  return Math.min(paced?.atMs ?? now() + LOOK_AGAIN_MS, now() + soonMs);
}
