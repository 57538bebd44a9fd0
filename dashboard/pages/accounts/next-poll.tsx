import type { ReactNode } from "react";

import type { AccountReading } from "../../api/answers.ts";
import { Moment } from "../../components/format/moment.tsx";
import { useNow } from "../../components/format/use-now.ts";
import type { Asleep } from "./why-asleep.ts";

/** A poll that is due waits for a worker as long as this before somebody should wonder. */
const OVERDUE_MS = 60_000;
/** Without a next poll, and read as lately as this, it is just being read. */
const JUST_READ_MS = 120_000;

/** When the next poll is, counting down. */
export function NextPoll({
  reading: { last_runs: lastRuns, next_poll_at: at },
  asleep,
}: {
  readonly reading: Pick<AccountReading["resources"][number], "last_runs" | "next_poll_at">;
  readonly asleep: Asleep;
}): ReactNode {
  const now = useNow();
  if (asleep === "release") return <span className="quiet">not until it is released</span>;
  if (asleep === "key") return <span className="quiet">not until the key is accepted</span>;
  if (at === null) {
    const [last] = lastRuns;
    const isJustRead = last !== undefined && now - Date.parse(last.at) < JUST_READ_MS;
    return isJustRead ? "being read" : <span className="quiet">being read, or nobody polls it</span>;
  }
  const lateMs = now - Date.parse(at);
  if (lateMs > OVERDUE_MS) {
    return (
      <>
        was due <Moment at={at} />
      </>
    );
  }
  return lateMs > 0 ? <span title={at}>now</span> : <Moment at={at} />;
}
