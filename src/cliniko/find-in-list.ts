import type { Resource } from "../resources/resource.ts";
import type { ClinikoClient } from "./client.ts";
import type { PageRequest } from "./list-query.ts";
import { bestPlan } from "./reading-plan.ts";

/** One row of a list that cannot be asked for it: all of it is read. */
export async function findInSet(
  client: Pick<ClinikoClient, "listPage">,
  resource: Resource,
  id: string,
  signal?: AbortSignal,
  timeoutMs?: number,
): ReturnType<ClinikoClient["findRecord"]> {
  const { order, passes } = bestPlan(resource);
  let after: string | undefined;
  for (;;) {
    const [pass] = passes;
    if (!pass) throw new RangeError("a plan has a pass");
    const answer = await client.listPage(
      resource,
      { pass, order, since: undefined, after },
      signal,
      timeoutMs,
    );
    if (answer.kind !== "ok") return answer;
    const { date, next, rows } = answer.page;
    const row = rows.find((one) => one.id === id);
    if (row) return { kind: "ok", found: true, date, row, record: row.record };
    if (next === undefined) return { kind: "ok", found: false, date };
    after = next;
  }
}

/** One record, where it is asked for in a list: in an old one, or because it has no path of its own. */
export async function findInList(
  client: Pick<ClinikoClient, "listPage">,
  resource: Resource,
  list: Pick<PageRequest, "order" | "pass">,
  id: string,
  signal?: AbortSignal,
  timeoutMs?: number,
): ReturnType<ClinikoClient["findRecord"]> {
  const request = { ...list, since: undefined, after: undefined, conditions: [`id:=${id}`] };
  const answer = await client.listPage(resource, request, signal, timeoutMs);
  if (answer.kind !== "ok") return answer;
  const { date, rows } = answer.page;
  if (rows.some((row) => row.id !== id)) {
    return { kind: "bad_filter", detail: "other records than asked for: id:= was ignored" };
  }
  const row = rows.at(0);
  return { kind: "ok", found: row !== undefined, date, row, ...(row && { record: row.record }) };
}
