import type { ReactNode } from "react";

import type { System } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { type Column, DataTable } from "../../components/tables/data-table.tsx";
import { Empty } from "../../components/layout/empty.tsx";
import { Moment } from "../../components/format/moment.tsx";
import { Note } from "../../components/layout/note.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { formatBytes } from "../../components/format/format-bytes.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { TONES } from "../../components/status/source-kind.ts";
import { judgeProcesses } from "./judge-processes.ts";

type Process = System["processes"][number];

/** Which processes work, on what, and whether a role is left without any. */
export function ProcessesCard({ system }: { readonly system: System }): ReactNode {
  const { processes } = system;
  return (
    <Card
      title="Processes"
      wide
      aside={
        <span className="quiet">
          {formatCount(processes.length, "process", "processes")} seen in the last minute
        </span>
      }
    >
      {judgeProcesses(system).map(({ text, tone }) => (
        <Note key={text} tone={tone}>
          <p>{text}</p>
        </Note>
      ))}
      {processes.length === 0 ? (
        <Empty title="No process has said that it lives">
          <p>
            They say so every ten seconds, and the one that answers you is among them: this passes by itself.
          </p>
        </Empty>
      ) : (
        <DataTable
          caption="Processes of the service"
          columns={COLUMNS}
          rows={processes}
          keyOf={({ id }) => id}
        />
      )}
    </Card>
  );
}

const COLUMNS: readonly Column<Process>[] = [
  {
    name: "Process",
    heads: true,
    cell: ({ host, pid }) => (
      <span>
        {host} <span className="quiet">pid {pid}</span>
      </span>
    ),
  },
  { name: "Roles", cell: ({ roles }) => roles.join(", ") },
  { name: "Version", cell: ({ version }) => version },
  { name: "Node", cell: ({ node }) => node },
  { name: "Started", cell: ({ started_at: at }) => <Moment at={at} /> },
  { name: "Memory", numeric: true, cell: ({ memory_bytes: bytes }) => formatBytes(bytes) },
  {
    name: "Event loop p99",
    numeric: true,
    cell: ({ code, event_loop_p99_ms: ms, severity }) => (
      <span>
        {ms.toFixed(1)} ms {code === "process_slow" ? <Pill tone={TONES[severity]}>slow</Pill> : null}
      </span>
    ),
  },
  { name: "Seen", cell: (process) => <Seen process={process} /> },
];

function Seen({
  process: { code, seen_at: at, severity },
}: {
  readonly process: Pick<Process, "code" | "seen_at" | "severity">;
}): ReactNode {
  return (
    <span>
      <Moment at={at} /> {code === "process_silent" ? <Pill tone={TONES[severity]}>silent</Pill> : null}
    </span>
  );
}
