import type { Order, Pass } from "./reading-plan.ts";
import type { Resource } from "../resources/resource.ts";

/** Cliniko's maximum. Source: docs/upstream.md §3. */
export const PAGE_SIZE = 100;

/** One page of a pass. */
export interface PageRequest {
  readonly pass: Pass;
  readonly order: Order;
  /** Unix seconds, inclusive; undefined asks for every record. */
  readonly since: number | undefined;
  /** `next` of the page before; undefined asks for the first page. */
  readonly after: string | undefined;
  /** More conditions in the upstream's own words: `id:<=42`. */
  readonly conditions?: readonly string[];
  /** Records a page; by default as many as Cliniko gives. */
  readonly pageSize?: number;
}

/**
 * The path and query of one page. Built by hand: the server ignores `q[][]` and unknown parameters without an error,
 * so a library that spells arrays its own way would silently read everything.
 */
export function pagePath(resource: Resource, request: PageRequest): string {
  const { after, order, pass } = request;
  const path = `/${resource.path}${pass.variant === undefined ? "" : `/${pass.variant}`}`;
  const since =
    request.since === undefined || pass.since === undefined
      ? []
      : [`${pass.since}:>=${toInstant(request.since)}`];
  const conditions = [...since, ...pass.shows, ...(request.conditions ?? [])];
  if (order === "id") {
    const keyset = after === undefined ? [] : [`id:>${after}`];
    return `${path}?${query([...conditions, ...keyset], "id", 1, request.pageSize)}`;
  }
  const { from, page } = parseAnchor(after) ?? { from: undefined, page: 1 };
  const keyset = from === undefined ? [] : [`created_at:>=${toInstant(from)}`];
  // No sort: by `created_at` is the upstream's own order, also where it refuses to sort.
  return `${path}?${query([...conditions, ...keyset], undefined, page, request.pageSize)}`;
}

/** Whether a pass goes on from the second of the last row. The old lists do not take `created_at`. */
export function isAnchored({ order, pass }: Pick<PageRequest, "order" | "pass">): boolean {
  return order === "created" && pass.variant === undefined;
}

function query(
  conditions: readonly string[],
  sort: string | undefined,
  page: number,
  pageSize = PAGE_SIZE,
): string {
  const parts = conditions.map((condition) => `q%5B%5D=${encodeURIComponent(condition)}`);
  return [
    ...parts,
    ...(sort === undefined ? [] : [`sort=${sort}%3Aasc`]),
    `per_page=${pageSize}`,
    ...(page > 1 ? [`page=${page}`] : []),
  ].join("&");
}

/** Where a read goes on that is not by id: at that page of what was created from that second on. */
export interface Anchor {
  /** Unix seconds; undefined: from the first record on. */
  readonly from: number | undefined;
  readonly page: number;
  /** The last row of the page before: a page that ends with it again has not moved on. */
  readonly last: string;
}

export function parseAnchor(after: string | undefined): Anchor | undefined {
  const match = /^(\d*)~(\d+)~([\d:]+)$/.exec(after ?? "");
  if (!match) return undefined;
  const [, from = "", page, last = ""] = match;
  return { from: from === "" ? undefined : Number(from), page: Number(page), last };
}

export function formatAnchor({ from, last, page }: Anchor): string {
  return `${from ?? ""}~${page}~${last}`;
}

/** What shows a record wherever it is hidden: all wildcards. */
export function showAll({ hiddenBy }: Pick<Resource, "hiddenBy">): readonly string[] {
  return hiddenBy.map((column) => `${column}:*`);
}

/** A single record, with what shows it where it is hidden. */
export function recordPath(
  resource: Resource,
  id: string,
  shows: readonly string[] = showAll(resource),
): string {
  const conditions = shows.map((condition) => `q%5B%5D=${encodeURIComponent(condition)}`);
  return `/${resource.path}/${id}${conditions.length > 0 ? `?${conditions.join("&")}` : ""}`;
}

export function toInstant(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(".000Z", "Z");
}
