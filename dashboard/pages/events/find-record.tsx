import type { ReactNode } from "react";
import { Link, Redirect } from "wouter";

import type { FoundRecord, Page } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Loading } from "../../components/layout/loading.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { RecordLink, recordPath } from "../../components/records/record-link.tsx";

/** For an id that stands in an e-mail: which kind of record has it, in which account. Just one: straight on to it. */
export function FindRecord({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useApi<Page<FoundRecord>>("/records", { query: { id } });
  const found = data?.data ?? [];
  const [only, ...others] = found;
  const path = only && recordPath(only.account, only.subject);
  if (path !== undefined && others.length === 0) return <Redirect to={path} replace />;
  return (
    <div className="page">
      <PageHead title={`Record ${id}`} above={<Link href="/events">Events</Link>} />
      {error ? <ProblemNote problem={error} /> : null}
      {data || error ? null : <Loading what="what is known of it" />}
      {found.length > 0 ? <Several found={found} /> : null}
      {data && found.length === 0 ? <Unknown id={id} /> : null}
    </div>
  );
}

function Several({ found }: { readonly found: readonly FoundRecord[] }): ReactNode {
  return (
    <section className="card">
      <p>It is known more than once:</p>
      <ul className="found">
        {found.map(({ account, subject, state }) => (
          <li key={`${account} ${subject.type}`}>
            <RecordLink account={account} subject={subject} /> of {account}{" "}
            {state === "deleted" ? <Pill tone="idle">Deleted</Pill> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Unknown({ id }: { readonly id: string }): ReactNode {
  return (
    <section className="card">
      <p>
        No record with the id <code>{id}</code> is known in the accounts that you may see. That means one of
        these:
      </p>
      <ul>
        <li>Cliniko has never shown it: the id is of another clinic, or was cut off on its way here.</li>
        <li>
          It is of a kind that is not read: practitioners, businesses, invoices, treatment notes and others.
        </li>
        <li>It takes part in an individual appointment: its facts are the appointment's.</li>
        <li>It, or its patient, was forgotten here.</li>
      </ul>
      <p>
        <Link href="/accounts">See what is read of each account</Link>
      </p>
    </section>
  );
}
