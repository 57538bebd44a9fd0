import type { Pass, ReadingPlan } from "./reading-plan.ts";
import type { Resource } from "./resources.ts";

/** Cliniko's maximum. Source: cliniko-api.md §3. */
export const PAGE_SIZE = 100;

/** One page of a pass. */
export interface PageRequest {
  readonly pass: Pass;
  readonly order: ReadingPlan["order"];
  /** Unix seconds, inclusive; undefined asks for every record. */
  readonly since: number | undefined;
  /** `next` of the page before; undefined asks for the first page. */
  readonly after: string | undefined;
  /** More conditions in the upstream's own words: `id:<=42`. */
  readonly conditions?: readonly string[];
}

/**
 * The path and query of one page. Built by hand: the server ignores `q[][]` and unknown parameters without an error,
 * so a library that spells arrays its own way would silently read everything.
 */
export function pagePath(resource: Resource, request: PageRequest): string {
  const { pass, after } = request;
  const path = `/${resource.path}${pass.variant === undefined ? "" : `/${pass.variant}`}`;
  const wildcards = [...pass.wildcards.map((column) => `${column}:*`), ...(request.conditions ?? [])];
  if (request.order === "id") {
    const since = request.since === undefined ? [] : [`${pass.since}:>=${toInstant(request.since)}`];
    // In a full read a pass by another column than updated_at still asks for that column's records.
    const hidden = request.since === undefined && pass.since !== "updated_at" ? [`${pass.since}:*`] : [];
    const keyset = after === undefined ? [] : [`id:>${after}`];
    return `${path}?${query([...since, ...wildcards, ...hidden, ...keyset], "id", 1)}`;
  }
  const column = sortColumn(request);
  const { anchor, page } = parseAnchor(after) ?? { anchor: request.since, page: 1 };
  const from = anchor === undefined ? [] : [`${column}:>=${toInstant(anchor)}`];
  const hidden = request.since === undefined && pass.since !== "updated_at" ? [`${pass.since}:*`] : [];
  return `${path}?${query([...from, ...wildcards, ...hidden], column, page)}`;
}

/** A full read goes by creation, which does not move. */
export function sortColumn(request: PageRequest): string {
  return request.since === undefined ? "created_at" : request.pass.since;
}

function query(conditions: readonly string[], sort: string, page: number): string {
  const parts = conditions.map((condition) => `q%5B%5D=${encodeURIComponent(condition)}`);
  return [
    ...parts,
    `sort=${sort}%3Aasc`,
    `per_page=${PAGE_SIZE}`,
    ...(page > 1 ? [`page=${page}`] : []),
  ].join("&");
}

/** Where a read by value goes on: from that second on, at that page of it. */
export interface Anchor {
  /** Unix seconds. */
  readonly anchor: number;
  readonly page: number;
}

export function parseAnchor(after: string | undefined): Anchor | undefined {
  const match = /^(\d+)~(\d+)$/.exec(after ?? "");
  return match ? { anchor: Number(match[1]), page: Number(match[2]) } : undefined;
}

export function formatAnchor({ anchor, page }: Anchor): string {
  return `${anchor}~${page}`;
}

/** A single record, asked for whatever hides it. */
export function recordPath(resource: Resource, id: string): string {
  const conditions = resource.hiddenBy.map((column) => `q%5B%5D=${encodeURIComponent(`${column}:*`)}`);
  return `/${resource.path}/${id}?${conditions.join("&")}`;
}

export function toInstant(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().replace(".000Z", "Z");
}
