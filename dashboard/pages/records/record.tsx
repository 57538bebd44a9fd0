import "./records.css";

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import { Loading } from "../../components/layout/loading.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { formatSubject } from "../../components/records/record-link.tsx";
import { SensitiveNote } from "../../components/records/sensitive.tsx";
import { useSubjectNames } from "../../components/records/event-type.tsx";
import { Explain } from "./explain.tsx";
import { KnownNow } from "./known-now.tsx";
import { TimelineCard } from "./timeline-card.tsx";
import { type RecordName, useRecord } from "./use-record.ts";

/** A record's life: what is known of it, everything that happened to it, and why something was or was not sent. */
export function RecordPage(): ReactNode {
  const { account = "", subject = "", id = "" } = useParams();
  const name = { account, subject, id };
  const title = `${formatSubject(subject)} ${id}`;
  const above = <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>;
  const { record, timeline, withheld, unmasked } = useRecord(name);
  if (timeline.error?.status === 404) return <NoSuchKind name={name} words={timeline.error.message} />;
  return (
    <div className="page">
      <PageHead title={title} above={above} />
      <div className="record-columns">
        <div>
          {timeline.data ? (
            <TimelineCard timeline={timeline.data} sequence={record.data?.sequence} account={account}>
              <SensitiveNote fields={withheld} unmasked={unmasked} />
              {unmasked.error ? <ProblemNote problem={unmasked.error} /> : null}
            </TimelineCard>
          ) : timeline.error ? (
            <ProblemNote problem={timeline.error} />
          ) : (
            <Loading what="what has happened to it" />
          )}
        </div>
        <div>
          <Explain name={name} />
          <KnownNow name={name} record={record} />
        </div>
      </div>
    </div>
  );
}

function NoSuchKind({ name, words }: { readonly name: RecordName; readonly words: string }): ReactNode {
  const kinds = [...useSubjectNames().values()].map((subject) => `${subject.replaceAll("_", " ")}s`);
  return (
    <div className="page">
      <PageHead title="No such record" above={<Link href="/accounts">Accounts</Link>} />
      <p>
        {words} The address asks for <code>{`${name.subject} ${name.id}`}</code> of{" "}
        <code>{name.account}</code>. Records are {[...new Set(kinds)].join(", ")} of the accounts that you may
        see.
      </p>
      <p>
        <Link href={`/events?find=${encodeURIComponent(name.id)}`}>Look for this id everywhere</Link>
      </p>
    </div>
  );
}
