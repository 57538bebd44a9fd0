import type { ClinikoClient } from "../../cliniko/client.ts";
import { type PageRequest, formatAnchor, pagePath } from "../../cliniko/list-query.ts";
import type { Failure, Outcome, Page, Row } from "../../cliniko/outcome.ts";
import {
  EVER,
  type Order,
  type Pass,
  type ReadingPlan,
  describePass,
  readingPlans,
} from "../../cliniko/reading-plan.ts";
import type { Resource } from "../../resources/resource.ts";

type Client = Pick<ClinikoClient, "listPage">;
type Ask = (request: PageRequest) => Promise<Outcome<{ readonly page: Page }>>;

const PLAIN: Pass = { since: undefined, shows: [], variant: undefined };
/** Reasons that are told, of all that were given. */
const MOST_REASONS = 3;

/**
 * The best plan that the account accepts. A plan is refused by a 400, by a list that is not there, or by rows that show that
 * something was ignored: it is asked so that an honest answer differs from one that ignores the question. Any other failure
 * ends the search. A few requests where a plan fits, some dozens where none does.
 * @param since unix seconds: recent, for where there is no record to prove by
 * @param refused names of plans that have failed, and are not to be tried
 */
export async function findPlan(
  client: Client,
  resource: Resource,
  since: number,
  signal: AbortSignal,
  refused: ReadonlySet<string> = new Set(),
): Promise<ReadingPlan | Failure> {
  const ask = askOnce(client, resource, signal);
  const reasons = new Set<string>();
  const orders = new Map<Order, Failure | undefined>();
  for (const plan of readingPlans(resource)) {
    if (refused.has(plan.name)) continue;
    if (!orders.has(plan.order)) orders.set(plan.order, await tryOrder(ask, plan.order));
    const failure = orders.get(plan.order) ?? (await tryPlan(ask, resource, plan, since));
    if (!failure) return plan;
    if (!isRefusal(failure)) return failure;
    reasons.add(failure.detail);
  }
  return { kind: "bad_filter", detail: describeReasons([...reasons]) };
}

/** Whether the resource's own list is not there, asked as simply as can be. */
export async function isAbsent(client: Client, resource: Resource, signal: AbortSignal): Promise<boolean> {
  const request = { pass: PLAIN, order: "page", since: undefined, after: undefined } as const;
  return (await client.listPage(resource, request, signal)).kind === "not_found";
}

/** Whether another plan may fare better. */
export function isRefusal({ kind }: Failure): boolean {
  return kind === "bad_filter" || kind === "not_found";
}

function describeReasons(reasons: readonly string[]): string {
  const told = reasons.slice(0, MOST_REASONS).join("; ");
  return `no way of reading it is left: ${told || "every one has failed today"}`;
}

/** Many plans begin with the same question. */
function askOnce(client: Client, resource: Resource, signal: AbortSignal): Ask {
  const answers = new Map<string, ReturnType<Ask>>();
  return async (request) => {
    const path = pagePath(resource, request);
    const answer = answers.get(path) ?? client.listPage(resource, request, signal);
    answers.set(path, answer);
    return await answer;
  };
}

/** Whether the plain list goes on behind its own last row. One that ignores the question begins again. */
async function tryOrder(ask: Ask, order: Order): Promise<Failure | undefined> {
  const request = { pass: PLAIN, order, since: undefined, after: undefined };
  const first = await ask(request);
  if (first.kind !== "ok") return first;
  const last = first.page.rows.at(-1);
  if (!last) return undefined;
  const from = order === "created" ? last.createdAt : undefined;
  const after =
    order === "id" ? last.id : formatAnchor({ from, page: from === undefined ? 2 : 1, last: last.id });
  const next = await ask({ ...request, after });
  return next.kind === "ok" ? undefined : next;
}

async function tryPlan(
  ask: Ask,
  resource: Resource,
  { order, passes, provedBy }: ReadingPlan,
  since: number,
): Promise<Failure | undefined> {
  for (const pass of passes) {
    const failure = await tryPass(ask, resource, order, pass, since);
    if (failure) return { ...failure, detail: `${describePass(pass)}: ${failure.detail}` };
  }
  return provedBy ? await proveShown(ask, order, passes, provedBy) : undefined;
}

async function tryPass(
  ask: Ask,
  resource: Resource,
  order: Order,
  pass: Pass,
  since: number,
): Promise<Failure | undefined> {
  const request = { pass, order, since: undefined, after: undefined };
  const whole = await ask(request);
  if (whole.kind !== "ok") return whole;
  const { rows } = whole.page;
  if (pass.since !== undefined) {
    // Newer than the oldest row of the first page: who ignores it serves that row again.
    const oldest = Math.min(...rows.map((row) => stampOf(row, pass.since)).filter((stamp) => stamp > 0));
    const recent = await ask({ ...request, since: Number.isFinite(oldest) ? oldest + 1 : since });
    if (recent.kind !== "ok") return recent;
  }
  return provePresence(pass, rows) ?? (await proveWildcards(ask, resource, request, rows));
}

/** Who ignores a test of a column answers with records that are not hidden by it. */
function provePresence({ shows }: Pass, rows: readonly Row[]): Failure | undefined {
  for (const condition of shows) {
    const [column = ""] = condition.split(":");
    if (condition.endsWith(":*") || rows.every((row) => isSet(row, column))) continue;
    return { kind: "bad_filter", detail: `records without ${column} came: ${condition} was ignored` };
  }
  return undefined;
}

/** Who ignores a wildcard leaves out what is hidden, without a word: a record that is known to be hidden must come. */
async function proveWildcards(
  ask: Ask,
  resource: Resource,
  request: PageRequest,
  rows: readonly Row[],
): Promise<Failure | undefined> {
  for (const column of resource.hiddenBy) {
    const wildcard = `${column}:*`;
    if (!request.pass.shows.includes(wildcard) || rows.some((row) => isSet(row, column))) continue;
    const known = await findHiddenBy(ask, resource, request, column);
    if (!known) continue;
    const shown = await ask({ ...request, conditions: [`id:=${known.id}`] });
    if (shown.kind === "ok" && shown.page.rows.every(({ id }) => id !== known.id)) {
      return { kind: "bad_filter", detail: `a record that ${wildcard} shows did not come: it was ignored` };
    }
  }
  return undefined;
}

/** Some record that this column hides, in whatever way the account shows one. */
async function findHiddenBy(
  ask: Ask,
  { variants }: Resource,
  request: PageRequest,
  column: string,
): Promise<Row | undefined> {
  const variant = variants[column];
  const ways: Pass[] = [
    { ...PLAIN, shows: [`${column}:?`] },
    { ...PLAIN, shows: [`${column}:>=${EVER}`] },
    ...(variant === undefined ? [] : [{ ...PLAIN, variant }]),
  ];
  for (const pass of ways) {
    const answer = await ask({ ...request, pass });
    const known = answer.kind === "ok" ? answer.page.rows.find((row) => isSet(row, column)) : undefined;
    if (known) return known;
  }
  return undefined;
}

/** Some record with this column that came without being asked for by `deleted_at`. */
async function proveShown(
  ask: Ask,
  order: Order,
  passes: readonly Pass[],
  column: string,
): Promise<Failure | undefined> {
  const archived = [":?", `:>=${EVER}`].map((test) => ({ ...PLAIN, shows: [`archived_at${test}`] }));
  for (const pass of [...passes, ...archived]) {
    const answer = await ask({ pass, order, since: undefined, after: undefined });
    if (answer.kind === "ok" && answer.page.rows.some((row) => isSet(row, column))) return undefined;
  }
  return { kind: "bad_filter", detail: `no record with ${column} proves that deleted_at hides none` };
}

function isSet({ record }: Row, column: string): boolean {
  return Boolean(record[column]);
}

function stampOf({ record, updatedAt }: Row, column: string | undefined): number {
  if (column === "updated_at") return updatedAt;
  const value = column === undefined ? undefined : record[column];
  return typeof value === "string" ? Math.floor(Date.parse(value) / 1_000) : 0;
}
