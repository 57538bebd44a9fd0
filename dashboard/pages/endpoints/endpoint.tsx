import "./endpoints.css";

import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import type { Endpoint } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Empty } from "../../components/layout/empty.tsx";
import { EndpointPill } from "../../components/status/endpoint-pill.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { Note } from "../../components/layout/note.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { TabLinks } from "../../components/controls/tab-links.tsx";
import { DeliveriesTab } from "./deliveries/deliveries-tab.tsx";
import { KeysTab } from "./keys-tab.tsx";
import { OverviewTab } from "./overview-tab.tsx";
import { SettingsTab } from "./settings/settings-tab.tsx";
import { pathOf } from "./format-endpoint.ts";
import { SwitchButtons } from "./switch-buttons.tsx";

/** States and counts change without an event. */
const REFRESH_MS = 3_000;

const TABS = ["", "deliveries", "settings", "keys"] as const;
type Tab = (typeof TABS)[number];
const TAB_NAMES: Readonly<Record<Tab, string>> = {
  "": "Overview",
  deliveries: "Deliveries",
  settings: "Settings",
  keys: "Keys",
};

/** One endpoint: how it is doing, what it was sent, what it is, and what it verifies with. */
export function EndpointPage(): ReactNode {
  const { id, tab } = useParams<{ readonly id: string; readonly tab?: string }>();
  const { data, error } = useApi<Endpoint>(`/endpoints/${encodeURIComponent(id)}`, { refreshMs: REFRESH_MS });
  const shown = TABS.find((name) => name === (tab ?? ""));
  const path = pathOf(id);
  if (error?.status === 404 && !data) return <Unknown id={id} />;
  return (
    <div className="page">
      <PageHead title={id} above={<Link href="/endpoints">Endpoints</Link>}>
        {data ? <SwitchButtons endpoint={data} /> : null}
      </PageHead>
      {data ? <Identity endpoint={data} /> : null}
      <TabLinks
        label={`Parts of ${id}`}
        here={shown === undefined || shown === "" ? path : `${path}/${shown}`}
        tabs={TABS.map((name) => ({ path: name === "" ? path : `${path}/${name}`, name: TAB_NAMES[name] }))}
      />
      {error?.status === 404 ? <Gone /> : error ? <ProblemNote problem={error} /> : null}
      {data ? <Shown tab={shown} endpoint={data} /> : error ? null : <Loading what="the endpoint" />}
    </div>
  );
}

function Identity({
  endpoint: { description, owner, status, url },
}: {
  readonly endpoint: Endpoint;
}): ReactNode {
  return (
    <div className="endpoint-identity">
      <EndpointPill status={status} />
      <p>
        <code>{url}</code>
      </p>
      {description === "" ? null : <p>{description}</p>}
      {owner === null ? null : <p className="quiet">of the subscriber {owner}</p>}
    </div>
  );
}

function Shown({ tab, endpoint }: { readonly tab: Tab | undefined; readonly endpoint: Endpoint }): ReactNode {
  switch (tab) {
    case "":
      return <OverviewTab endpoint={endpoint} />;
    case "deliveries":
      return <DeliveriesTab endpoint={endpoint} />;
    case "settings":
      return <SettingsTab endpoint={endpoint} />;
    case "keys":
      return <KeysTab endpoint={endpoint} />;
    case undefined:
      return (
        <Empty title="An endpoint's page has no such part">
          <p>
            <Link href={pathOf(endpoint.id)}>Go to its overview</Link>
          </p>
        </Empty>
      );
  }
}

/** It was there a moment ago. */
function Gone(): ReactNode {
  return (
    <Note tone="warn">
      <p role="status">
        This endpoint is no longer there: somebody has deleted it. What you see is how it was.{" "}
        <Link href="/endpoints">Look at all endpoints</Link>.
      </p>
    </Note>
  );
}

function Unknown({ id }: { readonly id: string }): ReactNode {
  return (
    <div className="page">
      <PageHead title="There is no such endpoint" above={<Link href="/endpoints">Endpoints</Link>} />
      <p>
        No endpoint is called <code>{id}</code>, or it is not one that you may see. It may have been deleted.{" "}
        <Link href="/endpoints">Look at all endpoints</Link>.
      </p>
    </div>
  );
}
