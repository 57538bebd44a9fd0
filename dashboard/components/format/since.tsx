import type { ReactNode } from "react";

import { spellMoment } from "./moment.tsx";
import { spellClock } from "./spell-clock.ts";
import { spellSpan } from "./spell-span.ts";
import { useNow } from "./use-now.ts";

/** `since 03:12 (2 h 5 min)`: when something began, by the clock on the wall, and how long it has gone on. */
export function Since({ at }: { readonly at: string }): ReactNode {
  const now = useNow();
  const begun = Date.parse(at);
  return (
    <time dateTime={at} title={`${spellMoment(at)} (${at})`} className="since">
      since {spellClock(begun, now)}
      {now - begun < 1_000 ? null : ` (${spellSpan(now - begun)})`}
    </time>
  );
}
