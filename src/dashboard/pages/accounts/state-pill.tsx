import type { ReactNode } from "react";

import type { ResourceStatus } from "../../api/answers.ts";
import { Pill } from "../../parts/pill.tsx";
import { stateWords } from "../../parts/source-state.ts";

/** The state of one kind of record, in a word or two. */
export function StatePill({
  status,
  standsStill = false,
}: {
  readonly status: Pick<ResourceStatus, "state" | "held">;
  /** It is live, and much further behind than was promised. */
  readonly standsStill?: boolean;
}): ReactNode {
  if (standsStill) return <Pill tone="bad">stands still</Pill>;
  const { name, tone } = stateWords(status);
  return (
    <Pill tone={tone} {...(status.held ? { icon: "paused" } : {})}>
      {name}
    </Pill>
  );
}
