import type { ReactNode } from "react";

import { formatAge } from "./format-age.ts";
import { formatMoment } from "./format-moment.ts";
import { useNow } from "./use-now.ts";

export { formatMoment } from "./format-moment.ts";

/** When: how long ago, which goes on counting; exactly on hovering, or beside it with `exact`. Null: `otherwise`. */
export function Moment({
  at,
  exact = false,
  otherwise = "–",
}: {
  readonly at: string | null | undefined;
  readonly exact?: boolean;
  readonly otherwise?: string;
}): ReactNode {
  if (at === null || at === undefined) return <span className="quiet">{otherwise}</span>;
  return (
    <time dateTime={at} title={`${formatMoment(at)} (${at})`}>
      {exact ? `${formatMoment(at)}, ` : null}
      <Age at={at} />
    </time>
  );
}

function Age({ at }: { readonly at: string }): ReactNode {
  return formatAge(Date.parse(at), useNow());
}
