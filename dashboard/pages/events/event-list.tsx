import { type ReactNode, useRef } from "react";
import { Link } from "wouter";

import type { LoggedEvent } from "../../api/answers.ts";
import { usePages } from "../../api/use-pages.ts";
import { Button } from "../../components/controls/button.tsx";
import type { Column } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { EventTypeName } from "../../components/records/event-type.tsx";
import { Icon } from "../../components/layout/icon.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { PagedTable } from "../../components/tables/paged-table.tsx";
import { RecordLink } from "../../components/records/record-link.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { type EventFilterValues, FILTERS, toQuery } from "./event-query.ts";
import { formatChanged } from "./format-event.ts";
import { useNewEvents } from "./use-new-events.ts";

export function EventList(): ReactNode {
  const filters = useFilters();
  const list = useRef<HTMLElement>(null);
  const values: EventFilterValues = {
    types: filters.get("types"),
    accounts: filters.get("accounts"),
    subject: filters.get("subject"),
    subject_id: filters.get("subject_id"),
    since: filters.get("since"),
    until: filters.get("until"),
    order: filters.get("order"),
  };
  const pages = usePages<LoggedEvent>("/events", { query: toQuery(values), isOwn: true });
  const waiting = useNewEvents(pages, values, list);
  return (
    <section ref={list} className="card" tabIndex={-1} aria-label="Events">
      <NewEvents
        count={waiting}
        show={() => {
          pages.refresh();
          list.current?.focus({ preventScroll: true });
          scrollTo(0, 0);
        }}
      />
      <PagedTable
        caption="Events"
        pages={pages}
        keyOf={({ id }) => id}
        columns={COLUMNS}
        empty={<NoEvents isNarrowed={FILTERS.some((name) => name !== "order" && values[name] !== "")} />}
      />
    </section>
  );
}

function NewEvents({ count, show }: { readonly count: number; readonly show: () => void }): ReactNode {
  return (
    <div className="new-events" role="status">
      {count === 0 ? null : (
        <Button look="primary" onPress={show}>
          <Icon name="live" /> {count === 1 ? "1 new event" : `${count} new events`}
        </Button>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<LoggedEvent>[] = [
  {
    name: "Event",
    heads: true,
    cell: ({ id, type }) => (
      <Link href={`/events/${encodeURIComponent(id)}`}>
        <EventTypeName type={type} />
      </Link>
    ),
  },
  { name: "About", cell: ({ account, subject }) => <RecordLink account={account} subject={subject} /> },
  { name: "Account", cell: ({ account, subject }) => <AccountName account={account} subject={subject} /> },
  { name: "Recorded", cell: ({ committed_at }) => <Moment at={committed_at} /> },
  { name: "Changed", cell: (event) => <Changed event={event} /> },
];

function AccountName({ account, subject }: Pick<LoggedEvent, "account" | "subject">): ReactNode {
  if (subject.type === "endpoint") return <span className="quiet">the service</span>;
  return <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>;
}

function Changed({ event: { body, event } }: { readonly event: LoggedEvent }): ReactNode {
  if (!event) return <span className="quiet">{body === "erased" ? "erased" : "cannot be opened"}</span>;
  const { changed } = event.data;
  return changed.length === 0 ? (
    <span className="quiet">–</span>
  ) : (
    <code title={changed.join(", ")}>{formatChanged(changed)}</code>
  );
}

function NoEvents({ isNarrowed }: { readonly isNarrowed: boolean }): ReactNode {
  return isNarrowed ? (
    <Empty title="No event is like that">
      <p>
        Take a filter away, or look for a longer time. Events are removed when they are older than the
        retention.
      </p>
    </Empty>
  ) : (
    <Empty title="Nothing has happened yet">
      <p>
        The first sync of an account is silent: it takes everything over as it is. From then on every change
        is told here. <Link href="/accounts">See how far the accounts are</Link>.
      </p>
    </Empty>
  );
}
