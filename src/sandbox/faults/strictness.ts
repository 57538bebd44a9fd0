import type { Condition } from "../storage/filters.ts";

type Way = "refused" | "ignored";

/**
 * How much less than documented a list accepts: refused is a 400, ignored is an answer as if it had not been asked. Each
 * may be switched on and off while the clinic runs.
 */
export interface Strictness {
  /** `:*`. `alone`: refused beside any other condition. */
  readonly wildcards?: Way | "alone";
  /** `:?` and `:!?`. */
  readonly presence?: Way;
  /** Any condition on archived_at, cancelled_at, deleted_at, except on the old lists. */
  readonly hiddenColumns?: "refused";
  readonly updatedAt?: Way;
  readonly createdAt?: Way;
  /** `id:>`, `id:<` and the like. */
  readonly idRanges?: Way;
  /** `id:=`. */
  readonly idLists?: Way;
  readonly sort?: Way;
  readonly sortById?: Way;
  readonly page?: "ignored";
  /** Pages are no larger, whatever is asked for. */
  readonly largestPage?: number;
  /** Every page names a next one: itself, the first one, or one on another host; or none does. */
  readonly nextLink?: "itself" | "first" | "elsewhere" | "missing";
  /** A record with `deleted_at` is hidden, too, unless a condition names the column. */
  readonly deletedHides?: boolean;
  /** `/deleted`, `/cancelled`, `/archived`: not there, filtered by the column of their name only, or not filtered at all. */
  readonly oldLists?: "gone" | "own_column" | "unfiltered";
  /** `/practitioners/inactive`, and any other list of a part of the records: not there. */
  readonly parts?: "gone";
}

const HIDING = ["archived_at", "cancelled_at", "deleted_at"];

/** What is left of the conditions of a request, or why it is refused. @param path of the list, without its query */
export function applyStrictness(
  conditions: readonly Condition[],
  strictness: Strictness,
  path: string,
): readonly Condition[] | { readonly refused: string } {
  const oldList = oldListOf(path);
  const ways = conditions.map((condition) => wayOf(condition, conditions, strictness, oldList));
  const refused = conditions.find((_, index) => ways[index] === "refused");
  if (refused) return { refused: `${refused.column} is not filterable` };
  return conditions.filter((_, index) => ways[index] !== "ignored");
}

function wayOf(
  { column, operator }: Condition,
  all: readonly Condition[],
  rules: Strictness,
  oldList: string | undefined,
): Way | undefined {
  if (oldList !== undefined && rules.oldLists === "unfiltered") return "refused";
  if (oldList !== undefined && rules.oldLists === "own_column" && column !== "id") {
    return column === `${oldList}_at` ? undefined : "refused";
  }
  if (oldList === undefined && rules.hiddenColumns && HIDING.includes(column)) return rules.hiddenColumns;
  if (operator === "*" && rules.wildcards !== undefined) {
    if (rules.wildcards !== "alone") return rules.wildcards;
    return all.length > 1 ? "refused" : undefined;
  }
  if (operator === "?" || operator === "!?") return rules.presence;
  if (column === "updated_at") return rules.updatedAt;
  if (column === "created_at") return rules.createdAt;
  if (column === "id") return operator === "=" ? rules.idLists : rules.idRanges;
  return undefined;
}

/** What is left of a sort, or why it is refused. */
export function applySort(
  sort: string | undefined,
  rules: Strictness,
): { readonly sort: string | undefined } | { readonly refused: string } {
  if (sort === undefined) return { sort };
  const way = rules.sort ?? (/^id(:|$)/.test(sort) ? rules.sortById : undefined);
  if (way === "refused") return { refused: `${sort.split(":")[0] ?? ""} is not sortable` };
  return { sort: way === "ignored" ? undefined : sort };
}

function oldListOf(path: string): string | undefined {
  return /^\/[a-z_]+\/(deleted|cancelled|archived)$/.exec(path)?.[1];
}
