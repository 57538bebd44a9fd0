import { useInfiniteQuery } from "@tanstack/react-query";

import type { ProblemError } from "./problem.ts";
import { type Query, request } from "./request.ts";

interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

export interface Pages<Item> {
  /** Of all pages read so far; undefined: none is there yet. */
  readonly items: readonly Item[] | undefined;
  readonly error: ProblemError | null;
  /** There is more to read. */
  readonly hasMore: boolean;
  readonly isReadingMore: boolean;
  readonly readMore: () => void;
  /** Reads all pages that are shown again. */
  readonly refresh: () => void;
  /** How many pages are shown. */
  readonly count: number;
}

/**
 * Reads a list of `/v1<path>` page by page. `refreshMs` reads all pages that are shown again: keep it long. `isOwn`: not
 * read anew with every event that happens anywhere, only by `refresh`.
 */
export function usePages<Item>(
  path: string,
  {
    query,
    refreshMs,
    isOwn = false,
  }: { readonly query?: Query; readonly refreshMs?: number; readonly isOwn?: boolean } = {},
): Pages<Item> {
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: [isOwn ? `own ${path}` : path, "pages", query ?? {}],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) =>
      await request<Page<Item>>(path, { query: { ...query, cursor }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    ...(refreshMs === undefined ? {} : { refetchInterval: refreshMs }),
  });
  return {
    items: data?.pages.flatMap((page) => page.data),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `request` throws nothing else
    error: error as ProblemError | null,
    hasMore: hasNextPage,
    isReadingMore: isFetchingNextPage,
    readMore: () => {
      void fetchNextPage();
    },
    refresh: () => {
      void refetch();
    },
    count: data?.pages.length ?? 0,
  };
}
