import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useState } from "react";

import type { Callback } from "../api/answers.ts";
import { type FeedListener, followFeed } from "./follow-feed.ts";
import { useVisible } from "./use-visible.ts";

export interface Live {
  /** Events committed while the page was open, the newest first, without any values. At most 50. */
  readonly events: readonly Callback[];
  /** Whether the service answers: false after a failure, until it answers again. */
  readonly connected: boolean;
  /** Since when it does not; undefined: it does. */
  readonly away: string | undefined;
}

const NOTHING: Live = { events: [], connected: true, away: undefined };
const LiveContext = createContext<Live>(NOTHING);

/** What happens, as it happens. */
export function useLive(): Live {
  return useContext(LiveContext);
}

const KEPT = 50;
const CHANGED_BY_EVENTS = ["/events", "/overview", "/history", "/accounts", "/endpoints"];

/**
 * Follows the feed by asking and waiting, and has what an event changes read anew. One request is open a visible
 * window: a browser gives a host few connections, so a hidden one asks nothing and catches up when it is looked at.
 */
export function LiveEvents({ children }: { readonly children: ReactNode }): ReactNode {
  const queries = useQueryClient();
  const visible = useVisible();
  const [live, setLive] = useState<Live>(NOTHING);

  useEffect(() => {
    if (!visible) return undefined;
    const leaving = new AbortController();
    const listener: FeedListener = {
      onEvents: (events) => {
        setLive((former) => ({
          ...former,
          events: [...events.toReversed(), ...former.events].slice(0, KEPT),
        }));
        void queries.invalidateQueries({
          predicate: ({ queryKey: [path] }) =>
            typeof path === "string" && CHANGED_BY_EVENTS.some((beginning) => path.startsWith(beginning)),
        });
      },
      onAway: () => {
        setLive((former) =>
          former.connected ? { ...former, connected: false, away: new Date().toISOString() } : former,
        );
      },
      onBack: () => {
        setLive((former) => (former.connected ? former : { ...former, connected: true, away: undefined }));
        // Whatever could not be read meanwhile.
        void queries.invalidateQueries();
      },
      onSignedOut: () => {
        void queries.invalidateQueries({ queryKey: ["/me"] });
      },
    };
    void followFeed(leaving.signal, listener);
    return () => leaving.abort();
  }, [queries, visible]);

  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}
