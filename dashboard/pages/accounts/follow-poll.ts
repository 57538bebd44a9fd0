import type { AccountReading } from "../../api/answers.ts";
import { formatCount } from "../../components/format/format-count.ts";
import { formatDuration } from "../../components/format/format-duration.ts";
import { formatResource } from "../../components/format/format-resource.ts";

type ResourceReading = AccountReading["resources"][number];
type Run = ResourceReading["last_runs"][number];

/** A poll that somebody asked for. */
export interface AskedPoll {
  readonly woken: readonly string[];
  /** By resource the newest scan from before, as its moment tells it apart: clocks need not agree. */
  readonly before: ReadonlyMap<string, string>;
}

export interface PollProgress {
  /** For people. */
  readonly resource: string;
  /** coming: woken, and not through yet · read · failed · asleep: was not woken. */
  readonly state: "coming" | "read" | "failed" | "asleep";
  readonly text: string;
}

export function startPoll(woken: readonly string[], before: AccountReading | undefined): AskedPoll {
  const scans = (before?.resources ?? []).flatMap((reading) => {
    const scan = newestScan(reading);
    return scan ? [[reading.resource, scan.at] as const] : [];
  });
  return { woken, before: new Map(scans) };
}

/** What has come of it by now. */
export function followPoll(
  { woken, before }: AskedPoll,
  { resources }: AccountReading,
): readonly PollProgress[] {
  return resources.map((reading) => {
    const resource = formatResource(reading.resource);
    if (!woken.includes(reading.resource)) {
      return { resource, state: "asleep", text: formatAsleep(reading, before.get(reading.resource)) };
    }
    const scan = newestScan(reading);
    if (!scan || scan.at === before.get(reading.resource)) {
      return { resource, state: "coming", text: "woken, the answer is awaited …" };
    }
    return scan.outcome === "completed"
      ? { resource, state: "read", text: formatScan(scan) }
      : {
          resource,
          state: "failed",
          text: `not read: ${scan.outcome}${scan.detail === null ? "" : ` (${scan.detail})`}`,
        };
  });
}

/** What was read since, or is to be, is polled by somebody: then it was being read at that moment. */
function formatAsleep(reading: ResourceReading, before: string | undefined): string {
  const isPolled = reading.next_poll_at !== null || newestScan(reading)?.at !== before;
  return isPolled
    ? "not woken, for it was being read at that moment."
    : "not woken. It is being read already, or no process with the role poll is running.";
}

function newestScan({ last_runs: runs }: ResourceReading): Run | undefined {
  return runs.find(({ kind }) => kind === "scan");
}

function formatScan({ duration_ms: durationMs, events, records }: Run): string {
  const seen = `${formatCount(records, "record")} seen in ${formatDuration(durationMs)}`;
  return events === 0 ? `read, nothing new (${seen})` : `read, ${formatCount(events, "event")} (${seen})`;
}
