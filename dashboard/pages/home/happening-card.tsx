import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import type { LoggedEvent, Page } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { useTitleOfType } from "../../components/records/event-type.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { RecordLink } from "../../components/records/record-link.tsx";
import { useLive } from "../../shell/live-events.tsx";
import { type Happening, latestOf } from "./latest-of.ts";

const SHOWN = 10;

/** The newest events, coming in by themselves. Before the first comes, those that were there. */
export function HappeningCard(): ReactNode {
  const { events: live, connected } = useLive();
  const { data: logged, error } = useApi<Page<LoggedEvent>>("/events", {
    query: { limit: SHOWN, payload: "ids" },
  });
  const [kept, setKept] = useState<readonly Happening[]>();
  const latest = latestOf(live, logged?.data ?? [], SHOWN);
  const shown = kept ?? latest;
  const missed = kept ? latest.filter(({ id }) => !kept.some((each) => each.id === id)).length : 0;
  return (
    <Card
      title="Happening now"
      aside={
        <span className="card-aside">
          {shown.length === 0 ? null : (
            <Button look="quiet" onPress={() => setKept(kept ? undefined : latest)}>
              {kept
                ? missed > 0
                  ? `Go on (${missed === SHOWN ? `${SHOWN} or more` : missed} new)`
                  : "Go on"
                : "Hold"}
            </Button>
          )}
          <Link href="/events">All events</Link>
        </span>
      }
    >
      {shown.length > 0 ? (
        <Happenings happenings={shown} />
      ) : logged ? (
        <Empty title="Nothing has happened yet">
          <p>The next change in Cliniko comes up here by itself.</p>
        </Empty>
      ) : error ? (
        <ProblemNote problem={error} />
      ) : (
        <Loading what="the newest events" />
      )}
      {connected && !kept && shown.length > 0 ? (
        <p className="quiet live-note">
          <span className="live-dot" aria-hidden="true" /> New ones come by themselves.
        </p>
      ) : null}
    </Card>
  );
}

function Happenings({ happenings }: { readonly happenings: readonly Happening[] }): ReactNode {
  const titleOf = useTitleOfType();
  return (
    <ol className="happenings">
      {happenings.map(({ account, at, id, isNew, subject, type }) => (
        <li key={id} data-new={isNew || undefined}>
          <Link href={`/events/${encodeURIComponent(id)}`} className="happening-type">
            {titleOf(type)}
          </Link>
          <Moment at={at} />
          <span className="happening-subject">
            <RecordLink account={account} subject={subject} />
            {" · "}
            <Link href={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>
          </span>
        </li>
      ))}
    </ol>
  );
}
