import "./home.css";

import type { ReactNode } from "react";

import type { Overview } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Loading } from "../../components/layout/loading.tsx";
import { PageHead } from "../../components/layout/page-head.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { EndpointsCard } from "./endpoints-card.tsx";
import { HappeningCard } from "./happening-card.tsx";
import { HistoryCard } from "./history-card.tsx";
import { QueuesCard } from "./queues-card.tsx";
import { SourcesCard } from "./sources-card.tsx";
import { Verdict } from "./verdict.tsx";

const REFRESH_MS = 2_500;

/** Is every source fresh, are the queues draining, which endpoint is in trouble? And what happens just now. */
export function Home(): ReactNode {
  const { data: overview, error } = useApi<Overview>("/overview", { refreshMs: REFRESH_MS });
  return (
    <div className="page home">
      <PageHead title="Home" />
      {overview ? <Verdict overview={overview} /> : null}
      {error && !overview ? <ProblemNote problem={error} /> : null}
      {overview || error ? null : <Loading what="how all is doing" />}
      <div className="home-columns">
        {overview ? (
          <div className="home-column">
            <EndpointsCard overview={overview} />
            <SourcesCard overview={overview} />
            <HistoryCard />
          </div>
        ) : null}
        <div className="home-column">
          <HappeningCard />
          {overview?.queues ? <QueuesCard queues={overview.queues} at={overview.at} /> : null}
        </div>
      </div>
    </div>
  );
}
