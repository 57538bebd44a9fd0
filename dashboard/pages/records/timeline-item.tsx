import type { ReactNode } from "react";
import { Link } from "wouter";

import { DeliveryPill } from "../../components/delivery/delivery-pill.tsx";
import { anchorOf, worstFirst } from "../../components/delivery/format-delivery.ts";
import { EventTypeName } from "../../components/records/event-type.tsx";
import { FieldDiff } from "../../components/records/field-diff.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { type TimelineEntry, toRows } from "./timeline-steps.ts";

/** One event of a record: what changed, and who was told. */
export function TimelineItem({
  entry,
  account,
}: {
  readonly entry: TimelineEntry;
  readonly account: string;
}): ReactNode {
  const rows = toRows(entry);
  const path = `/events/${encodeURIComponent(entry.id)}`;
  return (
    <li className="timeline-item">
      <header className="timeline-head">
        <h3>
          <Link href={path}>
            <EventTypeName type={entry.type} />
          </Link>
        </h3>
        {entry.sequence === null ? null : <span className="quiet">no. {entry.sequence}</span>}
        <span className="timeline-when">
          <Moment at={entry.event?.timestamp ?? entry.committed_at} exact />
        </span>
      </header>
      {entry.body === "kept" ? null : <p className="quiet">{BODY_WORDS[entry.body]}</p>}
      {rows.length > 0 ? (
        <FieldDiff
          caption={`What changed with ${entry.type} no. ${entry.sequence ?? "?"}`}
          account={account}
          rows={rows}
        />
      ) : null}
      <Receivers entry={entry} path={path} />
    </li>
  );
}

const BODY_WORDS = {
  erased: "What it held is erased: the record was forgotten.",
  unreadable: "What it holds cannot be opened: the operator has to bring back an encryption key.",
} as const;

/** A pill for each endpoint, leading to that delivery. */
function Receivers({ entry, path }: { readonly entry: TimelineEntry; readonly path: string }): ReactNode {
  if (entry.deliveries.length === 0) return <p className="quiet">No endpoint was given it.</p>;
  return (
    <ul className="receivers" aria-label="Who was told">
      {worstFirst(entry.deliveries).map((delivery) => (
        <li key={delivery.endpoint}>
          <Link href={`${path}#${anchorOf(delivery)}`}>{delivery.endpoint}</Link>{" "}
          <DeliveryPill state={delivery.state} />
        </li>
      ))}
    </ul>
  );
}
