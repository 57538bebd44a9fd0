import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Explanation } from "../../api/answers.ts";
import { Pill } from "../../components/status/pill.tsx";
import { WithMoments } from "../../components/format/with-moments.tsx";
import { EXPLAIN_WORDS, type ExplainCode } from "./explain-words.ts";

/** The answer, in the order in which an event comes about. */
export function ExplainSteps({
  explanation: { reading, record, events, deliveries },
  account,
  endpoint,
}: {
  readonly explanation: Explanation;
  readonly account: string;
  /** Only this one's deliveries; empty: all. */
  readonly endpoint: string;
}): ReactNode {
  const meant = deliveries.filter((delivery) => endpoint === "" || delivery.endpoint === endpoint);
  return (
    <ol className="explain">
      <Step title="Is the account read?">
        {reading.map(({ code, text }) => (
          <Answer key={`${code} ${text}`} code={code} text={text}>
            <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>
          </Answer>
        ))}
      </Step>
      <Step title="What is known of the record?">
        {record.map(({ code, text }) => (
          <Answer key={`${code} ${text}`} code={code} text={text} />
        ))}
      </Step>
      <Step title="Was an event made?">
        {events.map(({ code, text, event }) => (
          <Answer key={`${code} ${event ?? ""}`} code={code} text={text}>
            {event === null ? null : <EventLink id={event} />}
          </Answer>
        ))}
      </Step>
      <Step title="Was it sent?">
        {meant.map(({ code, text, endpoint: id, event }) => (
          <Answer key={`${id} ${event}`} code={code} text={text}>
            <Link href={`/endpoints/${encodeURIComponent(id)}`}>{id}</Link>
            {events.length > 1 ? <EventLink id={event} /> : null}
          </Answer>
        ))}
        {meant.length === 0 ? (
          <NotSent hasEvents={events.some(({ event }) => event !== null)} endpoint={endpoint} />
        ) : null}
      </Step>
    </ol>
  );
}

function Step({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <li>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

/** A code in words, the sentence of this case, and what to do. `children`: what it is about. */
function Answer({
  code,
  text,
  children,
}: {
  readonly code: ExplainCode;
  readonly text: string;
  readonly children?: ReactNode;
}): ReactNode {
  const { name, tone, advice } = EXPLAIN_WORDS[code];
  return (
    <div className="explain-answer">
      <p className="explain-head">
        <Pill tone={tone}>{name}</Pill> {children}
        <code className="quiet">{code}</code>
      </p>
      <p>
        <WithMoments text={text} />
      </p>
      {advice === "" ? null : <p className="quiet">{advice}</p>}
    </div>
  );
}

function EventLink({ id }: { readonly id: string }): ReactNode {
  return (
    <Link href={`/events/${encodeURIComponent(id)}`}>
      <code>{id}</code>
    </Link>
  );
}

function NotSent({
  hasEvents,
  endpoint,
}: {
  readonly hasEvents: boolean;
  readonly endpoint: string;
}): ReactNode {
  if (!hasEvents) return <p className="quiet">There was no event to send.</p>;
  return (
    <p className="quiet">
      {endpoint === ""
        ? "There is no endpoint that you may see."
        : `Nothing is known of ${endpoint}: is it an endpoint?`}
    </p>
  );
}
