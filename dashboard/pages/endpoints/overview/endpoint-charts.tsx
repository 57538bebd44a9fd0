import type { ReactNode } from "react";

import type { History, HistoryRange } from "../../../api/answers.ts";
import { useApi } from "../../../api/use-api.ts";
import { Card } from "../../../components/layout/card.tsx";
import { LatencyChart, ThroughputChart } from "../../../components/charts/history-charts.tsx";
import { Loading } from "../../../components/layout/loading.tsx";
import { ProblemNote } from "../../../components/layout/problem-note.tsx";
import { RangeChoice, useRange } from "../../../components/filters/range-choice.tsx";

const REFRESH_MS: Readonly<Record<HistoryRange, number>> = { hour: 5_000, day: 10_000, week: 30_000 };

/** What it got and how long that took, through time. */
export function EndpointCharts({ id }: { readonly id: string }): ReactNode {
  const range = useRange();
  const { data, error } = useApi<History>("/history", {
    query: { range, endpoint: id },
    refreshMs: REFRESH_MS[range],
  });
  return (
    <Card title="Through time" wide aside={<RangeChoice />}>
      {data ? (
        <div className="columns">
          <ThroughputChart history={data} />
          <LatencyChart history={data} />
        </div>
      ) : error ? (
        <ProblemNote problem={error} />
      ) : (
        <Loading what="its history" />
      )}
    </Card>
  );
}
