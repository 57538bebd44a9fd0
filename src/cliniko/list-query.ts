import type { Resource } from "./resources.ts";

/** Cliniko's maximum. Source: cliniko-api.md §3. */
export const PAGE_SIZE = 100;

/** One page by id: rows with an id above `afterId`, in order of id, of those touched at or after `updatedSince`. */
export interface PageRequest {
  /** Exclusive; undefined asks from the first. Decimal string: ids do not fit a number. */
  readonly afterId: string | undefined;
  /** Unix seconds, inclusive; undefined asks for every record. */
  readonly updatedSince: number | undefined;
}

/**
 * The path and query of one page. Built by hand: the server ignores `q[][]` and unknown parameters without an error,
 * so a library that spells arrays its own way would silently read everything. Never sorted by the column that moves.
 */
export function pagePath(resource: Resource, request: PageRequest): string {
  const conditions = [
    ...(request.updatedSince === undefined ? [] : [`updated_at:>=${toInstant(request.updatedSince)}`]),
    ...resource.hiddenBy.map((column) => `${column}:*`),
    ...(request.afterId === undefined ? [] : [`id:>${request.afterId}`]),
  ];
  const query = conditions.map((condition) => `q%5B%5D=${encodeURIComponent(condition)}`);
  return `/${resource.path}?${[...query, "sort=id%3Aasc", `per_page=${PAGE_SIZE}`].join("&")}`;
}

function toInstant(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(".000Z", "Z");
}
