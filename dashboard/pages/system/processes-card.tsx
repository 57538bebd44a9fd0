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
import { useNow } from "../../components/format/use-now.ts";
import { judgeProcesses } from "./judge-processes.ts";

type Process = System["processes"][number];

/** A process says every ten seconds that it lives. */
const SILENT_MS = 25_000;
/** From here on others wait noticeably. */
const SLOW_LOOP_MS = 200;

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
    cell: ({ event_loop_p99_ms: ms }) => (
      <span>
        {ms.toFixed(1)} ms {ms > SLOW_LOOP_MS ? <Pill tone="warn">slow</Pill> : null}
      </span>
    ),
  },
  { name: "Seen", cell: ({ seen_at: at }) => <Seen at={at} /> },
];

function Seen({ at }: { readonly at: string }): ReactNode {
  const isSilent = useNow() - Date.parse(at) > SILENT_MS;
  return (
    <span>
      <Moment at={at} /> {isSilent ? <Pill tone="warn">silent</Pill> : null}
    </span>
  );
}
