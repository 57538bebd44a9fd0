import "./events.css";

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import type { LoggedEvent } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { useTitleOfType } from "../../components/records/event-type.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { Note } from "../../components/layout/note.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { useUnmasked } from "../../components/records/sensitive.tsx";
import { EventChanges } from "./event-changes.tsx";
import { EventDeliveries } from "./event-deliveries.tsx";
import { EventFacts } from "./event-facts.tsx";
import { EventRaw } from "./event-raw.tsx";

const FULL = { payload: "full" };
const ABOVE = <Link href="/events">Events</Link>;

/** One event: what changed, when, and what became of it at each endpoint. */
export function EventPage(): ReactNode {
  const { event: id = "" } = useParams();
  const path = `/events/${encodeURIComponent(id)}`;
  const { data, error } = useApi<LoggedEvent>(path, { query: FULL, isOwn: true });
  const titleOf = useTitleOfType();
  if (error?.status === 404) return <NoSuchEvent id={id} />;
  if (!data) {
    return (
      <div className="page">
        <PageHead title="Event" above={ABOVE} />
        {error ? <ProblemNote problem={error} /> : <Loading what="the event" />}
      </div>
    );
  }
  return (
    <div className="page">
      <PageHead title={titleOf(data.type)} above={ABOVE} />
      {error ? <ProblemNote problem={error} /> : null}
      <EventFacts event={data} />
      <WithBody path={path} event={data} />
    </div>
  );
}

function WithBody({ path, event }: { readonly path: string; readonly event: LoggedEvent }): ReactNode {
  const unmasked = useUnmasked<LoggedEvent>(path, { query: FULL, fields: event.withheld });
  const shown = unmasked.answer ?? event;
  return (
    <>
      <div className="event-columns">
        <div>
          {event.body === "kept" ? (
            <EventChanges event={shown} masked={event.withheld} unmasked={unmasked} />
          ) : (
            <BodyMissing body={event.body} />
          )}
          {shown.event ? <EventRaw event={shown} /> : null}
        </div>
        <EventDeliveries event={event} />
      </div>
    </>
  );
}

function BodyMissing({ body }: { readonly body: "erased" | "unreadable" }): ReactNode {
  return body === "erased" ? (
    <Note>
      <p>
        What it held is erased: its record was forgotten. That it happened, and what became of it, is all that
        is kept.
      </p>
    </Note>
  ) : (
    <Note tone="bad">
      <p>
        What it holds cannot be opened: it was sealed with a key that is not configured. The operator has to
        bring that key back; nothing is lost until then.
      </p>
    </Note>
  );
}

function NoSuchEvent({ id }: { readonly id: string }): ReactNode {
  return (
    <div className="page">
      <PageHead title="No such event" above={ABOVE} />
      <p>
        <code>{id}</code> is not in the log. It may be older than events are kept, of an account that you may
        not see, or its id was cut off on its way here.
      </p>
      <p>
        <Link href="/events">See all events</Link>
      </p>
    </div>
  );
}
