import type { ClinikoClient } from "../../cliniko/client.ts";
import type { Outcome, Row } from "../../cliniko/outcome.ts";
import { type Pass, type ReadingPlan, readingPlans } from "../../cliniko/reading-plan.ts";
import type { Resource } from "../../resources/resource.ts";
import { isRefusal } from "./find-plan.ts";

/** Records that are hidden, and not gone. */
export interface Hidden {
  readonly rows: readonly Row[];
  /** The upstream's clock at the last answer that showed one, unix seconds. */
  readonly date: number;
  /** Only another plan shows them: what this one asks for was ignored without a word. */
  readonly isPlanIgnored: boolean;
}

/**
 * Looks for records in every way in which what is hidden can be asked for. A wildcard that is ignored without a word makes a
 * record that was cancelled or archived answer 404 by its path, as one that is gone does; a test for null, a date or an old
 * list still finds it. What an account refuses of these says nothing. Some ten requests, for the last look before a deletion.
 */
export async function findHidden(
  client: Pick<ClinikoClient, "listPage">,
  resource: Resource,
  plan: ReadingPlan,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<Hidden>> {
  const rows = new Map<string, Row>();
  const own = new Set(plan.passes.map(nameOf));
  let date = 0;
  let isPlanIgnored = false;
  for (const pass of passesThatShow(resource, plan)) {
    const left = ids.filter((id) => !rows.has(id));
    if (left.length === 0) break;
    const conditions = [`id:=${left.join(",")}`];
    const request = { pass, order: plan.order, since: undefined, after: undefined, conditions };
    const answer = await client.listPage(resource, request, signal);
    if (answer.kind !== "ok") {
      if (isRefusal(answer)) continue;
      return answer;
    }
    const found = answer.page.rows.filter(({ id }) => left.includes(id));
    for (const row of found) rows.set(row.id, row);
    if (found.length === 0) continue;
    ({ date } = answer.page);
    isPlanIgnored ||= !own.has(nameOf(pass));
  }
  return { kind: "ok", rows: [...rows.values()], date, isPlanIgnored };
}

/** Each once, those of the plan first. */
function passesThatShow(resource: Resource, plan: ReadingPlan): Pass[] {
  const plans = [plan, ...readingPlans(resource).filter(({ order }) => order === plan.order)];
  const shows = plans
    .flatMap(({ passes }) => passes)
    .filter((pass) => pass.shows.length > 0 || pass.variant !== undefined);
  return [...new Map(shows.map((pass) => [nameOf(pass), pass])).values()];
}

function nameOf({ shows, variant }: Pass): string {
  return [variant ?? "", ...shows].join(" ");
}
