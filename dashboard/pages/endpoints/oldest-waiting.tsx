import type { ReactNode } from "react";

import { Moment } from "../../components/format/moment.tsx";
import { useNow } from "../../components/format/use-now.ts";

/** How long the oldest has waited; where all of them wait for their next attempt, when that is. */
export function OldestWaiting({ at }: { readonly at: string }): ReactNode {
  const isDue = Date.parse(at) <= useNow();
  return (
    <>
      {isDue ? "oldest" : "next"} <Moment at={at} />
    </>
  );
}
