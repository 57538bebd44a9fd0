import type { ReactNode } from "react";

import type { System } from "../../api/answers.ts";
import { Card } from "../../components/layout/card.tsx";
import { Facts } from "../../components/layout/facts.tsx";
import { Meter } from "../../components/charts/meter.tsx";
import { Note } from "../../components/layout/note.tsx";
import { Pill } from "../../components/status/pill.tsx";
import { TONES } from "../../components/status/source-kind.ts";
import { formatBytes } from "../../components/format/format-bytes.ts";
import { formatDuration } from "../../components/format/format-duration.ts";

type Redis = System["redis"];

/** Where everything is kept: how full it is, and whether it can be trusted. What its provider hides is "not told". */
export function RedisCard({ redis }: { readonly redis: Redis }): ReactNode {
  const { clock, clock_ahead_ms: clockAheadMs, latency, latency_ms: latencyMs, warnings } = redis;
  return (
    <Card title={redis.flavour === "valkey" ? "Valkey" : "Redis"}>
      {warnings.map(({ message, remedy }) => (
        <Note key={message} tone="bad">
          <p>{message}</p>
          <p>
            <strong>Do:</strong> {remedy}.
          </p>
        </Note>
      ))}
      <Facts
        facts={[
          { name: "Version", value: redis.version ?? NOT_TOLD },
          { name: "Memory", value: <Memory redis={redis} /> },
          { name: "When it is full", value: <Policy policy={redis.policy} /> },
          { name: "Written to disk", value: <Persistence redis={redis} /> },
          {
            name: "Latency",
            value: (
              <>
                {latencyMs < 1 ? "less than 1 ms" : formatDuration(latencyMs)}{" "}
                {latency.severity === "ok" ? null : <Pill tone={TONES[latency.severity]}>slow</Pill>}
              </>
            ),
          },
          {
            name: "Clock",
            value: (
              <>
                {formatClockGap(clockAheadMs)}{" "}
                {clock.severity === "ok" ? null : (
                  <Pill tone={TONES[clock.severity]}>clocks differ: use NTP on both</Pill>
                )}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

const NOT_TOLD = <span className="quiet">not told</span>;

function Memory({
  redis: { max_bytes: max, memory, used_bytes: used },
}: {
  readonly redis: Redis;
}): ReactNode {
  if (used === null) return NOT_TOLD;
  if (max === null) return `${formatBytes(used)} used, no limit set or none told`;
  const part = used / max;
  return (
    <Meter label="Memory of Redis" part={part} tone={TONES[memory.severity]}>
      {formatBytes(used)} of {formatBytes(max)} ({Math.round(part * 100)} %)
    </Meter>
  );
}

function Policy({ policy }: { readonly policy: string | null }): ReactNode {
  if (policy === null) return NOT_TOLD;
  return policy === "noeviction" ? (
    <>
      it refuses what is new, and keeps what it has (<code>noeviction</code>)
    </>
  ) : (
    <>
      it drops what is kept (<code>{policy}</code>)
    </>
  );
}

const FSYNCS: Readonly<Record<string, string>> = {
  always: "at every change",
  everysec: "every second",
  no: "when the system likes, up to half a minute late",
};

function Persistence({ redis: { append_only: appendOnly, fsync } }: { readonly redis: Redis }): ReactNode {
  if (appendOnly === null) return NOT_TOLD;
  if (!appendOnly) {
    return (
      <>
        no log of changes (<code>appendonly no</code>)
      </>
    );
  }
  if (fsync === null) return "a log of all changes; how soon is not told";
  return (
    <>
      {FSYNCS[fsync] ?? "as configured"} (<code>appendfsync {fsync}</code>)
    </>
  );
}

/** A second is what clocks and the way there differ by. */
function formatClockGap(aheadMs: number): string {
  if (Math.abs(aheadMs) < 1_000) return "the same as here";
  return `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} the process that answers`;
}
