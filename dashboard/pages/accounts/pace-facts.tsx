import type { ReactNode } from "react";

import type { AccountReading, ResourceStatus } from "../../api/answers.ts";
import { Facts } from "../../components/layout/facts.tsx";
import { formatDuration } from "../../components/format/format-duration.ts";
import { NextPoll } from "./next-poll.tsx";
import type { Asleep } from "./why-asleep.ts";

type ResourceReading = AccountReading["resources"][number];

/** When it is read next, and why so often. */
export function PaceFacts({
  reading,
  status,
  asleep,
}: {
  readonly reading: ResourceReading;
  readonly status: ResourceStatus | undefined;
  readonly asleep: Asleep;
}): ReactNode {
  const { fixed_interval: isFixed, interval_ms: intervalMs } = reading;
  return (
    <Facts
      facts={[
        { name: "Next poll", value: <NextPoll reading={reading} status={status} asleep={asleep} /> },
        {
          name: isFixed ? "Interval" : "Longest pause in this hour",
          value: intervalMs === null ? "not known" : formatDuration(intervalMs),
        },
        {
          name: "Why so often",
          value: isFixed
            ? "Fixed by polling.interval in the configuration: nothing is learnt."
            : "Learnt from when this account changes: often in its busy hours, seldom in quiet ones, under the promise and the share of requests.",
        },
      ]}
    />
  );
}
