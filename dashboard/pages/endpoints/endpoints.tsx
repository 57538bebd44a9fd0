import "./endpoints.css";

import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import type { Endpoint, EndpointActivity } from "../../api/answers.ts";
import { useWholeList } from "../../api/use-whole-list.ts";
import { Button } from "../../components/controls/button.tsx";
import { Card } from "../../components/layout/card.tsx";
import { DataTable } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { compareHealth } from "../../components/status/endpoint-health.ts";
import { Icon } from "../../components/layout/icon.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { SearchFilter } from "../../components/filters/search-filter.tsx";
import { SelectFilter } from "../../components/filters/select-filter.tsx";
import { useFilters } from "../../components/filters/use-filters.ts";
import { useRights } from "../../shell/use-me.ts";
import { endpointColumns } from "./endpoint-columns.tsx";

const REFRESH_MS = 5_000;
const ACTIVITY_REFRESH_MS = 30_000;
const SHOWN_AT_FIRST = 50;

const STATES = [
  { id: "", name: "All" },
  { id: "trouble", name: "Not healthy" },
  { id: "failing", name: "Failing" },
  { id: "warned", name: "About to be disabled" },
  { id: "disabled", name: "Disabled" },
  { id: "paused", name: "Paused" },
  { id: "healthy", name: "Healthy" },
];

/** Who is called, and who of them is not well: the worst first. */
export function Endpoints(): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const filters = useFilters();
  return (
    <div className="page">
      <PageHead title="Endpoints">
        {mayChangeEndpoints ? (
          <Link href="/endpoints/new" className="button" data-look="primary">
            <Icon name="add" /> New endpoint
          </Link>
        ) : null}
      </PageHead>
      <Card title="All endpoints">
        <div className="filters">
          <SearchFilter name="search" label="Search" placeholder="Id, description or host" />
          <SelectFilter name="state" label="State" choices={STATES} />
        </div>
        <List search={filters.get("search")} state={filters.get("state")} />
      </Card>
    </div>
  );
}

function List({ search, state }: { readonly search: string; readonly state: string }): ReactNode {
  const { isOperator } = useRights();
  const { data, error } = useWholeList<Endpoint>("/endpoints", {
    query: { search, state },
    refreshMs: REFRESH_MS,
  });
  const activity = useActivity();
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  if (!data) return error ? <ProblemNote problem={error} /> : <Loading what="the endpoints" />;
  const sorted = data.items.toSorted(({ status: left }, { status: right }) => compareHealth(left, right));
  return (
    <>
      {error ? <ProblemNote problem={error} /> : null}
      {sorted.length === 0 ? (
        <NoEndpoints isFiltered={search !== "" || state !== ""} />
      ) : (
        <DataTable
          caption="Endpoints"
          columns={endpointColumns(activity, isOperator)}
          rows={sorted.slice(0, shown)}
          keyOf={({ id }) => id}
        />
      )}
      <p className="quiet" role="status">
        {formatShown(Math.min(shown, sorted.length), sorted.length, data.isCut)}
      </p>
      {sorted.length > shown ? (
        <p className="more">
          <Button onPress={() => setShown(shown + SHOWN_AT_FIRST)}>Show more</Button>
        </p>
      ) : null}
    </>
  );
}

function formatShown(shown: number, all: number, isCut: boolean): string {
  if (isCut) return `${shown} of the first ${all}, by id: narrow them to see others.`;
  if (all === 0) return "";
  return shown < all
    ? `${shown} of ${all} endpoints, the worst first.`
    : `${all} ${all === 1 ? "endpoint" : "endpoints, the worst first"}.`;
}

function NoEndpoints({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  const { mayChangeEndpoints } = useRights();
  const filters = useFilters();
  if (isFiltered) {
    return (
      <Empty title="No endpoint is like that">
        <p>There may be others: you look at those that match the search and the state above.</p>
        <Button onPress={() => filters.set({ search: "", state: "" })}>Show all</Button>
      </Empty>
    );
  }
  return (
    <Empty title="There is no endpoint yet">
      <p>An endpoint is a URL that is called when something happens in a clinic.</p>
      <p>
        {mayChangeEndpoints ? (
          <Link href="/endpoints/new">Make the first one</Link>
        ) : (
          "Whoever may change endpoints can make one here, or in the configuration file."
        )}
      </p>
    </Empty>
  );
}

/** By endpoint. It comes later than the list, and is missing until then. */
function useActivity(): ReadonlyMap<string, EndpointActivity> {
  const { data } = useWholeList<EndpointActivity>("/history/endpoints", { refreshMs: ACTIVITY_REFRESH_MS });
  return new Map((data?.items ?? []).map((activity) => [activity.endpoint, activity]));
}
