import "./delivery.css";

import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Delivery } from "../../api/answers.ts";
import { ErrorClassNote } from "../status/error-class.tsx";
import { EventTypeName } from "../records/event-type.tsx";
import { Moment } from "../format/moment.tsx";
import { useNow } from "../format/use-now.ts";
import { AttemptList } from "./attempt-list.tsx";
import { DeliveryPill } from "./delivery-pill.tsx";
import { RetryButton } from "./retry-button.tsx";
import {
  DELIVERY_STATE_WORDS,
  anchorOf,
  lastFailure,
  formatAttempts,
  formatLatency,
} from "./format-delivery.ts";

export interface DeliveryCardProps {
  readonly delivery: Delivery;
  /** What stands in its head: where the other is known already. */
  readonly names: "endpoint" | "event";
  /** The event's `timestamp`: how long it took since the change itself is told, too. */
  readonly happenedAt?: string | undefined;
  /** Whether its attempts are unfolded at first. Default: unless it is delivered. */
  readonly opened?: boolean;
}

/** One event at one endpoint: where it stands, what goes wrong and what to do, and every attempt. */
export function DeliveryCard({ delivery, names, happenedAt, opened }: DeliveryCardProps): ReactNode {
  const { attempts, state } = delivery;
  const failure = state === "delivered" ? undefined : lastFailure(delivery);
  return (
    <article className="delivery" data-state={state} id={anchorOf(delivery)}>
      <header className="delivery-head">
        <h3>
          {names === "endpoint" ? <EndpointLink id={delivery.endpoint} /> : <EventLink delivery={delivery} />}
        </h3>
        <DeliveryPill state={state} />
        <span className="delivery-action">
          <RetryButton delivery={delivery} />
        </span>
      </header>
      <p>
        <DeliverySentence delivery={delivery} happenedAt={happenedAt} />
      </p>
      {failure ? <ErrorClassNote errorClass={failure.error_class} status={failure.status} /> : null}
      {attempts.length === 0 ? null : (
        <details open={opened ?? state !== "delivered"}>
          <summary>
            {attempts.length === 1 ? "1 attempt was made" : `${attempts.length} attempts were made`}
          </summary>
          <AttemptList attempts={attempts} />
        </details>
      )}
    </article>
  );
}

function EndpointLink({ id }: { readonly id: string }): ReactNode {
  return <Link href={`/endpoints/${encodeURIComponent(id)}`}>{id}</Link>;
}

function EventLink({ delivery: { event, type } }: { readonly delivery: Delivery }): ReactNode {
  return (
    <Link href={`/events/${encodeURIComponent(event)}`}>
      <EventTypeName type={type} />
    </Link>
  );
}

/** Where it stands, with its times, in one sentence or two. */
export function DeliverySentence({
  delivery,
  happenedAt,
}: Pick<DeliveryCardProps, "delivery" | "happenedAt">): ReactNode {
  const { attempts, since, state } = delivery;
  switch (state) {
    case "delivered": {
      const latency = formatLatency(delivery, happenedAt);
      return (
        <>
          Delivered <Moment at={since} />
          {latency === undefined ? "" : `, ${latency}`}
          {attempts.length > 1 ? `, after ${formatAttempts(delivery)}` : ", at the first attempt"}.
        </>
      );
    }
    case "retry":
      return (
        <>
          {formatAttempts(delivery)} used. The next is due <Moment at={since} exact />.{" "}
          <Overdue since={since} />
        </>
      );
    case "ready":
      return (
        <>
          Its first attempt is due <Moment at={since} />. <Overdue since={since} />
        </>
      );
    case "in_flight":
      return (
        <>
          An attempt is under way, begun <Moment at={since} />.
        </>
      );
    case "blocked":
    case "parked":
    case "failed":
      return (
        <>
          {DELIVERY_STATE_WORDS[state].name} since <Moment at={since} exact />, with{" "}
          {formatAttempts(delivery)} used. {DELIVERY_STATE_WORDS[state].means}
        </>
      );
  }
}

function Overdue({ since }: { readonly since: string }): ReactNode {
  if (useNow() < Date.parse(since)) return null;
  return "It waits for its turn: after failures an endpoint is tried gently, or nothing runs that delivers.";
}
