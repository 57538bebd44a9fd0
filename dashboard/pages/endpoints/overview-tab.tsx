import type { ReactNode } from "react";

import type { Endpoint } from "../../api/answers.ts";
import { EndpointCharts } from "./overview/endpoint-charts.tsx";
import { HealthCard } from "./overview/health-card.tsx";
import { CountsCard } from "./overview/counts-card.tsx";
import { TestCard } from "./overview/test-card.tsx";

/** Is it well, and if not: since when, why, what is held back, and what to do. */
export function OverviewTab({ endpoint }: { readonly endpoint: Endpoint }): ReactNode {
  return (
    <>
      <div className="columns">
        <HealthCard endpoint={endpoint} />
        <CountsCard endpoint={endpoint} />
        <TestCard endpoint={endpoint} />
      </div>
      <EndpointCharts id={endpoint.id} />
    </>
  );
}
