import { type UseQueryResult, keepPreviousData, useQuery } from "@tanstack/react-query";

import type { Page } from "./answers.ts";
import type { ProblemError } from "./problem.ts";
import { type Query, request } from "./request.ts";

/** The most that the API gives at once. */
const PAGE = 100;
const MOST_PAGES = 5;
/** What hardly ever changes while somebody looks. */
const FIXED_MS = 600_000;

export interface WholeList<Item> {
  readonly items: readonly Item[];
  /** There is more than is worth reading at once: narrow it by a filter. */
  readonly isCut: boolean;
}

/**
 * Reads a list of `/v1<path>` to its end, to be put in another order or to choose from: 500 entries at most. It is not
 * read anew at every event, as pages are, for it takes several requests: only every `refreshMs`, and by `useAction` with
 * `wholeListOf(path)` among its `changes`.
 */
export function useWholeList<Item>(
  path: string,
  { query, refreshMs }: { readonly query?: Query; readonly refreshMs?: number } = {},
): UseQueryResult<WholeList<Item>, ProblemError> {
  return useQuery<WholeList<Item>, ProblemError>({
    queryKey: [wholeListOf(path), query ?? {}],
    queryFn: async ({ signal }) => await readAll<Item>(path, query, signal),
    placeholderData: keepPreviousData,
    ...(refreshMs === undefined ? { staleTime: FIXED_MS } : { refetchInterval: refreshMs }),
  });
}

export function wholeListOf(path: string): string {
  return `whole ${path}`;
}

async function readAll<Item>(
  path: string,
  query: Query | undefined,
  signal: AbortSignal,
): Promise<WholeList<Item>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, next } = await request<Page<Item>>(path, {
      query: { ...query, limit: PAGE, cursor },
      signal,
    });
    items.push(...data);
    if (next === null) return { items, isCut: false };
    cursor = next;
  }
  return { items, isCut: true };
}
