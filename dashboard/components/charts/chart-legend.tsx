import type { ReactNode } from "react";

import { type ChartSeries, lastKnown } from "./series.ts";
import { formatOrDash, formatTime } from "./format-chart.ts";

/** What the lines are, with their values where the pointer is; without one, the newest. */
export function ChartLegend({
  times,
  series,
  format,
  pointed,
  lastIsPartial,
}: {
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  /** Interval under the pointer. */
  readonly pointed: number | undefined;
  readonly lastIsPartial: boolean;
}): ReactNode {
  const shown = pointed !== undefined && pointed < times.length ? pointed : lastKnown(series);
  const time = shown === undefined ? undefined : times[shown];
  const isPartial = lastIsPartial && shown === times.length - 1;
  return (
    <div className="chart-legend">
      <ul>
        {series.map(({ colour, dashed, name, values }) => (
          <li key={name}>
            <svg viewBox="0 0 16 8" width="16" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="16"
                y1="4"
                y2="4"
                stroke={`var(${colour})`}
                strokeWidth="3"
                strokeDasharray={dashed ? "5 3" : undefined}
              />
            </svg>
            {name} <strong>{shown === undefined ? "–" : formatOrDash(values[shown], format)}</strong>
          </li>
        ))}
      </ul>
      <span className="quiet">
        {time === undefined
          ? "Nothing in this time"
          : `from ${formatTime(time)}${isPartial ? ", so far" : ""}`}
      </span>
    </div>
  );
}
