import { elapsedMs } from "../elapsed.ts";
import { type ReadingPlan, bestPlan, readingPlans } from "../cliniko/reading-plan.ts";
import { type ResourceName, resources } from "../cliniko/resources.ts";
import type { ReadingState } from "../store/reading-store.ts";

/** How long a lesser reading plan is kept before the better ones are tried again. */
const PLAN_KEPT_MS = 86_400_000;

/** The plan by which a resource is read now. @param now unix ms */
export function currentPlan(
  name: ResourceName,
  state: Pick<ReadingState, "plan" | "planFoundAt">,
  now: number,
): ReadingPlan {
  const resource = resources[name];
  const kept = readingPlans(resource).find((plan) => plan.name === state.plan);
  return kept && elapsedMs(now, state.planFoundAt) < PLAN_KEPT_MS ? kept : bestPlan(resource);
}
