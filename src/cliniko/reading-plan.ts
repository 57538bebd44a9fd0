import type { Resource, Says } from "../resources/resource.ts";

/** One list to be read to its end. */
export interface Pass {
  /** The column that says since when. Undefined: the list is not asked since when, and read whole each time. */
  readonly since: string | undefined;
  /** Conditions that show what is hidden, in the upstream's own words: `archived_at:*`. */
  readonly shows: readonly string[];
  /** An old list, or a part of the records, under the resource's path, instead of the list itself. */
  readonly variant: string | undefined;
  /** Of one of several lists that are each a part of the records: what its rows are, where they do not say. */
  readonly says?: Says;
}

/**
 * `id`: keyset on the immutable id, nothing can shift. `created`: the same on `created_at`, which does not move either and
 * is the upstream's own order, for accounts that refuse or ignore `sort=id` or `id:>`; more records of one second than
 * fit a page are read page by page. `page`: by page numbers in that order, where nothing else is left.
 */
export type Order = "id" | "created" | "page";

/**
 * How everything of a resource is read from an account. The rows of all passes together are what there is. Which plan an
 * account accepts is found by trying (docs/upstream.md §8 lists what is not known), and remembered.
 */
export interface ReadingPlan {
  readonly name: string;
  readonly order: Order;
  readonly passes: readonly Pass[];
  /**
   * It does not ask for records with `deleted_at`, and sees all only where those show all the same: a row with a value here must
   * come. Such a row with `archived_at` shows what archiving does: where it sets `deleted_at`, that hides none.
   */
  readonly provedBy?: "archived_at" | "deleted_at";
  /** It cannot show what is hidden: a record that it does not show may be archived as well as gone. */
  readonly isBlind?: true;
}

type Lists = Omit<ReadingPlan, "order">;

const ORDERS: readonly Order[] = ["id", "created", "page"];

/** Each moment lies after it: as good as "is not null", for accounts that only compare. */
export const EVER = "1970-01-01T00:00:00Z";

/** Every page and every scan asks for them. */
const plansKnown = new WeakMap<Resource, readonly ReadingPlan[]>();

/** What has no ids and no filters can be read in one way. */
const PAGES: ReadingPlan = {
  name: "pages",
  order: "page",
  passes: [{ since: undefined, shows: [], variant: undefined }],
};

/** What is computed has no list to be read. */
const NAMED: ReadingPlan = { ...PAGES, name: "named", passes: [] };

/** The plans for a resource, best first. Each answers one refusal that is documented or possible (docs/decisions/0023). */
export function readingPlans(resource: Resource): readonly ReadingPlan[] {
  const known = plansKnown.get(resource) ?? makePlans(resource);
  plansKnown.set(resource, known);
  return known;
}

function makePlans(resource: Resource): readonly ReadingPlan[] {
  if (resource.isComputed) return [NAMED];
  if (!resource.hasStamps) return [PAGES];
  return listsOf(resource).flatMap((lists) =>
    ORDERS.map((order) => ({
      ...lists,
      order,
      name: order === "id" ? lists.name : `${lists.name}-by-${order}`,
    })),
  );
}

/** What is assumed of an account until it refuses. */
export function bestPlan(resource: Resource): ReadingPlan {
  const [best] = readingPlans(resource);
  if (!best) throw new RangeError("a resource has a plan");
  return best;
}

/** A pass without its condition since when: all that it can show. */
export function describePass({ says, since, shows, variant }: Pass): string {
  const list = since ?? "whole";
  const kind = says ? "list" : "old list";
  const of = variant === undefined ? list : `${list}, of the ${kind} "${variant}"`;
  return shows.length === 0 ? of : `${of}, with ${shows.join(", ")}`;
}

function listsOf(resource: Resource): Lists[] {
  const { deletedHides, hiddenBy } = resource;
  const all = deletedHides ? [...hiddenBy, "deleted_at"] : hiddenBy;
  const proved: Lists[] = [
    { name: "combined", passes: allShown(all) },
    ...(deletedHides
      ? [{ name: "combined-undeleted", passes: allShown(hiddenBy), provedBy: "archived_at" as const }]
      : []),
    ...apartBy("apart", ":?", resource),
    ...apartBy("dated", `:>=${EVER}`, resource),
  ];
  const old = oldLists(resource);
  // Nothing that is archived has come yet, and it may be that nothing ever does.
  const unproved = proved
    .filter(({ provedBy }) => provedBy === "archived_at")
    .map(({ name, passes }): Lists => ({ name: `${name}-unproved`, passes, isBlind: true }));
  const lists = [
    ...proved,
    ...old.filter(({ isBlind }) => !isBlind),
    ...unproved,
    ...old.filter(({ isBlind }) => isBlind),
  ];
  if (resource.reading === "whole") return wholeLists(resource, lists);
  const [oldest] = old;
  const slow = [...proved, ...unproved].filter(({ provedBy }) => provedBy !== "deleted_at");
  return [
    ...lists,
    // `updated_at` is no filter: everything is read each time. Slow where there is much, and complete.
    ...[...slow, ...(oldest ? [oldest] : [])].map(({ name, passes, ...one }) => ({
      ...one,
      name: `${name}-whole`,
      passes: passes.map((pass) => ({ ...pass, since: undefined })),
    })),
  ];
}

/**
 * The same lists, never asked since when, in all parts of the records. Where a part is refused, what leaves the resource's own
 * list is asked for by id.
 */
function wholeLists({ parts }: Resource, lists: readonly Lists[]): Lists[] {
  const ends = Object.entries(parts);
  const whole = lists.map((one) => ({
    ...one,
    name: one.name.replace("combined", "all"),
    passes: one.passes.map((pass) => ({ ...pass, since: undefined })),
  }));
  const inAll = whole.map((one) => ({
    ...one,
    passes: ends.flatMap(([end, says]) =>
      one.passes.map((pass) => ({ ...pass, says, variant: end === "" ? pass.variant : end })),
    ),
  }));
  const inOwn = inAll.map(({ name, passes, ...one }) => ({
    ...one,
    name: `${name}-own`,
    passes: passes.filter(({ variant }) => variant === undefined),
  }));
  return distinct(ends.length === 0 ? whole : [...inAll, ...inOwn]);
}

/** Where nothing is hidden, or nothing is asked since when, several are one. */
function distinct(lists: readonly Lists[]): Lists[] {
  const what = lists.map(({ name: _name, ...one }) => JSON.stringify(one));
  return lists.filter((_, index) => what.indexOf(what[index] ?? "") === index);
}

/**
 * Wildcards are refused, beside other conditions or altogether: what is not hidden, and what each set of columns hides, as
 * lists of their own. No record is in two of them.
 */
function apartBy(name: string, test: string, { deletedHides, hiddenBy }: Resource): Lists[] {
  const by = (columns: readonly string[]): Pass[] =>
    subsets(columns).map((subset) => changed(subset.map((column) => `${column}${test}`)));
  const plain = by(hiddenBy);
  if (!deletedHides) return [{ name, passes: plain }];
  return [
    { name, passes: plain, provedBy: "deleted_at" },
    { name: `${name}-deleted`, passes: by([...hiddenBy, "deleted_at"]) },
    { name: `${name}-plain`, passes: plain, provedBy: "archived_at" },
  ];
}

/**
 * What hides a record is no filter at all: the old lists that hold those records. `/deleted` takes `deleted_at` and `id`
 * only; the others are said to take `updated_at`, and may take no more than their own column, or nothing.
 */
function oldLists({ hiddenBy, variants }: Resource): Lists[] {
  const by = (name: string, sinceOf: (column: string) => string | undefined): Lists => ({
    name,
    ...(hiddenBy.some((column) => variants[column] === undefined) && { isBlind: true }),
    passes: [
      changed([]),
      ...hiddenBy.flatMap((column) => {
        const variant = variants[column];
        return variant === undefined ? [] : [{ since: sinceOf(variant), shows: [], variant }];
      }),
    ],
  });
  return [
    by("old-lists", (variant) => (variant === "deleted" ? "deleted_at" : "updated_at")),
    by("old-lists-own", (variant) => `${variant}_at`),
    by("old-lists-unfiltered", () => undefined),
  ];
}

function changed(shows: readonly string[]): Pass {
  return { since: "updated_at", shows, variant: undefined };
}

function allShown(columns: readonly string[]): Pass[] {
  return [changed(columns.map((column) => `${column}:*`))];
}

function subsets<Item>([first, ...rest]: readonly Item[]): Item[][] {
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((subset) => [first, ...subset])];
}
