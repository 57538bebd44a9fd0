import { type Failure, safeDetail } from "../../cliniko/outcome.ts";
import { type ReadingPlan, bestPlan, readingPlans } from "../../cliniko/reading-plan.ts";
import { isRecord } from "../../shared/is-record.ts";
import { parseJson } from "../../shared/parse-json.ts";
import type { ReadingState } from "../../store/detection/reading-store.ts";
import { isDue } from "../reconcile/failing-step.ts";
import { type ResourceName, resources } from "../../resources/registry.ts";

/** How long a plan that failed is not tried, and a lesser one is kept before the better ones are tried again. */
export const PLAN_KEPT_MS = 86_400_000;
/** How long nothing is asked where every plan was refused. */
const NO_PLAN_MS = 600_000;

/** When a plan failed, unix ms, and why. */
interface Refused {
  readonly at: number;
  readonly detail: string;
}

/** The plan by which a resource is read now. @param now unix ms */
export function currentPlan(
  name: ResourceName,
  state: Pick<ReadingState, "plan" | "refusedPlans">,
  now: number,
): ReadingPlan {
  const resource = resources[name];
  const refused = refusedPlans(state, now);
  const usable = readingPlans(resource).filter((plan) => !refused.has(plan.name));
  return usable.find((plan) => plan.name === state.plan) ?? usable.at(0) ?? bestPlan(resource);
}

/** Plans that have failed within a day. */
export function refusedPlans(
  { refusedPlans: json }: Pick<ReadingState, "refusedPlans">,
  now: number,
): ReadonlyMap<string, Refused> {
  const kept = parseJson(json);
  const entries = isRecord(kept) ? Object.entries(kept) : [];
  return new Map(
    entries.flatMap(([name, value]) => {
      const { at, detail } = isRecord(value) ? value : {};
      const isKept = typeof at === "number" && typeof detail === "string" && !isDue(at, PLAN_KEPT_MS, now);
      return isKept ? [[name, { at, detail }]] : [];
    }),
  );
}

/** What is to be remembered of a plan that failed. */
export function withRefused(
  state: Pick<ReadingState, "refusedPlans">,
  plan: string,
  failure: Failure,
  now: number,
): string {
  const refused = new Map(refusedPlans(state, now)).set(plan, { at: now, detail: safeDetail(failure) });
  return JSON.stringify(Object.fromEntries(refused));
}

/** Whether a lesser plan has been kept for a day: the better ones may be accepted by now. */
export function isPlanOld(
  name: ResourceName,
  { plan, planFoundAt }: Pick<ReadingState, "plan" | "planFoundAt">,
  now: number,
): boolean {
  return (
    plan !== undefined && plan !== bestPlan(resources[name]).name && isDue(planFoundAt, PLAN_KEPT_MS, now)
  );
}

/** Why nothing is asked now; undefined: there is a plan, or it is time to look for one again. */
export function noPlan(
  { noPlanAt, noPlanDetail }: Pick<ReadingState, "noPlanAt" | "noPlanDetail">,
  now: number,
): Failure | undefined {
  if (noPlanAt === 0 || isDue(noPlanAt, NO_PLAN_MS, now)) return undefined;
  return { kind: "bad_filter", detail: noPlanDetail };
}
