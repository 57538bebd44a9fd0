import type { ClinikoClient } from "../../cliniko/client.ts";
import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { type Failure, type Outcome, type Row, safeDetail } from "../../cliniko/outcome.ts";
import { type ReadingPlan, readingPlans } from "../../cliniko/reading-plan.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import type { KnownResource } from "../../resources/registry.ts";
import { currentPlan } from "./current-plan.ts";
import { isDue } from "../reconcile/failing-step.ts";
import { isRefusal } from "./find-plan.ts";

/** Where a list of ids is refused, each is asked for by itself: not more than this in one go. */
const MOST_SINGLE = 10;
/** How long a lesser way of looking up is kept before the better ones are tried again. */
const LOOKUP_KEPT_MS = 86_400_000;

export interface FindByIdsDeps {
  readonly client: Pick<ClinikoClient, "listPage" | "findRecord">;
  readonly reading: Pick<ReadingStore, "read" | "update">;
  readonly now: () => number;
}

export interface FoundByIds {
  /** Those that are there, hidden or not, in no order. */
  readonly rows: readonly Row[];
  /** For which of the ids this is the answer: the first ones, and all of them as a rule. */
  readonly asked: readonly string[];
  /** The upstream's clock at the first answer, unix seconds. */
  readonly date: number;
}

export interface FindByIdsOptions {
  /** At the last, those that are not hidden are better than none: for who concludes nothing from a record that does not come. */
  readonly orVisible?: boolean;
}

/** One way of looking up: by the lists of a plan, or one by one. */
interface Lookup {
  readonly name: string;
  readonly plan: ReadingPlan;
  readonly single: boolean;
}

/**
 * Records by their ids, as the account lets itself be asked: by the lists of its plan first, then by those of the others,
 * and one by one where it takes no list of ids. What works is remembered for a day. A record that does not come is not
 * proved to be gone. A refusal is `malformed` here: it says nothing of the plan of whoever asks.
 * @param ids at most PAGE_SIZE of them
 */
export async function findByIds(
  { client, now, reading }: FindByIdsDeps,
  account: string,
  resource: KnownResource,
  ids: readonly string[],
  signal?: AbortSignal,
  { orVisible = false }: FindByIdsOptions = {},
): Promise<Outcome<FoundByIds>> {
  if (ids.length > PAGE_SIZE) throw new RangeError("more ids than a page holds");
  const state = await reading.read(account, resource.path);
  const plan = currentPlan(resource.path, state, now());
  const lookups = [...lookupsOf(resource, plan), ...(orVisible ? visibleLookups(plan) : [])];
  const kept = isDue(state.lookupFoundAt, LOOKUP_KEPT_MS, now()) ? undefined : state.lookup;
  const from = Math.max(
    0,
    lookups.findIndex(({ name }) => name === kept),
  );
  let refusal: Failure | undefined;
  for (const [index, lookup] of lookups.slice(from).entries()) {
    const answer = await (lookup.single ? askSingle : askLists)(client, resource, lookup.plan, ids, signal);
    if (answer.kind === "ok" || !isRefusal(answer)) {
      const isNew = lookup.name !== kept && (index > 0 || state.lookup !== undefined);
      if (answer.kind === "ok" && isNew)
        await reading.update(account, resource.path, { lookup: lookup.name, lookupFoundAt: now() });
      return answer;
    }
    refusal ??= answer;
  }
  return {
    kind: "malformed",
    detail: `${resource.path} cannot be asked for by id: ${refusal ? safeDetail(refusal) : ""}`,
  };
}

function lookupsOf(resource: KnownResource, current: ReadingPlan): Lookup[] {
  const others = readingPlans(resource).filter(
    ({ name, order, passes, provedBy }) =>
      name !== current.name && order === current.order && !provedBy && passes.every(isAskable),
  );
  return [current, ...others].flatMap((plan) => [
    { name: plan.name, plan, single: false },
    // What the old lists hold is not asked for by its path, and by its path it does not show in which list it is.
    ...(plan.passes.some(({ says, variant }) => says ?? variant !== undefined)
      ? []
      : [{ name: `${plan.name}, one by one`, plan, single: true }]),
  ]);
}

function visibleLookups({ order }: ReadingPlan): Lookup[] {
  const passes = [{ since: undefined, shows: [], variant: undefined }];
  const plan = { name: "visible", order, passes };
  return [false, true].map((single) => ({ name: `visible${single ? ", one by one" : ""}`, plan, single }));
}

/** Plans that differ in how they ask since when only find the same by id. */
function isAskable({ since }: ReadingPlan["passes"][number]): boolean {
  return since !== undefined;
}

async function askLists(
  client: FindByIdsDeps["client"],
  resource: KnownResource,
  { order, passes }: ReadingPlan,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Outcome<FoundByIds>> {
  const rows = new Map<string, Row>();
  const conditions = [`id:=${ids.join(",")}`];
  let date: number | undefined;
  for (const pass of passes) {
    let after: string | undefined;
    // Each page moves on, and none holds more than what was asked for: they end.
    for (let pages = 0; pages <= ids.length; pages += 1) {
      const request = { pass, order, since: undefined, after, conditions };
      const answer = await client.listPage(resource, request, signal);
      if (answer.kind !== "ok") return answer;
      const { page } = answer;
      date ??= page.date;
      if (page.rows.some(({ id }) => !ids.includes(id))) {
        return { kind: "bad_filter", detail: "other records than asked for: id:= was ignored" };
      }
      for (const row of page.rows) rows.set(row.id, newer(rows.get(row.id), row));
      after = page.next;
      if (after === undefined || rows.size === ids.length) break;
    }
    if (rows.size === ids.length) break;
  }
  return { kind: "ok", rows: [...rows.values()], asked: ids, date: date ?? 0 };
}

async function askSingle(
  client: FindByIdsDeps["client"],
  resource: KnownResource,
  { passes }: ReadingPlan,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Outcome<FoundByIds>> {
  const rows: Row[] = [];
  const asked = ids.slice(0, MOST_SINGLE);
  let date: number | undefined;
  for (const id of asked) {
    for (const { shows } of passes) {
      const answer = await client.findRecord(resource, id, signal, undefined, shows);
      if (answer.kind !== "ok") return answer;
      date ??= answer.date;
      if (!answer.found) continue;
      if (!answer.row) return { kind: "malformed", detail: "a record without its stamps" };
      rows.push(answer.row);
      break;
    }
  }
  return { kind: "ok", rows, asked, date: date ?? 0 };
}

function newer(one: Row | undefined, other: Row): Row {
  return one && one.updatedAt > other.updatedAt ? one : other;
}

/** All of them, however many a single question takes. */
export async function findAllByIds(
  deps: FindByIdsDeps,
  account: string,
  resource: KnownResource,
  ids: readonly string[],
  options: FindByIdsOptions = {},
): Promise<readonly Row[] | Failure> {
  const rows: Row[] = [];
  for (let rest = ids; rest.length > 0;) {
    const answer = await findByIds(deps, account, resource, rest.slice(0, PAGE_SIZE), undefined, options);
    if (answer.kind !== "ok") return answer;
    rows.push(...answer.rows);
    rest = rest.slice(answer.asked.length);
  }
  return rows;
}
