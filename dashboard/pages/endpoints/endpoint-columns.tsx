import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Endpoint, EndpointActivity } from "../../api/answers.ts";
import type { Column } from "../../components/tables/data-table.tsx";
import { EndpointPill } from "../../components/status/endpoint-pill.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { SparkLine } from "../../components/charts/spark-line.tsx";
import { OldestWaiting } from "./oldest-waiting.tsx";
import { hostOf, pathOf, formatAccounts, formatPatterns } from "./format-endpoint.ts";

/** What the list of endpoints says of each. */
export function endpointColumns(
  activity: ReadonlyMap<string, EndpointActivity>,
  withOwner: boolean,
): readonly Column<Endpoint>[] {
  return [
    { name: "Endpoint", heads: true, cell: (endpoint) => <Name endpoint={endpoint} withOwner={withOwner} /> },
    {
      name: "Takes",
      cell: ({ accounts, events }) => (
        <span className="endpoint-takes" title={events.join(", ")}>
          {formatPatterns(events)}
          <span className="quiet">of {formatAccounts(accounts)}</span>
        </span>
      ),
    },
    { name: "Health", cell: ({ status }) => <EndpointPill status={status} /> },
    { name: "Last 24 h", cell: ({ id }) => <Activity activity={activity.get(id)} /> },
    { name: "Waiting", numeric: true, cell: (endpoint) => <Waiting endpoint={endpoint} /> },
    {
      name: "Parked",
      numeric: true,
      cell: ({ id, status }) => <Count id={id} state="parked" count={status.parked} />,
    },
    {
      name: "Given up",
      numeric: true,
      cell: ({ id, status }) => <Count id={id} state="failed" count={status.failed} />,
    },
  ];
}

function Name({
  endpoint,
  withOwner,
}: {
  readonly endpoint: Endpoint;
  readonly withOwner: boolean;
}): ReactNode {
  const { description, id, owner, url } = endpoint;
  return (
    <span className="endpoint-name">
      <Link href={pathOf(id)}>{id}</Link>
      {description === "" ? null : <span>{description}</span>}
      <span className="quiet">
        {hostOf(url)}
        {withOwner && owner !== null ? `, of ${owner}` : null}
      </span>
    </span>
  );
}

function Activity({ activity }: { readonly activity: EndpointActivity | undefined }): ReactNode {
  if (!activity) return <span className="quiet">–</span>;
  return <SparkLine delivered={activity.delivered} failed={activity.failed} />;
}

function Waiting({ endpoint: { status } }: { readonly endpoint: Endpoint }): ReactNode {
  const { next_probe_at: nextProbeAt, oldest_waiting_at: oldestAt, waiting } = status;
  if (waiting === 0) return <span className="quiet">0</span>;
  return (
    <span className="endpoint-waiting">
      {waiting.toLocaleString("en-GB")}
      {oldestAt === null ? null : (
        <span className="quiet">
          <OldestWaiting at={oldestAt} />
        </span>
      )}
      {nextProbeAt === null || status.state === "paused" || status.state === "disabled" ? null : (
        <span className="quiet">
          next try <Moment at={nextProbeAt} />
        </span>
      )}
    </span>
  );
}

/** Zero is quiet; what is not leads to the deliveries themselves. */
function Count({
  id,
  state,
  count,
}: {
  readonly id: string;
  readonly state: "parked" | "failed";
  readonly count: number;
}): ReactNode {
  if (count === 0) return <span className="quiet">0</span>;
  return <Link href={`${pathOf(id)}/deliveries?state=${state}`}>{count.toLocaleString("en-GB")}</Link>;
}
