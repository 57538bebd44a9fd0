import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";

import { isPassing } from "./is-passing.ts";
import { ProblemError } from "./problem.ts";

/** Every answer that is shown, kept and asked for again while it is looked at. */
export function createQueries(): QueryClient {
  // Whatever is told first that the session has ended: who one is is asked anew, and that leads to signing in, once.
  const onError = (error: unknown): void => {
    if (!(error instanceof ProblemError) || error.status !== 401) return;
    const me = queries.getQueryState(["/me", {}]);
    if (me?.status === "success") void queries.invalidateQueries({ queryKey: ["/me"] });
  };
  let reader: string | undefined;
  // Somebody else has signed in in another window: what was read for the former one is not for them.
  const onSuccess = (answer: unknown, { queryKey }: { readonly queryKey: QueryKey }): void => {
    if (queryKey[0] !== "/me") return;
    const id = idOf(answer);
    if (reader !== undefined && reader !== id) {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "/me" });
    }
    reader = id;
  };
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        retry: (failures, error) => failures < 2 && isPassing(error),
        retryDelay: 1_000,
        refetchIntervalInBackground: false,
        // A service on the same machine or in the same house answers without the internet.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return queries;
}

function idOf(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("id" in answer)) return undefined;
  return typeof answer.id === "string" ? answer.id : undefined;
}
