import type { ReactNode } from "react";
import { Link } from "wouter";

import type { LoggedEvent } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { CopyButton } from "../../components/controls/copy-button.tsx";
import { type Fact, Facts } from "../../components/layout/facts.tsx";
import { Moment, formatMoment } from "../../components/format/moment.tsx";
import { RecordLink, isOfService, formatSubject } from "../../components/records/record-link.tsx";
import { formatOrigin } from "./format-event.ts";

/** What an event is, whom it is about, and the moments of its life. */
export function EventFacts({ event }: { readonly event: LoggedEvent }): ReactNode {
  return (
    <Card title="About this event">
      <div className="event-facts">
        <Facts facts={whatItIs(event)} />
        <Facts facts={whenItWas(event)} />
      </div>
    </Card>
  );
}

function whatItIs({ account, id, subject, transitions, type, event }: LoggedEvent): readonly Fact[] {
  return [
    { name: "Type", value: <code>{type}</code> },
    {
      name: isOfService(subject) ? "About" : formatSubject(subject.type),
      value: <RecordLink account={account} subject={subject} />,
    },
    { name: "Account", value: <AccountOf account={account} subject={subject} /> },
    {
      name: "Transitions",
      value: (
        <span className="event-transitions">
          {transitions.map((transition) => (
            <code key={transition}>{transition}</code>
          ))}
        </span>
      ),
    },
    {
      name: "Number",
      value: event ? `${event.sequence}, counted per ${subject.type.replaceAll("_", " ")}` : "not known",
    },
    {
      name: "Id",
      value: (
        <span className="event-id">
          <code>{id}</code> <CopyButton text={id} what="the event's id" />
        </span>
      ),
    },
  ];
}

/** What is told of endpoints is of no account. */
function AccountOf({ account, subject }: Pick<LoggedEvent, "account" | "subject">): ReactNode {
  if (subject.type === "endpoint") return "the service itself";
  return <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>;
}

function whenItWas({ committed_at, event, subject }: LoggedEvent): readonly Fact[] {
  const recorded = {
    name: "Recorded",
    value: <Moment at={committed_at} exact otherwise="not in the log (a backfill)" />,
  };
  if (!event) return [recorded];
  const { after, at } = event.observed;
  return [
    {
      name: isOfService(subject) ? "Happened" : "Happened in Cliniko",
      value: <Moment at={event.timestamp} exact />,
    },
    {
      name: "Seen between",
      value: (
        <>
          <time dateTime={after}>{formatMoment(after)}</time> and{" "}
          <time dateTime={at}>{formatUntil(after, at)}</time>
        </>
      ),
    },
    recorded,
    { name: "Origin", value: formatOrigin(event.origin, isOfService(subject)) },
    { name: "API version", value: <code>{event.api_version}</code> },
  ];
}

/** The day is said once. */
function formatUntil(after: string, at: string): string {
  const [day, clock] = formatMoment(at).split(/, (?=\d\d:)/);
  return clock !== undefined && day !== undefined && formatMoment(after).startsWith(day)
    ? clock
    : formatMoment(at);
}
