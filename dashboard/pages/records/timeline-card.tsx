import type { ReactNode } from "react";

import type { Timeline } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Note } from "../../components/layout/note.tsx";
import { SelectField } from "../../components/controls/select-field.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { TimelineItem } from "./timeline-item.tsx";
import { type TimelineStep, toSteps } from "./timeline-steps.ts";

const ORDERS = [
  { id: "", name: "Newest first" },
  { id: "oldest", name: "Oldest first" },
];

/** Everything that happened to a record, as far as the log holds it. */
export function TimelineCard({
  timeline,
  sequence,
  account,
  children,
}: {
  readonly timeline: Timeline;
  /** Number of the record's last event; undefined: not known. */
  readonly sequence: number | undefined;
  readonly account: string;
  /** What is to be known of it first. */
  readonly children: ReactNode;
}): ReactNode {
  const filters = useFilters();
  const order = filters.get("order");
  const steps = toSteps(timeline.entries);
  const lines = linesOf(steps, account);
  return (
    <Card
      title="Timeline"
      aside={
        <SelectField
          label="Order"
          value={order}
          choices={ORDERS}
          onChange={(id) => filters.set({ order: id })}
        />
      }
    >
      {children}
      {timeline.truncated ? (
        <Note tone="warn">
          <p>
            The log is longer than is looked through at once: these are the newest events, and there may be
            older ones.
          </p>
        </Note>
      ) : null}
      {steps.length === 0 ? <Nothing timeline={timeline} sequence={sequence} /> : null}
      <ol className="timeline" aria-label="What happened">
        {order === "oldest" ? lines : lines.toReversed()}
      </ol>
      <p className="quiet">
        {timeline.log_since === null ? (
          "The log of this account is empty."
        ) : (
          <>
            The log of this account goes back to <Moment at={timeline.log_since} exact />.
          </>
        )}
      </p>
    </Card>
  );
}

function linesOf(steps: readonly TimelineStep[], account: string): readonly ReactNode[] {
  return steps.flatMap(({ entry, missingBefore }) => [
    missingBefore > 0 ? <Gap key={`before ${entry.id}`} count={missingBefore} /> : null,
    <TimelineItem key={entry.id} entry={entry} account={account} />,
  ]);
}

function Gap({ count }: { readonly count: number }): ReactNode {
  return (
    <li className="timeline-gap">
      {count === 1 ? "1 event is" : `${count} events are`} not in the log any more: older than events are
      kept.
    </li>
  );
}

function Nothing({
  timeline: { truncated },
  sequence,
}: {
  readonly timeline: Timeline;
  readonly sequence: number | undefined;
}): ReactNode {
  return (
    <Empty title="No event of it is in the log">
      <p>{truncated ? "None is in the newer part that was looked through." : whyNothing(sequence)}</p>
    </Empty>
  );
}

function whyNothing(sequence: number | undefined): string {
  if (sequence === undefined) return "No record with this id has had any.";
  if (sequence === 0) {
    return "Nothing has happened to it since the first sync, which takes everything over silently.";
  }
  return sequence === 1
    ? "It has had 1 event, longer ago than events are kept."
    : `It has had ${sequence} events, longer ago than events are kept.`;
}
