import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";

import type { Delivery, LoggedEvent, Page } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Card } from "../../components/layout/card.tsx";
import { DeliveryCard } from "../../components/delivery/delivery-card.tsx";
import { formatDeliveries, worstFirst } from "../../components/delivery/format-delivery.ts";
import { Empty } from "../../components/layout/empty.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { recordPath } from "../../components/records/record-link.tsx";

/** States change without an event. */
const REFRESH_MS = 3_000;

/** What became of an event at every endpoint that was given it. */
export function EventDeliveries({ event }: { readonly event: LoggedEvent }): ReactNode {
  const path = `/events/${encodeURIComponent(event.id)}/deliveries`;
  const { data, error } = useApi<Page<Delivery>>(path, { refreshMs: REFRESH_MS, isOwn: true });
  const deliveries = worstFirst(data?.data ?? []);
  useNamedDelivery(data !== undefined);
  return (
    <Card
      title="Deliveries"
      aside={<span className="quiet">{data ? formatDeliveries(deliveries) : null}</span>}
    >
      {error ? <ProblemNote problem={error} /> : null}
      {data || error ? null : <Loading what="its deliveries" />}
      <div>
        {deliveries.map((delivery) => (
          <DeliveryCard
            key={delivery.endpoint}
            delivery={delivery}
            names="endpoint"
            happenedAt={changeMoment(event)}
          />
        ))}
      </div>
      {data && deliveries.length === 0 ? <NoDelivery event={event} /> : null}
      {deliveries.length > 0 ? <WhyLink event={event}>Another endpoint is missing? See why</WhyLink> : null}
    </Card>
  );
}

/** Whoever comes for one of them finds it in sight. */
function useNamedDelivery(isThere: boolean): void {
  useEffect(() => {
    if (isThere && location.hash !== "")
      document.querySelector(`[id="${location.hash.slice(1)}"]`)?.scrollIntoView();
  }, [isThere]);
}

/** The moment that a delivery's latency is counted from; undefined: it tells the present state, not a change. */
function changeMoment({ event }: LoggedEvent): string | undefined {
  return event?.origin === "live" || event?.origin === "sweep" ? event.timestamp : undefined;
}

function NoDelivery({ event }: { readonly event: LoggedEvent }): ReactNode {
  return (
    <Empty title="No endpoint was given this event">
      <p>None that you may see wanted it, or it has not been handed on yet.</p>
      <WhyLink event={event}>Why was nothing sent?</WhyLink>
    </Empty>
  );
}

/** To the answer for every endpoint; nothing where no record is behind the event. */
function WhyLink({ event, children }: { readonly event: LoggedEvent; readonly children: string }): ReactNode {
  const record = recordPath(event.account, event.subject);
  if (record === undefined) return null;
  return (
    <p>
      <Link href={`${record}?why=1&at=${encodeURIComponent(event.committed_at ?? "")}`}>{children}</Link>
    </p>
  );
}
