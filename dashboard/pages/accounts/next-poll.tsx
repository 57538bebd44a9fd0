import type { ReactNode } from "react";

import type { AccountReading, ResourceStatus } from "../../api/answers.ts";
import { Moment } from "../../components/format/moment.tsx";
import { useNow } from "../../components/format/use-now.ts";
import type { Asleep } from "./why-asleep.ts";

/** When the next poll is, counting down. */
export function NextPoll({
  reading: { next_poll_at: at },
  status,
  asleep,
}: {
  readonly reading: Pick<AccountReading["resources"][number], "next_poll_at">;
  /** How the service judges it; undefined: not there yet. */
  readonly status: Pick<ResourceStatus, "code" | "severity"> | undefined;
  readonly asleep: Asleep;
}): ReactNode {
  const now = useNow();
  if (asleep === "release") return <span className="quiet">not until it is released</span>;
  if (asleep === "key") return <span className="quiet">not until the key is accepted</span>;
  if (at === null) {
    return status === undefined || status.severity === "ok" ? (
      "being read"
    ) : (
      <span className="quiet">being read, or nobody polls it</span>
    );
  }
  if (status?.code === "poll_overdue") {
    return (
      <>
        was due <Moment at={at} />
      </>
    );
  }
  return now > Date.parse(at) ? <span title={at}>now</span> : <Moment at={at} />;
}
