import type { ReactNode } from "react";

import type { AccountReading } from "../../api/answers.ts";
import { type Column, DataTable } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { formatDuration } from "../../components/format/format-duration.ts";
import { judgeRun, formatRunDetail } from "./judge-run.ts";

type Run = AccountReading["resources"][number]["last_runs"][number];

/** What the last readings came to, the newest first. */
export function RunsTable({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  if (runs.length === 0) {
    return (
      <Empty title="It has not been read yet">
        <p>The first run shows here within a minute, when a process with the role poll is running.</p>
      </Empty>
    );
  }
  return (
    <>
      <p className="hint">
        Scan: what changed since the last one, or all of it where all is read each time. Sweep: whether
        anything is missing. Recheck: records that were looked at again by themselves. Runs that found
        something and runs that failed are kept longer than quiet ones.
      </p>
      <div className="runs">
        <DataTable caption="Last runs" columns={COLUMNS} rows={runs} keyOf={keyOf} />
      </div>
    </>
  );
}

function keyOf({ at, detail, kind, outcome }: Run): string {
  return [at, kind, outcome, detail].join(" ");
}

const KINDS: Readonly<Record<Run["kind"], string>> = { scan: "Scan", sweep: "Sweep", recheck: "Recheck" };

const COLUMNS: readonly Column<Run>[] = [
  { name: "Ended", heads: true, cell: ({ at }) => <Moment at={at} /> },
  { name: "Kind", cell: ({ kind }) => KINDS[kind] },
  { name: "Outcome", cell: (run) => <RunOutcome run={run} /> },
  {
    name: "Requests",
    numeric: true,
    cell: ({ requests }) => (requests === null ? "–" : formatCount(requests)),
  },
  { name: "Records", numeric: true, cell: ({ records }) => formatCount(records) },
  { name: "Events", numeric: true, cell: ({ events }) => formatCount(events) },
  { name: "Duration", numeric: true, cell: ({ duration_ms: ms }) => formatDuration(ms) },
];

function formatCount(count: number): string {
  return count.toLocaleString("en-GB");
}

function RunOutcome({ run }: { readonly run: Run }): ReactNode {
  const { remedy, tone } = judgeRun(run);
  return (
    <span className="run-outcome">
      <Pill tone={tone} {...(tone === "idle" ? { icon: "check" } : {})}>
        {run.outcome.replaceAll("_", " ")}
      </Pill>
      {run.detail === null ? null : <span className="quiet">{formatRunDetail(run.detail)}</span>}
      {remedy === undefined ? null : <span>{remedy}</span>}
    </span>
  );
}
