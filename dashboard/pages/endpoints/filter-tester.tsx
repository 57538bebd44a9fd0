import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Callback, DryRun } from "../../api/answers.ts";
import type { ProblemError } from "../../api/problem.ts";
import { Card } from "../../components/layout/card.tsx";
import { CopyButton } from "../../components/controls/copy-button.tsx";
import { EventTypeName } from "../../components/records/event-type.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { SelectField } from "../../components/controls/select-field.tsx";
import { formatCount } from "../../components/format/format-count.ts";
import { DayBars } from "./day-bars.tsx";
import { TypeCounts } from "./type-counts.tsx";

const RANGES = [1, 7, 14, 30].map((days) => ({ id: String(days), name: formatDays(days) }));

/** What this very filter would have brought, from what has really happened. Nothing is sent. */
export function FilterTester({
  result,
  days,
  onDays,
  hasEvents,
}: {
  readonly result: UseQueryResult<DryRun, ProblemError>;
  readonly days: number;
  readonly onDays: (days: number) => void;
  readonly hasEvents: boolean;
}): ReactNode {
  const { data, error, isPlaceholderData } = result;
  return (
    <Card title="What it would have got">
      <SelectField
        label="Looking back"
        value={String(days)}
        choices={RANGES}
        onChange={(id) => onDays(Number(id))}
      />
      {hasEvents ? null : (
        <p className="quiet">Choose an event type: this then tells how often it has happened.</p>
      )}
      {hasEvents && error ? <ProblemNote problem={error} /> : null}
      {hasEvents && !error && !data ? <p className="quiet">Looking …</p> : null}
      {hasEvents && !error && data ? (
        <div className="tester-found" aria-busy={isPlaceholderData}>
          <Found found={data} days={days} isOld={isPlaceholderData} />
        </div>
      ) : null}
    </Card>
  );
}

function formatDays(days: number): string {
  return days === 1 ? "24 hours" : `${days} days`;
}

function Found({
  found,
  days,
  isOld,
}: {
  readonly found: DryRun;
  readonly days: number;
  /** Another filter is being tried already. */
  readonly isOld: boolean;
}): ReactNode {
  const { by_type: byType, samples, since, total, truncated } = found;
  return (
    <>
      <p role="status">
        <strong className="tester-total">{formatCount(total, "callback")}</strong> in the last{" "}
        {formatDays(days)}
        {total > 0 && days > 1 ? `, ${formatRate(total / days)} a day` : ""}.
        {isOld ? <span className="quiet"> Counting anew …</span> : null}
      </p>
      {total === 0 ? (
        <p className="quiet">
          Nothing like that has happened, or not since the service keeps count. It can still be right: it
          depends on what the clinic does.
        </p>
      ) : null}
      <p className="quiet">
        {truncated ? "There is too much to look at all of it: counted since " : "Counted since "}
        <Moment at={since} exact />.
      </p>
      {total > 0 ? (
        <>
          <DayBars days={found.days} since={found.since} until={found.until} />
          <TypeCounts title="By type" byType={byType} />
          <h3>The newest, as they would have been sent</h3>
          <ul className="samples">
            {samples.map((sample) => (
              <li key={sample.id}>
                <Sample sample={sample} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </>
  );
}

function formatRate(aDay: number): string {
  return aDay < 10 ? aDay.toFixed(1) : Math.round(aDay).toLocaleString("en-GB");
}

function Sample({ sample }: { readonly sample: Callback }): ReactNode {
  const { account, id, timestamp, type } = sample;
  const text = JSON.stringify(sample, null, 2);
  return (
    <details className="sample">
      <summary>
        <EventTypeName type={type} />{" "}
        <span className="quiet">
          {account}, <Moment at={timestamp} />
        </span>
      </summary>
      <p className="sample-actions">
        <Link href={`/events/${encodeURIComponent(id)}`}>The event</Link>
        <CopyButton text={text} what="the body" />
      </p>
      <pre tabIndex={0} role="region" aria-label={`Body of ${id}`}>
        {text}
      </pre>
    </details>
  );
}
