import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Redirect, useLocation, useSearch } from "wouter";

import type { Me } from "../api/answers.ts";
import { useApi } from "../api/use-api.ts";
import { Loading } from "../components/layout/loading.tsx";
import { ProblemNote } from "../components/layout/problem-note.tsx";
import { LiveEvents } from "./live-events.tsx";
import { hearOtherTabs } from "./other-tabs.ts";
import { Shell } from "./shell.tsx";
import { signInPath } from "./sign-in-path.ts";
import { MeContext } from "./use-me.ts";

const REFRESH_MS = 60_000;

/** Shows the pages to somebody who is signed in, and the way to sign in to everybody else. */
export function SignedIn({ children }: { readonly children: ReactNode }): ReactNode {
  const [path] = useLocation();
  const search = useSearch();
  const { data: me, error } = useApi<Me>("/me", { refreshMs: REFRESH_MS });
  useOtherTabs();
  if (error?.status === 401) {
    // Who was signed in here before is told why they see this page.
    return <Redirect to={signInPath(path, search)} state={{ ended: me !== undefined }} replace />;
  }
  if (me) {
    return (
      // With the key nothing that a page holds goes over to somebody else: see queries.ts.
      <MeContext.Provider key={me.id} value={me}>
        <LiveEvents>
          <Shell>{children}</Shell>
        </LiveEvents>
      </MeContext.Provider>
    );
  }
  return (
    <main className="page">{error ? <ProblemNote problem={error} /> : <Loading what="who you are" />}</main>
  );
}

/** Who one is may be another by then. */
function useOtherTabs(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      hearOtherTabs(() => {
        void queries.invalidateQueries({ queryKey: ["/me"] });
      }),
    [queries],
  );
}
