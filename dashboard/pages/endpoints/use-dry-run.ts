import { type UseQueryResult, keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { DryRun } from "../../api/answers.ts";
import type { ProblemError } from "../../api/problem.ts";
import { request } from "../../api/request.ts";
import type { Filter } from "./form/draft.ts";

/** Long enough to tick the next box: each try reads the whole log. */
const PAUSE_MS = 400;
const KEPT_MS = 60_000;

/** What an endpoint with such a filter would have been sent in the last days. Nothing is asked before an event is chosen. */
export function useDryRun(filter: Filter, days: number): UseQueryResult<DryRun, ProblemError> {
  // Nothing chosen is nothing to ask, neither now nor when it rested.
  const asked = filter.events.length === 0 ? "" : JSON.stringify({ ...filter, days });
  const body = useRested(asked);
  return useQuery<DryRun, ProblemError>({
    queryKey: ["/dry-run", body],
    queryFn: async ({ signal }) =>
      await request<DryRun>("/dry-run", { method: "POST", body: JSON.parse(body), signal }),
    enabled: asked !== "" && body !== "",
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
  });
}

/** A text, once it has stayed as it is for a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
