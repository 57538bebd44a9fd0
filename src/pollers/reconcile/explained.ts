import { PAGE_SIZE } from "../../cliniko/list-query.ts";
import { type Failure, concernsAccount } from "../../cliniko/outcome.ts";
import { compareIds } from "../../cliniko/parse-page.ts";
import { patientsInSnapshot } from "../../diff/forgotten.ts";
import { linkedId } from "../../diff/normalise.ts";
import { namedValues } from "../../diff/values.ts";
import { PATIENTS } from "../../resources/field.ts";
import { type KnownResource, isResourceName, resources, targetOf } from "../../resources/registry.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import type { ReadingStore } from "../../store/detection/reading-store.ts";
import { type FindByIdsDeps, findAllByIds } from "../scan/find-by-ids.ts";
import type { ReadingDeps, ReadingResult } from "../scan/reading-deps.ts";
import { isMassive } from "./guard.ts";

/** More missing records than this are not looked into one by one. */
const MOST_LOOKED_INTO = 1_000;
/** So many of what they hang on are asked for at once. */
const MOST_PARENTS = 30;

/** What became of missing records, as far as is known. */
export interface Explained {
  /** Those of which nothing is known that took them along. */
  readonly left: readonly string[];
  /** What these hang on does not answer either, and whether it is gone is about to be found out. */
  readonly waiting: number;
}

/**
 * A patient who is deleted for good takes along what hangs on them, and an invoice that is edited may get other lines in place of
 * the former ones. So many gone at once are no changed permission: a guard does not count them. Each is told on its own evidence all the
 * same.
 */
export type ExplainMissing = (ids: readonly string[], signal: AbortSignal) => Promise<Explained | Failure>;

export interface ExplainDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly reading: ReadingStore;
  readonly account: string;
  readonly resource: KnownResource;
}

/** Undefined: records of this resource hang on nothing that takes them along. */
export function createExplainMissing(deps: ExplainDeps): ExplainMissing | undefined {
  const { account, reading, resource, store } = deps;
  const { patientLinks, replacedWithin: link } = resource;
  const path = patientLinks.length > 0 ? PATIENTS : link && targetOf(resource.fields[link]);
  if (path === undefined || !isResourceName(path) || path === resource.path) return undefined;
  const isGone = async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    const known = await store.loadSnapshots(account, path, ids);
    return new Set(ids.filter((id) => known.get(id)?.deletedAt !== undefined));
  };
  return async (ids, signal) => {
    const parents = await parentsOf(deps, ids.slice(0, MOST_LOOKED_INTO));
    const gone = await isGone([...new Set([...parents.values()].flat())]);
    const open = ids.filter((id) => !parents.get(id)?.some((parent) => gone.has(parent)));
    const named = [...new Set(open.flatMap((id) => parents.get(id) ?? []))].slice(0, MOST_PARENTS);
    const replaced =
      link === undefined ? new Set() : await replacedIn(deps, link, named, open, parents, signal);
    if ("kind" in replaced) return replaced;
    const left = open.filter((id) => !replaced.has(id));
    const there = await findAllByIds(deps, account, resources[path], named);
    if ("kind" in there) {
      if (concernsAccount(there) || there.kind === "unavailable") return there;
      // Who may not ask for them has nothing explained, and whoever is among the missing is left to the guard.
      return { left, waiting: 0 };
    }
    const answering = new Set(there.map(({ id }) => id));
    const silent = named.filter((id) => !answering.has(id));
    // Where they are not read nothing is known of them, and nothing will be found out.
    const known = await store.loadSnapshots(account, path, silent);
    const suspected = silent.filter((id) => known.has(id));
    await reading.suspect(account, path, suspected);
    const waiting = new Set(
      left.filter((id) => parents.get(id)?.some((parent) => suspected.includes(parent)) === true),
    );
    return { left: left.filter((id) => !waiting.has(id)), waiting: waiting.size };
  };
}

/** What known records hang on. */
async function parentsOf(
  { account, resource, store }: ExplainDeps,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { patientLinks, replacedWithin: link = "" } = resource;
  const known = await store.loadSnapshots(account, resource.path, ids);
  return new Map(
    [...known].map(([id, snapshot]) => {
      const named = patientLinks.length > 0 ? patientsInSnapshot(resource, snapshot) : [];
      const parent = namedValues(resource, snapshot)?.get(link);
      if (typeof parent === "string") return [id, [parent]];
      return [id, named === "unknown_version" ? [] : named];
    }),
  );
}

/** Those in whose place others stand now: made later, on the same. */
async function replacedIn(
  deps: ExplainDeps,
  link: string,
  named: readonly string[],
  missing: readonly string[],
  parents: ReadonlyMap<string, readonly string[]>,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | Failure> {
  if (named.length === 0) return new Set();
  const newest = new Map<string, string>();
  const pass = { since: undefined, shows: [], variant: undefined };
  const conditions = [`${link}_id:=${named.join(",")}`];
  let after: string | undefined;
  for (let pages = 0; pages * PAGE_SIZE <= MOST_LOOKED_INTO; pages += 1) {
    const request = { pass, order: "id" as const, since: undefined, after, conditions };
    const answer = await deps.client.listPage(deps.resource, request, signal);
    // Who cannot be asked so has nothing explained.
    if (answer.kind === "bad_filter") return new Set();
    if (answer.kind !== "ok") return answer;
    for (const { id, record } of answer.page.rows) newest.set(linkedId(record[link]) ?? "", id);
    after = answer.page.next;
    if (after === undefined) break;
  }
  const isReplaced = (id: string): boolean =>
    parents.get(id)?.some((parent) => compareIds(newest.get(parent) ?? "", id) > 0) === true;
  return new Set(missing.filter(isReplaced));
}

/** What is too many of those that nothing explains. */
const TOO_MANY = { mass_disappearance: isMassive, no_witness: (count: number) => count > 0 };

/** Whether a guard is to hold for records that are missing. wait: what they hang on is being looked for first. */
export async function judgeMissing(
  { explainMissing, state }: Pick<ReadingDeps, "explainMissing" | "state">,
  kind: keyof typeof TOO_MANY,
  ids: readonly string[],
  known: number,
  signal: AbortSignal,
): Promise<"fine" | "wait" | Exclude<ReadingResult, { readonly kind: "done" }>> {
  const isTooMany = (count: number): boolean => TOO_MANY[kind](count, known);
  if (state.deletionsAccepted || !isTooMany(ids.length)) return "fine";
  const guarded = { kind: "guarded", guard: { kind, missing: ids.length, known } } as const;
  const explained = await explainMissing?.(ids, signal);
  if (explained === undefined) return guarded;
  if ("kind" in explained) return { kind: "failed", failure: explained };
  const { left, waiting } = explained;
  if (isTooMany(left.length)) return guarded;
  return isTooMany(left.length + waiting) ? "wait" : "fine";
}
