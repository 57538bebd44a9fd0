import type { Target } from "../../shared/target.ts";
import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import type { Lease } from "../../store/detection/lease.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import { type ResourceName, resources, withoutIds } from "../../resources/registry.ts";
import { bestPlan } from "../../cliniko/reading-plan.ts";
import type { KeyUser } from "../connection/key-user.ts";
import { type Narrowed, narrowedIn } from "../connection/sight.ts";
import type { Confirm } from "./adopt-page.ts";
import { keepIf } from "./row-filter.ts";
import { leavePlan, reconsiderPlan } from "./choose-plan.ts";
import { currentPlan } from "./current-plan.ts";
import { byPlan } from "./reading-deps.ts";
import { type AvailabilityDeps, readAvailability } from "../availability/read-availability.ts";
import { createPrivacyFilter } from "./privacy-filter.ts";
import { createLinkWitness } from "./link-witness.ts";
import { createExplainMissing } from "../reconcile/explained.ts";
import { createMassLimits } from "../reconcile/mass-limits.ts";
import { type Turn } from "./places.ts";
import { createRechecks } from "./rechecks.ts";
import { createSteadiness } from "./steadiness.ts";
import { beginNow } from "./begin-now.ts";
import { readState } from "./read-state.ts";
import { type ScanResult, scan } from "./scan.ts";
import { canCount, seesHidden, trustsCounts } from "../reconcile/sweep-times.ts";
import { type RequestMeter, countRequests } from "../schedule/request-meter.ts";
import { standBack } from "./unseen.ts";
import { type ReconcileResult, type ReconcileStep, reconcile } from "../reconcile/reconcile.ts";
import { secondLookInMs } from "../reconcile/second-look.ts";
import { keepWitnesses, parseStamps } from "./window-witness.ts";
import type { PollDeps, PolledAccount } from "./poll-deps.ts";

/** What reading needs of it. */
type ReadAccount = Pick<PolledAccount, "availableTimes" | "suppressWithoutConsent"> & {
  readonly confirm?: Confirm | undefined;
  readonly keyUser?: KeyUser | undefined;
  readonly client: Pick<ClinikoClient, "listPage" | "findRecord">;
};

/** An account, with who can say whose it is. */
export type ReadingAccount = PolledAccount & { readonly confirm: Confirm; readonly keyUser: KeyUser };

/** What one poll came to: the scan, and reconciliation when a scan completed that was not the first. */
export interface Polled {
  readonly startedAtMs: number;
  readonly scanned: ScanResult;
  readonly kept: ReconcileResult | undefined;
  /** Less was in sight than there is. */
  readonly narrowed?: Narrowed | undefined;
  /** Everything is still being compared after records were hidden: nothing is claimed yet. */
  readonly isComparing: boolean;
  /** See `secondLookInMs`. */
  readonly secondLookInMs?: number | undefined;
}

/** Of one poll. */
export type TurnDeps = PollDeps & { readonly offerRules: AvailabilityDeps["asked"] };

/** Reads a resource once, under its lease. */
export async function readOnce(
  deps: TurnDeps,
  account: ReadingAccount,
  resource: ResourceName,
  { mayGoOn }: Turn,
  lease: Lease,
  signal: AbortSignal,
): Promise<Polled> {
  const { account: name } = lease;
  const scope = { account: name, resource };
  const startedAtMs = deps.now();
  const { client, meter } = countRequests(account.client);
  const known = await readState(deps, scope, account.fromNowOn?.includes(resource) === true);
  // What has no ids is read in the only way there is.
  const state = known.isBare
    ? known
    : await reconsiderPlan(
        { client, reading: deps.reading, now: deps.now, state: known },
        lease,
        resource,
        signal,
      );
  if ("kind" in state) {
    await noteBare(deps, scope, state);
    const scanned = notAsked(state);
    deps.onScan(scope, scanned, deps.now() - startedAtMs, meter.read().requests);
    return { startedAtMs, scanned, kept: undefined, isComparing: false };
  }
  const reading = readingDeps(deps, { ...account, client }, lease, resource, state);
  const poll: Poll = { ...reading, asked: client, lease, meter, mayGoOn, scope, signal, startedAtMs };
  return reading.resource.isComputed
    ? await readTimes(deps, poll, account.availableTimes ?? [])
    : await readList(deps, poll);
}

/** One poll under way. */
interface Poll extends ReturnType<typeof readingDeps> {
  /** Whatever the plan. */
  readonly asked: ReturnType<typeof countRequests>["client"];
  readonly lease: Lease;
  readonly meter: RequestMeter;
  readonly mayGoOn: Turn["mayGoOn"];
  readonly scope: Target & { readonly resource: ResourceName };
  readonly signal: AbortSignal;
  readonly startedAtMs: number;
}

async function readTimes(deps: TurnDeps, poll: Poll, watched: AvailabilityDeps["watched"]): Promise<Polled> {
  const { asked: client, lease, meter, scope, signal, startedAtMs } = poll;
  const requests = (): number => meter.read().requests;
  const { offerRules: asked, requestsPerMinute } = deps;
  const promiseMs = deps.promiseMs(scope.resource);
  const { scanned, soonMs } = await readAvailability(
    { ...poll, client, watched, requestsPerMinute, promiseMs, asked, requests },
    lease,
    signal,
  );
  deps.onScan(scope, scanned, deps.now() - startedAtMs, requests());
  return { startedAtMs, scanned, kept: undefined, isComparing: false, secondLookInMs: soonMs };
}

async function readList(deps: TurnDeps, poll: Poll): Promise<Polled> {
  const { lease, meter, mayGoOn, plan, reading, scope, signal, startedAtMs, state } = poll;
  const isBegun = state.firstSyncAt !== 0 || !state.fromNowOn;
  const scanned = isBegun
    ? await scan({ ...poll, expected: parseStamps(state.expected), mayGoOn }, lease, signal)
    : await beginNow(poll, lease, signal);
  deps.onScan(scope, scanned, deps.now() - startedAtMs, meter.read().requests);
  if (scanned.kind === "failed") {
    await noteBare(deps, scope, scanned.failure);
    const choice = { client: poll.asked, reading, now: deps.now, state };
    if (!state.isBare) await leavePlan(choice, lease, scope.resource, plan, scanned.failure, signal);
  }
  if (scanned.kind === "guarded") await standBack(poll, lease);
  if (scanned.kind !== "completed") return { startedAtMs, scanned, kept: undefined, isComparing: false };
  const isCounted = canCount(poll.resource, plan) && trustsCounts(state, deps.now());
  const shown = await keepWitnesses(reading, lease, state, isCounted, scanned);
  const seen = scanned.countsLie ? await distrustCounts(deps, scope, shown) : shown;
  const narrowed = narrowedIn(scanned, plan);
  // It has just read everything: what makes sure that nothing is missing waits for the next poll, and others are read sooner.
  if (scanned.baseline) return { startedAtMs, scanned, kept: undefined, narrowed, isComparing: false };
  return {
    startedAtMs,
    scanned,
    narrowed,
    ...(await lookForMissing(deps, { ...poll, state: seen }, scanned)),
  };
}

async function lookForMissing(
  deps: TurnDeps,
  poll: Poll,
  { doubted, shown, shownFrom, unseenSince, watermark }: Extract<ScanResult, { kind: "completed" }>,
): Promise<Pick<Polled, "kept" | "isComparing" | "secondLookInMs">> {
  const { lease, rechecks, scope, signal, steadiness } = poll;
  const onStep = (step: ReconcileStep): void => {
    deps.onStep(scope, step);
  };
  const reconcileDeps = { ...poll, watermark, shownFrom, unseenSince, shown, doubted, onStep };
  const kept = await reconcile(reconcileDeps, deps.reconcile, lease, signal);
  const changes = { ...rechecks.changes(), ...steadiness?.changes() };
  const { account, resource } = scope;
  if (Object.keys(changes).length > 0) await deps.reading.update(account, resource, changes);
  deps.onReconcile(scope, kept);
  if (kept.kind === "guarded") await standBack(reconcileDeps, lease);
  const cursor = unseenSince === undefined ? undefined : await deps.store.readCursor(account, resource);
  return {
    kept,
    isComparing: cursor?.phase === "live" && cursor.unseenSince !== undefined,
    secondLookInMs: kept.kind === "done" ? await secondLookInMs(reconcileDeps, lease) : undefined,
  };
}

/**
 * Its rows have no ids in this account. Of one that is known by its ids that is a change of its shape, and no page of it is taken
 * over.
 */
async function noteBare(
  { reading, store }: Pick<PollDeps, "reading" | "store">,
  { account, resource }: Target,
  failure: Failure,
): Promise<void> {
  if (failure.kind !== "malformed" || failure.isBare !== true) return;
  if ((await store.listIds(account, resource)).length === 0)
    await reading.update(account, resource, { isBare: true });
}

/** Remembers that this account's counts cannot be used. */
async function distrustCounts(
  { now, reading }: PollDeps,
  { account, resource }: Target,
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
  { availableTimes = [], client: asked, confirm, keyUser, suppressWithoutConsent }: ReadAccount,
  lease: Lease,
  name: ResourceName,
  state: ReadingState,
) {
  const { account } = lease;
  const bare = state.isBare ? withoutIds(resources[name]) : undefined;
  const resource = bare ?? resources[name];
  const plan = bare ? bestPlan(bare) : currentPlan(name, state, now());
  const context = { account, resource: name, projection: resource, identityKey };
  const client = byPlan(asked, plan);
  const lookup = { client: asked, reading, store, account, now };
  const rowFilter = resource.keptIf && keepIf(resource.keptIf, { ...lookup, resource: name });
  const privacyFilter = createPrivacyFilter({ ...lookup, tombstones, resource, suppressWithoutConsent });
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
    linkWitness: createLinkWitness({ ...lookup, resource, accepted: state.deletionsAccepted }),
    explainMissing: createExplainMissing({ ...lookup, resource }),
    rechecks: createRechecks(state),
    asksById: seesHidden(plan),
    steadiness: resource.hasStamps ? undefined : createSteadiness(state),
    confirm,
    keyUser,
  };
}

/** A scan that could not begin. */
function notAsked(failure: Failure): ScanResult {
  const counts = { pages: 0, records: 0, changes: 0, events: 0, stale: 0, unknown: [] };
  return { kind: "failed", failure, ...counts };
}
