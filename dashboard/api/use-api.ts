import { type UseQueryResult, keepPreviousData, useQuery } from "@tanstack/react-query";

import { isPassing } from "./is-passing.ts";
import type { ProblemError } from "./problem.ts";
import { type Query, request } from "./request.ts";

/** While the service does not answer. */
const RETRY_MS = 5_000;

export interface ApiOptions<Answer = unknown> {
  readonly query?: Query;
  /** Asked again so often while the page is looked at; left out: only when something is known to have changed. */
  readonly refreshMs?: number | ((answer: Answer | undefined) => number | undefined);
  /** Also while the window is hidden behind others: for what the tab itself tells. */
  readonly inBackground?: boolean;
  /** False: not yet. */
  readonly enabled?: boolean;
  /** Not read anew with every event that happens anywhere: the page says when, by `refetch`. For what is long to look up. */
  readonly isOwn?: boolean;
}

/**
 * Reads `/v1<path>` and keeps it fresh. While other parameters of the same path are asked for, the former answer stays
 * (`isPlaceholderData`), so that nothing jumps.
 */
export function useApi<Answer>(
  path: string,
  options: ApiOptions<Answer> = {},
): UseQueryResult<Answer, ProblemError> {
  const { query, refreshMs, inBackground = false, enabled = true, isOwn = false } = options;
  const name = isOwn ? `own ${path}` : path;
  return useQuery<Answer, ProblemError>({
    queryKey: [name, query ?? {}],
    queryFn: async ({ signal }) => await request<Answer>(path, { query, signal }),
    enabled,
    placeholderData: (former, formerQuery) =>
      formerQuery?.queryKey[0] === name ? keepPreviousData(former) : undefined,
    refetchIntervalInBackground: inBackground,
    refetchInterval: ({ state: { data, error } }) => {
      // What is not there, or is gone, does not come by asking.
      if (error?.status === 404) return false;
      const ms = typeof refreshMs === "function" ? refreshMs(data) : refreshMs;
      return isPassing(error) ? Math.min(ms ?? RETRY_MS, RETRY_MS) : (ms ?? false);
    },
  });
}
