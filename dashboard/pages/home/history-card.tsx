import type { ReactNode } from "react";

import type { History, HistoryRange } from "../../api/answers.ts";
import { useApi } from "../../api/use-api.ts";
import { Card } from "../../components/layout/card.tsx";
import { LatencyChart, ThroughputChart } from "../../components/charts/history-charts.tsx";
import { Loading } from "../../components/layout/loading.tsx";
import { ProblemNote } from "../../components/layout/problem-note.tsx";
import { RangeChoice, useRange } from "../../components/filters/range-choice.tsx";

/** The last interval grows while one looks; the others do not change any more. */
const REFRESH_MS: Readonly<Record<HistoryRange, number>> = { hour: 5_000, day: 10_000, week: 30_000 };

/** What was found and delivered through time, and how long it took. */
export function HistoryCard(): ReactNode {
  const range = useRange();
  const { data: history, error } = useApi<History>("/history", {
    query: { range },
    refreshMs: REFRESH_MS[range],
  });
  return (
    <Card title="Through time" aside={<RangeChoice />}>
      {history ? (
        <div className="home-charts">
          <ThroughputChart history={history} />
          <LatencyChart history={history} />
        </div>
      ) : error ? (
        <ProblemNote problem={error} />
      ) : (
        <Loading what="what happened" />
      )}
    </Card>
  );
}
