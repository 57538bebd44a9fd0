import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import type { IdentityKey } from "../../diff/identity.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { Lease, Leases } from "../../store/detection/lease.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";
import type { Tombstones } from "../../store/detection/tombstones.ts";
import { type ResourceName, followersOf, isResourceName, resources } from "../../resources/registry.ts";
import type { Confirm } from "./adopt-page.ts";
import { keepIf } from "./row-filter.ts";
import type { ConnectionKeeper } from "../connection/connection-keeper.ts";
import { type ConnectionReports, createConnectionReports } from "../connection/connection-reports.ts";
import { leavePlan, reconsiderPlan } from "./choose-plan.ts";
import { currentPlan } from "./current-plan.ts";
import { byPlan } from "./reading-deps.ts";
import {
  type AvailabilityDeps,
  type WatchedTimes,
  readAvailability,
} from "../availability/read-availability.ts";
import { createPrivacyFilter } from "./privacy-filter.ts";
import { holdLease } from "./hold-lease.ts";
import { createNameWitness } from "./name-witness.ts";
import { createMassLimits } from "../reconcile/mass-limits.ts";
import type { Pace } from "../schedule/pace.ts";
import { POLLS_PER_ACCOUNT, type Turn, createPlaces } from "./places.ts";
import { createPageSizes } from "./page-sizes.ts";
import { createRechecks } from "./rechecks.ts";
import { createSteadiness } from "./steadiness.ts";
import { backoffMs } from "../schedule/schedule.ts";
import { beginNow } from "./begin-now.ts";
import { readState } from "./read-state.ts";
import { type ScanResult, scan } from "./scan.ts";
import { canCount, trustsCounts } from "../reconcile/sweep-times.ts";
import { countRequests } from "../schedule/request-meter.ts";
import { standBack } from "./unseen.ts";
import {
  type ReconcileIntervals,
  type ReconcileResult,
  type ReconcileStep,
  reconcile,
} from "../reconcile/reconcile.ts";
import { secondLookInMs } from "../reconcile/whole-reading.ts";
import { keepWitnesses, parseStamps } from "./window-witness.ts";

/** How soon a poll that was overtaken or interrupted looks again. */
const LOOK_AGAIN_MS = 1_000;
/** Pause after a first failure; it doubles. */
const FAILED_PAUSE_MS = 5_000;
/** A longer wait for a free request is slept through, not waited for: it would take a place from those that can be read. */
const SHORT_WAIT_MS = 5_000;

export interface PolledAccount {
  readonly client: Pick<
    ClinikoClient,
    "availableTimes" | "listPage" | "findRecord" | "currentUser" | "clinic" | "freeInMs"
  >;
  /** Names the key and where it is used, without telling either. */
  readonly keyHash: string;
  /** Resources the operator wants read. */
  readonly resources: readonly string[];
  /** Nothing is told of patients who refused the clinic's privacy policy. */
  readonly suppressWithoutConsent: boolean;
  /** Resources whose first sync is left out; none when left out. */
  readonly fromNowOn?: readonly string[];
  /** What can be booked online is told of these; of none when left out. */
  readonly availableTimes?: readonly WatchedTimes[];
}

/** What reading needs of it. */
type ReadAccount = Pick<PolledAccount, "availableTimes" | "suppressWithoutConsent"> & {
  readonly confirm?: Confirm | undefined;
  readonly client: Pick<ClinikoClient, "listPage" | "findRecord">;
};

export interface PollTarget {
  readonly account: string;
  readonly resource: string;
}

export interface PollDeps {
  readonly accounts: ReadonlyMap<string, PolledAccount>;
  readonly store: AccountStore;
  readonly reading: ReadingStore;
  readonly tombstones: Pick<Tombstones, "read">;
  readonly leases: Leases;
  readonly renewLeaseEveryMs: number;
  readonly keeper: ConnectionKeeper;
  readonly identityKey: IdentityKey;
  /** When to read next; the outcome of this poll is learnt from. */
  readonly pace: Pace;
  readonly overlapMs: number;
  /** Our share of each account's requests a minute. */
  readonly requestsPerMinute: number;
  /** Within what time a change of a resource is to be known, ms. */
  readonly promiseMs: (resource: string) => number;
  readonly reconcile: ReconcileIntervals;
  readonly now: () => number;
  /** Fires when the process is to stop: a scan ends after the page in hand. */
  readonly signal: AbortSignal;
  /** There are new events in this account's log. */
  readonly onEvents: (account: string) => Promise<void>;
  /** There is a place for this poll, which waits for one, or something to read. It will look by itself, but later. */
  readonly wake: (target: PollTarget) => Promise<unknown>;
  /** `requests`: what the scan asked of the upstream, what it needed besides its pages included. */
  readonly onScan: (target: PollTarget, result: ScanResult, durationMs: number, requests: number) => void;
  readonly onReconcile: (target: PollTarget, result: ReconcileResult) => void;
  /** One step of reconciliation that asked the upstream for something has ended. */
  readonly onStep: (target: PollTarget, step: ReconcileStep) => void;
}

/** What one poll came to: the scan, and reconciliation when the scan completed. */
interface Polled {
  readonly startedAtMs: number;
  readonly scanned: ScanResult;
  readonly kept: ReconcileResult | undefined;
  /** Everything is still being compared after records were hidden: nothing is claimed yet. */
  readonly isComparing: boolean;
  /** See `secondLookInMs`. */
  readonly secondLookInMs?: number | undefined;
}

/**
 * Handles one poll job: reads the resource once and answers when to read it next (unix ms), or undefined when nobody
 * wants this poll any more. Rejects for faults of our own only (Redis, a snapshot that cannot be opened).
 */
export function createPollHandler(given: PollDeps): (target: PollTarget) => Promise<number | undefined> {
  const deps = { ...given, offerRules: new Map() };
  const failuresInARow = new Map<string, number>();
  const places = createPlaces(deps.wake);
  const sizes = createPageSizes(deps.now);
  const reports = createConnectionReports(deps);

  return async (target) => {
    const account = deps.accounts.get(target.account);
    const { resource } = target;
    if (!account?.resources.includes(resource) || !isResourceName(resource)) return undefined;
    const waitMs = await account.client.freeInMs();
    if (waitMs > SHORT_WAIT_MS) return deps.now() + waitMs;
    const heldBackMs = await reports.heldBackMs(target, account);
    if (heldBackMs !== undefined) return deps.now() + heldBackMs;

    const key = `${target.account}/${target.resource}`;
    const isFailing = (failuresInARow.get(key) ?? 0) > 0;
    const confirm: Confirm = async (signal) => await reports.confirm(target.account, account, signal);
    const polled = await places.hold(target, isFailing, async (turn) => {
      const client = sizes.of(key, account.client);
      const done = await pollOnce(deps, { ...account, client, confirm }, target.account, resource, turn);
      // Before the next of the account begins: what this one met may hold it back.
      if (done) await report(reports, target, account, done);
      return done;
    });
    if (!polled) return deps.now() + LOOK_AGAIN_MS;
    const { scanned, kept } = polled;
    if (scanned.events > 0 || (kept && kept.events > 0)) {
      await deps.onEvents(target.account);
      for (const follower of followersOf(resource).filter((name) => account.resources.includes(name)))
        await deps.wake({ account: target.account, resource: follower });
    }

    const failures = scanned.kind === "failed" ? (failuresInARow.get(key) ?? 0) + 1 : 0;
    failuresInARow.set(key, failures);
    return await nextPoll(deps, target, polled, failures);
  };
}

/** Undefined: another worker reads this resource now, or enough of the account's are being read. */
async function pollOnce(
  deps: PollDeps & { readonly offerRules: AvailabilityDeps["asked"] },
  account: PolledAccount & { readonly confirm: Confirm },
  name: string,
  resource: ResourceName,
  { mayGoOn }: Turn,
): Promise<Polled | undefined> {
  const atMost = { count: POLLS_PER_ACCOUNT, resources: account.resources };
  const scope = { account: name, resource, atMost };
  return await holdLease(deps.leases, scope, deps.renewLeaseEveryMs, deps.signal, async (lease, signal) => {
    const startedAtMs = deps.now();
    const { client, meter } = countRequests(account.client);
    const known = await readState(deps, scope, account.fromNowOn?.includes(resource) === true);
    const choice = { client, reading: deps.reading, now: deps.now };
    const state = await reconsiderPlan({ ...choice, state: known }, lease, resource, signal);
    if ("kind" in state) {
      const scanned = notAsked(state);
      deps.onScan(scope, scanned, deps.now() - startedAtMs, meter.read().requests);
      return { startedAtMs, scanned, kept: undefined, isComparing: false };
    }
    const reading = readingDeps(deps, { ...account, client }, lease, resource, state);
    if (reading.resource.isComputed) {
      const { scanned, soonMs } = await readAvailability(
        {
          ...reading,
          client,
          watched: account.availableTimes ?? [],
          requestsPerMinute: deps.requestsPerMinute,
          promiseMs: deps.promiseMs(resource),
          asked: deps.offerRules,
          requests: () => meter.read().requests,
        },
        lease,
        signal,
      );
      deps.onScan(scope, scanned, deps.now() - startedAtMs, meter.read().requests);
      return { startedAtMs, scanned, kept: undefined, isComparing: false, secondLookInMs: soonMs };
    }
    const expected = parseStamps(state.expected);
    const isBegun = state.firstSyncAt !== 0 || !state.fromNowOn;
    const scanned = isBegun
      ? await scan({ ...reading, expected, mayGoOn }, lease, signal)
      : await beginNow(reading, lease, signal);
    deps.onScan(scope, scanned, deps.now() - startedAtMs, meter.read().requests);
    if (scanned.kind === "failed") {
      await leavePlan({ ...choice, state }, lease, resource, reading.plan, scanned.failure, signal);
    }
    if (scanned.kind === "guarded") await standBack(reading, lease);
    if (scanned.kind !== "completed") return { startedAtMs, scanned, kept: undefined, isComparing: false };
    const onStep = (step: ReconcileStep): void => {
      deps.onStep(scope, step);
    };
    const isCounted = canCount(reading.resource, reading.plan) && trustsCounts(state, deps.now());
    const shown = await keepWitnesses(deps.reading, lease, state, isCounted, scanned);
    const seen = scanned.countsLie ? await distrustCounts(deps, scope, shown) : shown;
    const { doubted, shown: all, unseenSince, watermark } = scanned;
    const reconcileDeps = {
      ...reading,
      state: seen,
      watermark,
      unseenSince,
      shown: all,
      doubted,
      meter,
      onStep,
    };
    const kept = await reconcile(reconcileDeps, deps.reconcile, lease, signal);
    const changes = { ...reading.rechecks.changes(), ...reading.steadiness?.changes() };
    if (Object.keys(changes).length > 0) await deps.reading.update(name, resource, changes);
    deps.onReconcile(scope, kept);
    if (kept.kind === "guarded") await standBack(reconcileDeps, lease);
    const cursor = unseenSince === undefined ? undefined : await deps.store.readCursor(name, resource);
    return {
      startedAtMs,
      scanned,
      kept,
      isComparing: cursor?.phase === "live" && cursor.unseenSince !== undefined,
      secondLookInMs: kept.kind === "done" ? await secondLookInMs(reconcileDeps, lease) : undefined,
    };
  });
}

/** Remembers that this account's counts cannot be used. */
async function distrustCounts(
  { now, reading }: PollDeps,
  { account, resource }: PollTarget,
  state: ReadingState,
): Promise<ReadingState> {
  const changes = { countsUnreliableAt: now() };
  // A new day of distrust begins with the first contradiction after the last one.
  if (trustsCounts(state, now())) await reading.update(account, resource, changes);
  return { ...state, ...changes };
}

/** How one resource of an account is read, as it lets itself be read now. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- what scan and reconcile ask for, together
export function readingDeps(
  { identityKey, now, overlapMs, reading, store, tombstones }: PollDeps,
  { availableTimes = [], client: asked, confirm, suppressWithoutConsent }: ReadAccount,
  lease: Lease,
  name: ResourceName,
  state: ReadingState,
) {
  const { account } = lease;
  const resource = resources[name];
  const plan = currentPlan(name, state, now());
  const context = { account, resource: name, projection: resource, identityKey };
  const client = byPlan(asked, plan);
  const lookup = { client: asked, reading, store, account, now };
  const rowFilter = resource.keptIf && keepIf(resource.keptIf, lookup);
  const whom = { resource: name, suppressWithoutConsent };
  const privacyFilter = createPrivacyFilter({ ...lookup, tombstones, ...whom });
  const { appearances: choice, firstSyncAt, fromNowOn } = state;
  return {
    client,
    store,
    reading,
    state,
    resource,
    plan,
    context,
    overlapMs,
    watchesTimes: availableTimes.length > 0,
    now,
    rowFilter,
    privacyFilter,
    appearances: firstSyncAt === 0 ? undefined : { firstSyncAt, choice, fromNowOn },
    limits: createMassLimits({ state, reading, store, lease, resource }),
    nameWitness: createNameWitness({ ...lookup, resource, accepted: state.deletionsAccepted }),
    rechecks: createRechecks(state),
    steadiness: resource.hasStamps ? undefined : createSteadiness(state),
    confirm,
  };
}

/** A scan that could not begin. */
function notAsked(failure: Failure): ScanResult {
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0, unknown: [] };
  return { kind: "failed", failure, ...counts };
}

/** Failures that concern more than the step of reconciliation that met them. */
const ABOUT_THE_ACCOUNT: ReadonlySet<string> = new Set(["unauthorized", "another_clinic"]);

async function report(
  reports: ConnectionReports,
  target: PollTarget,
  account: PolledAccount,
  { startedAtMs, scanned, kept, isComparing }: Polled,
): Promise<void> {
  if (scanned.kind === "failed") await reports.failed(target, account, scanned.failure);
  if (scanned.kind === "guarded") await reports.guarded(target, scanned.guard);
  if (scanned.kind !== "completed") return;
  if (!isComparing && scanned.missed.length === 0) {
    await reports.completed(target, scanned, startedAtMs);
  }
  if (kept?.kind === "guarded") await reports.guarded(target, kept.guard);
  if (kept?.kind === "failed" && ABOUT_THE_ACCOUNT.has(kept.failure.kind)) {
    await reports.failed(target, account, kept.failure);
  }
}

async function nextPoll(
  deps: PollDeps,
  target: PollTarget,
  { startedAtMs, scanned, kept, isComparing, secondLookInMs: soonMs = Infinity }: Polled,
  failures: number,
): Promise<number> {
  const now = deps.now();
  const failure =
    scanned.kind === "failed" ? scanned.failure : kept?.kind === "failed" ? kept.failure : undefined;
  if (scanned.kind === "stopped") return now + LOOK_AGAIN_MS;
  if (failure && "resetAtMs" in failure) return Math.max(failure.resetAtMs, now + LOOK_AGAIN_MS);
  if (scanned.kind === "failed") return now + backoffMs(failures, FAILED_PAUSE_MS);
  if (isComparing && kept?.kind === "done") return now + LOOK_AGAIN_MS;
  // The first sync finds everything and says nothing about the clinic's habits.
  const changes = scanned.kind !== "completed" || scanned.baseline ? 0 : scanned.changes;
  return Math.min(await deps.pace.next(target, startedAtMs, changes), now + soonMs);
}
