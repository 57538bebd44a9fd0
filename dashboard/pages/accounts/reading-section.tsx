import type { ReactNode } from "react";

import type { AccountReading, ResourceStatus } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { type TabLink, TabLinks } from "../../components/controls/tab-links.tsx";
import { formatResource } from "../../components/format/format-resource.ts";
import { useFilters } from "../../components/filters/use-filters.ts";
import { LearntWeek } from "./learnt-week.tsx";
import { PaceFacts } from "./pace-facts.tsx";
import { PlanFacts } from "./plan-facts.tsx";
import { RunsTable } from "./runs-table.tsx";
import type { Asleep } from "./why-asleep.ts";

/** How the account is read, one kind of record at a time: the address says which. */
export function ReadingSection({
  reading: { account, resources },
  statuses,
  asleep,
}: {
  readonly reading: AccountReading;
  /** Empty: not there yet. */
  readonly statuses: readonly ResourceStatus[];
  readonly asleep: Asleep;
}): ReactNode {
  const chosen = useFilters().get("resource");
  const shown = resources.find(({ resource }) => resource === chosen) ?? resources[0];
  if (!shown) return null;
  const pathOf = (resource: string): string =>
    `/accounts/${encodeURIComponent(account)}?resource=${resource}`;
  const tabs: TabLink[] = resources.map(({ resource }) => ({
    path: pathOf(resource),
    name: formatResource(resource),
  }));
  return (
    <section className="reading" aria-labelledby="reading-title">
      <h2 id="reading-title">How it is read</h2>
      <TabLinks label="Kinds of record" tabs={tabs} here={pathOf(shown.resource)} />
      <div className="columns">
        <Card title="Schedule">
          <PaceFacts
            reading={shown}
            status={statuses.find(({ resource }) => resource === shown.resource)}
            asleep={asleep}
          />
        </Card>
        <Card title="What this account lets itself be asked">
          <PlanFacts reading={shown} />
        </Card>
      </div>
      {shown.week ? (
        <Card title="The week as it was learnt">
          <LearntWeek key={shown.resource} week={shown.week} />
        </Card>
      ) : null}
      <Card title="Last runs">
        <RunsTable runs={shown.last_runs} />
      </Card>
    </section>
  );
}
