import "./delivery.css";

import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Delivery } from "../../api/answers.ts";
import type { Pages } from "../../api/use-pages.ts";
import { Button } from "../controls/button.tsx";
import type { Column } from "../tables/data-table.tsx";
import { wordsOfErrorClass } from "../status/error-class.tsx";
import { EventTypeName } from "../records/event-type.tsx";
import { Moment } from "../format/moment.tsx";
import { PagedTable } from "../tables/paged-table.tsx";
import { RecordLink } from "../records/record-link.tsx";
import { useFilters } from "../filters/use-filters.ts";
import { DeliveryCard } from "./delivery-card.tsx";
import { DeliveryPill } from "./delivery-pill.tsx";
import { countAttempts, lastFailure } from "./format-delivery.ts";

/** The parameter of the address that names the opened row. */
const OPENED = "delivery";

/** An endpoint's deliveries, page by page. A row opens to all its attempts; which one is open stands in the address. */
export function DeliveryTable({
  caption,
  pages,
  empty,
}: {
  readonly caption: string;
  readonly pages: Pages<Delivery>;
  readonly empty: ReactNode;
}): ReactNode {
  const filters = useFilters();
  const opened = filters.get(OPENED);
  const toggle = (event: string): void => {
    filters.set({ [OPENED]: opened === event ? "" : event });
  };
  return (
    <PagedTable
      caption={caption}
      pages={pages}
      keyOf={({ event }) => event}
      empty={empty}
      columns={columnsOf(opened, toggle)}
      below={(delivery) =>
        delivery.event === opened ? <DeliveryCard delivery={delivery} names="event" opened /> : undefined
      }
    />
  );
}

function columnsOf(opened: string, toggle: (event: string) => void): readonly Column<Delivery>[] {
  return [
    {
      name: "Event",
      heads: true,
      cell: ({ event, type }) => (
        <Link href={`/events/${encodeURIComponent(event)}`}>
          <EventTypeName type={type} />
        </Link>
      ),
    },
    { name: "Record", cell: ({ account, subject }) => <RecordLink account={account} subject={subject} /> },
    { name: "State", cell: ({ state }) => <DeliveryPill state={state} /> },
    {
      name: "Attempts",
      numeric: true,
      cell: (delivery) => `${countAttempts(delivery)} of ${delivery.attempts_allowed}`,
    },
    { name: "When", cell: (delivery) => <When delivery={delivery} /> },
    { name: "What is wrong", cell: (delivery) => wrongOf(delivery) },
    {
      name: "Details",
      cell: ({ event }) => (
        <Button
          look="quiet"
          aria-expanded={event === opened}
          aria-label={event === opened ? `Close the attempts of ${event}` : `Attempts of ${event}`}
          onPress={() => toggle(event)}
        >
          {event === opened ? "Close" : "Attempts"}
        </Button>
      ),
    },
  ];
}

function When({ delivery: { since, state } }: { readonly delivery: Delivery }): ReactNode {
  return (
    <span>
      {state === "retry" || state === "ready" ? "due " : null}
      <Moment at={since} />
    </span>
  );
}

function wrongOf(delivery: Delivery): string {
  const failure = delivery.state === "delivered" ? undefined : lastFailure(delivery);
  return wordsOfErrorClass(failure?.error_class ?? null, failure?.status)?.name ?? "–";
}
