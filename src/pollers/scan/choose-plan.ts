import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Failure } from "../../cliniko/outcome.ts";
import { type ReadingPlan, readingPlans } from "../../cliniko/reading-plan.ts";
import type { ReadingState, ReadingStore } from "../../store/detection/reading-store.ts";
import type { Lease } from "../../store/detection/lease.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";
import { PLAN_KEPT_MS, isPlanOld, noPlan, refusedPlans, withRefused } from "./current-plan.ts";
import { findPlan, isAbsent, isRefusal } from "./find-plan.ts";

export interface ChoosePlanDeps {
  readonly client: Pick<ClinikoClient, "listPage">;
  readonly reading: Pick<ReadingStore, "update">;
  readonly state: ReadingState;
  readonly now: () => number;
}

/** What it asks for was ignored without a word: it is left before the next scan, and not tried for a day. */
export async function distrustPlan(
  {
    now,
    plan,
    reading,
    state,
  }: Pick<ChoosePlanDeps, "now" | "reading" | "state"> & { readonly plan: ReadingPlan },
  account: string,
  resource: string,
): Promise<void> {
  const failure = {
    kind: "bad_filter" as const,
    detail: "what it asks for was ignored: a hidden record did not come",
  };
  await reading.update(account, resource, {
    plan: undefined,
    refusedPlans: withRefused(state, plan.name, failure, now()),
  });
}

/**
 * Before a scan: looks for a better plan once a day, for another one where one was left, and for any again where none was left. Resolves to the state to
 * read by, or to why nothing is asked.
 */
export async function reconsiderPlan(
  deps: ChoosePlanDeps,
  lease: Lease,
  name: ResourceName,
  signal: AbortSignal,
): Promise<ReadingState | Failure> {
  const { now, state } = deps;
  const none = noPlan(state, now());
  if (none) return none;
  if (state.plan === undefined && state.refusedPlans !== "")
    return await search(deps, lease, name, state, signal);
  if (state.noPlanAt === 0 && !isPlanOld(name, state, now())) return state;
  return await search(deps, lease, name, { ...state, refusedPlans: "" }, signal);
}

/** How soon a plan is tried again that fits although a scan by it was refused: a row of a cache may be older than what found it. */
const FITTING_AGAIN_MS = 900_000;

/**
 * After a scan that was refused: that plan is not tried for a day, or for a while where it still fits, and the best of the others is
 * read by from now on.
 */
export async function leavePlan(
  deps: ChoosePlanDeps,
  lease: Lease,
  name: ResourceName,
  plan: ReadingPlan,
  failure: Failure,
  signal: AbortSignal,
): Promise<void> {
  if (!isRefusal(failure)) return;
  // That the list itself is not there is no question of how to read it.
  if (failure.kind === "not_found") {
    const isOwn = plan.passes.every(({ variant }) => variant === undefined);
    if (isOwn || (await isAbsent(deps.client, resources[name], signal))) return;
  }
  const fits = failure.kind === "bad_filter" && (await isFitting(deps, name, plan, signal));
  const at = fits ? deps.now() - PLAN_KEPT_MS + FITTING_AGAIN_MS : deps.now();
  const refused = withRefused(deps.state, plan.name, failure, at);
  await deps.reading.update(lease.account, name, { refusedPlans: refused });
  await search(deps, lease, name, { ...deps.state, refusedPlans: refused }, signal, at);
}

async function isFitting(
  { client, now }: ChoosePlanDeps,
  name: ResourceName,
  { name: own }: ReadingPlan,
  signal: AbortSignal,
): Promise<boolean> {
  const others = readingPlans(resources[name]).flatMap((plan) => (plan.name === own ? [] : [plan.name]));
  const found = await findPlan(client, resources[name], Math.floor(now() / 1_000), signal, new Set(others));
  return "passes" in found;
}

async function search(
  { client, now, reading }: ChoosePlanDeps,
  { account }: Lease,
  name: ResourceName,
  state: ReadingState,
  signal: AbortSignal,
  at = now(),
): Promise<ReadingState | Failure> {
  const refused = new Set(refusedPlans(state, now()).keys());
  const found = await findPlan(client, resources[name], Math.floor(now() / 1_000), signal, refused);
  const { refusedPlans: json } = state;
  if ("passes" in found) {
    const changes = {
      plan: found.name,
      planFoundAt: at,
      refusedPlans: json,
      noPlanAt: 0,
      noPlanDetail: "",
    };
    await reading.update(account, name, changes);
    return { ...state, ...changes };
  }
  // The upstream is unwell: that says nothing of its filters.
  if (!isRefusal(found)) return found;
  await reading.update(account, name, { noPlanAt: now(), noPlanDetail: found.detail });
  return found;
}
