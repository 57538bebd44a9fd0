import { type ReactNode, useMemo } from "react";

import type { History } from "../../api/answers.ts";
import { formatDuration } from "../format/format-duration.ts";
import { TimeChart } from "./time-chart.tsx";

const NUMBER = new Intl.NumberFormat("en-GB");
const EACH: Readonly<Record<History["range"], string>> = {
  hour: "a minute",
  day: "in 10 minutes",
  week: "an hour",
};

/** How many changes were found and callbacks delivered, and how many attempts failed. */
export function ThroughputChart({ history }: { readonly history: History }): ReactNode {
  const { times, detected, delivered, failed } = useColumns(history);
  const series = useMemo(
    () => [
      { name: "Changes found", colour: "--chart-2", values: detected },
      { name: "Callbacks delivered", colour: "--chart-1", values: delivered },
      { name: "Attempts failed", colour: "--chart-3", values: failed },
    ],
    [detected, delivered, failed],
  );
  return (
    <TimeChart
      title={`Found and delivered ${EACH[history.range]}`}
      times={times}
      series={series}
      format={formatNumber}
      steps="counts"
      lastIsPartial
    />
  );
}

/** How long a change takes until a receiver has it. */
export function LatencyChart({ history }: { readonly history: History }): ReactNode {
  const { times, p50, p95 } = useColumns(history);
  const series = useMemo(
    () => [
      { name: "p50", colour: "--chart-1", values: p50 },
      { name: "p95", colour: "--chart-4", values: p95 },
    ],
    [p50, p95],
  );
  return (
    <TimeChart
      title="Latency"
      note="From the change in Cliniko to the receiver's 2xx: half come within p50, 19 of 20 within p95."
      times={times}
      series={series}
      format={formatDuration}
      steps="durations"
      lastIsPartial
    />
  );
}

function formatNumber(value: number): string {
  return NUMBER.format(value);
}

interface Columns {
  readonly times: readonly number[];
  readonly detected: readonly number[];
  readonly delivered: readonly number[];
  readonly failed: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
}

function useColumns({ points }: History): Columns {
  return useMemo(
    () => ({
      times: points.map(({ at }) => Date.parse(at) / 1_000),
      detected: points.map(({ detected }) => detected),
      delivered: points.map(({ delivered }) => delivered),
      failed: points.map(({ failed }) => failed),
      p50: points.map(({ latency_p50_ms: ms }) => ms),
      p95: points.map(({ latency_p95_ms: ms }) => ms),
    }),
    [points],
  );
}
