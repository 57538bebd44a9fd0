import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import type { EndpointStatus, Overview } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { healthOf, compareHealth } from "../../components/status/endpoint-health.ts";
import { wordsOfErrorClass } from "../../components/status/error-class.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { ShowMore } from "../../components/controls/show-more.tsx";
import { Since } from "../../components/format/since.tsx";
import { formatCount } from "../../components/format/format-count.ts";
import { formatHeldBack } from "../../components/format/format-held-back.ts";
import { useRights } from "../../shell/use-me.ts";
import { formatDue, formatEndpoints } from "./format-endpoints.ts";

type EndpointInTrouble = Overview["endpoints"]["shown"][number];

/** At first; the others open. */
const FIRST_SHOWN = 6;

/** Which endpoint is in trouble, since when, what is held back, and the way on. */
export function EndpointsCard({ overview }: { readonly overview: Overview }): ReactNode {
  const { endpoints, at } = overview;
  const [isWhole, setWhole] = useState(false);
  const { mayChangeEndpoints } = useRights();
  const sorted = endpoints.shown.toSorted((left, right) => compareHealth(left.status, right.status));
  const shown = isWhole ? sorted : sorted.slice(0, FIRST_SHOWN);
  return (
    <Card title="Endpoints" aside={<Link href="/endpoints">{formatAll(endpoints.total)}</Link>}>
      <p className="lead">{formatEndpoints(endpoints)}</p>
      {endpoints.total === 0 ? (
        <p>
          {mayChangeEndpoints ? (
            <Link href="/endpoints/new">Make the first endpoint</Link>
          ) : (
            "Who may change endpoints makes the first one."
          )}
        </p>
      ) : (
        <p className="quiet">{formatDue(endpoints, at)}</p>
      )}
      {shown.length > 0 ? (
        <ul className="trouble-list">
          {shown.map((endpoint) => (
            <InTrouble key={endpoint.id} endpoint={endpoint} />
          ))}
        </ul>
      ) : null}
      <ShowMore hidden={sorted.length - FIRST_SHOWN} one="endpoint" isWhole={isWhole} onChange={setWhole} />
    </Card>
  );
}

function formatAll(total: number): string {
  return total === 1 ? "The endpoint" : `All ${formatCount(total, "endpoint")}`;
}

function InTrouble({ endpoint }: { readonly endpoint: EndpointInTrouble }): ReactNode {
  const { description, host, id, owner, status } = endpoint;
  const { isOperator, mayChangeEndpoints } = useRights();
  const health = healthOf(status);
  const why = wordsOfErrorClass(status.error_class, status.error_status);
  const parked = formatHeldBack(status);
  const path = `/endpoints/${encodeURIComponent(id)}`;
  return (
    <li>
      <div className="trouble-head">
        <Pill tone={health.tone} {...(health.icon ? { icon: health.icon } : {})}>
          {health.word}
        </Pill>
        <Link href={path} className="trouble-name">
          {description === "" ? id : description}
        </Link>
        <span className="quiet trouble-host">
          {description === "" ? null : <code>{id}</code>} {host}
          {owner !== null && isOperator ? `, of ${owner}` : null}
        </span>
      </div>
      <p>
        {health.tone === "good" ? null : <Since at={health.since} />}
        {why && health.tone !== "good" ? (
          <>
            {" · "}
            <span title={`${why.means} ${why.remedy}`}>{why.name}</span>
          </>
        ) : null}
        {parked === undefined ? null : (
          <>
            {health.tone === "good" ? null : " · "}
            <strong>{parked}</strong>
          </>
        )}
        <NextProbe status={status} />
        {status.parked + status.failed > 0 ? (
          <>
            {" · "}
            <Link href={`${path}/deliveries`}>{mayChangeEndpoints ? "Recover" : "Deliveries"}</Link>
          </>
        ) : null}
      </p>
    </li>
  );
}

/** Nothing goes out to one that is disabled or paused, so that no probe comes. */
function NextProbe({ status }: { readonly status: EndpointStatus }): ReactNode {
  const { next_probe_at: at, state } = status;
  if (at === null || state === "disabled" || state === "paused") return null;
  return (
    <>
      {" · "}next probe <Moment at={at} />
    </>
  );
}
