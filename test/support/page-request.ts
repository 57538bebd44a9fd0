import type { PageRequest } from "../../src/cliniko/list-query.ts";
import { bestPlan } from "../../src/cliniko/reading-plan.ts";
import { resources } from "../../src/resources/registry.ts";
import type { Resource } from "../../src/resources/resource.ts";

/** The request of the best plan: everything from the first record on, unless given otherwise. */
export function pageRequest(
  given: Partial<Pick<PageRequest, "since" | "after">> = {},
  resource: Resource = resources.patients,
): PageRequest {
  const { passes, order } = bestPlan(resource);
  const [pass] = passes;
  if (!pass) throw new Error("a plan has a pass");
  return { pass, order, since: undefined, after: undefined, ...given };
}
