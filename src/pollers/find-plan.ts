import type { ClinikoClient } from "../cliniko/client.ts";
import type { Failure } from "../cliniko/outcome.ts";
import { type ReadingPlan, readingPlans } from "../cliniko/reading-plan.ts";
import type { Resource } from "../cliniko/resources.ts";

/**
 * The best plan that the account accepts, found by asking for the first page of each pass. A plan is refused by a 400, by
 * a filter that was silently ignored, or by a list that is not there; any other failure ends the search.
 * @param since unix seconds: recent, so that the pages are small
 */
export async function findPlan(
  client: Pick<ClinikoClient, "listPage">,
  resource: Resource,
  since: number,
  signal: AbortSignal,
): Promise<ReadingPlan | Failure> {
  let refusal: Failure = { kind: "bad_filter", detail: "no reading plan is accepted" };
  for (const plan of readingPlans(resource)) {
    const failure = await tryPlan(client, resource, plan, since, signal);
    if (!failure) return plan;
    if (failure.kind !== "bad_filter" && failure.kind !== "not_found") return failure;
    refusal = failure;
  }
  return refusal;
}

async function tryPlan(
  client: Pick<ClinikoClient, "listPage">,
  resource: Resource,
  { order, passes }: ReadingPlan,
  since: number,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  for (const pass of passes) {
    const after = order === "id" ? "1" : undefined;
    const answer = await client.listPage(resource, { pass, order, since, after }, signal);
    if (answer.kind !== "ok") return answer;
  }
  return undefined;
}
