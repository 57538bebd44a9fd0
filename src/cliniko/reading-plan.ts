import type { Resource } from "./resources.ts";

/** One list to be read to its end. */
export interface Pass {
  /** The column that says since when; a full read has no such condition. */
  readonly since: string;
  /** Columns whose exclusion is lifted: `<column>:*`. */
  readonly wildcards: readonly string[];
  /** An old list under the resource's path, instead of the list itself. */
  readonly variant: string | undefined;
}

/**
 * How everything of a resource is read from an account. The rows of all passes together are what there is. Which plan an
 * account accepts is found by trying (cliniko-api.md §11 lists what is not known), and remembered.
 */
export interface ReadingPlan {
  readonly name: string;
  /**
   * `id`: keyset on the immutable id, nothing can shift. `value`: re-anchored on the `since` column where the account
   * refuses `sort=id` or `id:>`; rows that change while they are read can move, so sweeps matter more.
   */
  readonly order: "id" | "value";
  readonly passes: readonly Pass[];
}

/** The plans for a resource, best first. */
export function readingPlans(resource: Resource): readonly ReadingPlan[] {
  const { hiddenBy, variants } = resource;
  const combined = [{ since: "updated_at", wildcards: hiddenBy, variant: undefined }];
  // Wildcards are refused beside updated_at: each kind of hidden record by its own column. A hidden record that is
  // edited later without moving that column is left to the sweep.
  const separate = [
    { since: "updated_at", wildcards: [], variant: undefined },
    ...hiddenBy.map((column) => ({
      since: column,
      wildcards: hiddenBy.filter((other) => other !== column),
      variant: undefined,
    })),
  ];
  // The column is no filter at all: the old list that holds those records.
  const old = [
    { since: "updated_at", wildcards: [], variant: undefined },
    ...hiddenBy.map((column) => ({ since: "updated_at", wildcards: [], variant: variants[column] })),
  ];
  return [
    { name: "combined", order: "id", passes: combined },
    { name: "combined-value", order: "value", passes: combined },
    { name: "separate", order: "id", passes: separate },
    { name: "separate-value", order: "value", passes: separate },
    { name: "old-lists", order: "id", passes: old },
    { name: "old-lists-value", order: "value", passes: old },
  ];
}

/** What is assumed of an account until it refuses. */
export function bestPlan(resource: Resource): ReadingPlan {
  const [best] = readingPlans(resource);
  if (!best) throw new RangeError("a resource has a plan");
  return best;
}
