import type { ReactNode } from "react";

import type { ResourceStatus } from "../../api/answers.ts";
import { Pill } from "../../components/status/pill.tsx";
import { stateWords } from "../../components/status/source-state.ts";

const CALM: readonly string[] = ["live", "first_sync", "not_read_yet"];

/** The state of one kind of record, in a word or two. */
export function StatePill({
  status,
}: {
  readonly status: Pick<ResourceStatus, "severity" | "state" | "quarantined">;
}): ReactNode {
  // By its state it would be well.
  if (status.severity === "critical" && !status.quarantined && CALM.includes(status.state))
    return <Pill tone="bad">stands still</Pill>;
  const { name, tone } = stateWords(status);
  return (
    <Pill tone={tone} {...(status.quarantined ? { icon: "paused" } : {})}>
      {name}
    </Pill>
  );
}
