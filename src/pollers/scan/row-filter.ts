import { type Failure, type Row, besides, concernsAccount } from "../../cliniko/outcome.ts";
import { FieldShapeError, normaliseField } from "../../diff/normalise.ts";
import type { AccountStore } from "../../store/detection/account-store.ts";
import { resourceAt } from "../../resources/registry.ts";
import type { KeptIf } from "../../resources/resource.ts";
import { type FindByIdsDeps, findAllByIds } from "./find-by-ids.ts";

/** The rows of a page that are ours to tell of. */
export type RowFilter = (rows: readonly Row[]) => Promise<Sorted | Failure>;

interface Sorted {
  readonly ours: readonly Row[];
  /** Ids of rows of which it cannot be said yet. */
  readonly open: readonly string[];
}

export interface RowFilterDeps extends FindByIdsDeps {
  readonly store: Pick<AccountStore, "loadSnapshots">;
  readonly account: string;
}

/**
 * One authority per fact: an individual appointment tells of itself, so that only the attendees of group appointments
 * are taken over. An attendee names its booking and not the kind of it: what is known of both kinds decides, and a
 * booking that is known as neither is asked for, as the more usual kind first. Where none of them shows it (a list may be of a
 * cache, a role may not see it), the row is open. One that names none is ours where it is known; where no row names one, Cliniko
 * has stopped serving the link, and nothing can be told.
 */
export function keepIf(
  { leadsTo, link, otherwise }: KeptIf,
  deps: RowFilterDeps & { readonly resource: string },
): RowFilter {
  const { account, resource, store } = deps;
  return async (rows) => {
    const linked = new Map<string, string | undefined>();
    try {
      for (const row of rows) linked.set(row.id, idOf(link, row));
    } catch (error) {
      if (!(error instanceof FieldShapeError)) throw error;
      return { kind: "schema_changed", detail: error.message };
    }
    const ids = [...new Set(linked.values())].filter((id) => id !== undefined);
    const nameless = rows.filter(({ id }) => linked.get(id) === undefined).map(({ id }) => id);
    const kept = await store.loadSnapshots(account, resource, nameless);
    if (ids.length === 0 && kept.size === 0 && rows.some(({ record }) => !Object.hasOwn(record, link)))
      return { kind: "schema_changed", detail: `${link} is no longer served` };
    const ours = new Set((await store.loadSnapshots(account, leadsTo, ids)).keys());
    const open = ids.filter((id) => !ours.has(id));
    const others = await store.loadSnapshots(account, otherwise, open);
    const unknown = new Set(open.filter((id) => !others.has(id)));
    const ask = async (path: string): Promise<readonly Row[] | Failure> =>
      await findAllByIds(deps, account, resourceAt(path), [...unknown], { orVisible: true });
    const theirs = await ask(otherwise);
    if ("kind" in theirs && concernsAccount(theirs)) return theirs;
    // Who is refused it would leave every row open that is not ours.
    const isRefused = "kind" in theirs && theirs.kind !== "unavailable";
    if (!("kind" in theirs)) for (const { id } of theirs) unknown.delete(id);
    const found = await ask(leadsTo);
    if ("kind" in found) return besides(found, leadsTo);
    for (const { id } of found) {
      ours.add(id);
      unknown.delete(id);
    }
    return {
      ours: rows.filter((row) => kept.has(row.id) || ours.has(linked.get(row.id) ?? "")),
      open: isRefused ? [] : rows.filter(({ id }) => unknown.has(linked.get(id) ?? "")).map(({ id }) => id),
    };
  };
}

function idOf(link: string, { record }: Row): string | undefined {
  const id = normaliseField(link, { link: "" }, record[link]);
  return typeof id === "string" ? id : undefined;
}
