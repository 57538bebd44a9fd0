import type { ReactNode } from "react";

import { formatMoment } from "./moment.tsx";
import { formatClock } from "./format-clock.ts";
import { formatSpan } from "./format-span.ts";
import { useNow } from "./use-now.ts";

/** `since 03:12 (2 h 5 min)`: when something began, by the clock on the wall, and how long it has gone on. */
export function Since({ at }: { readonly at: string }): ReactNode {
  const now = useNow();
  const begun = Date.parse(at);
  return (
    <time dateTime={at} title={`${formatMoment(at)} (${at})`} className="since">
      since {formatClock(begun, now)}
      {now - begun < 1_000 ? null : ` (${formatSpan(now - begun)})`}
    </time>
  );
}
