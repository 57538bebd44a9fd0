import type { ReactNode } from "react";

import type { ChartSeries } from "./series.ts";
import { formatOrDash, formatTime } from "./format-chart.ts";

/** The numbers of a plot, the newest first. Made when it is opened: a week has 168 rows. */
export function ChartTable({
  title,
  times,
  series,
  format,
}: {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
}): ReactNode {
  return (
    <div className="table-frame" role="region" aria-label={`${title}, as a table`} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ name }) => (
              <th key={name} scope="col" data-numeric="true">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, index) => (
              <tr key={time}>
                <th scope="row">{formatTime(time)}</th>
                {series.map(({ name, values }) => (
                  <td key={name} data-numeric="true">
                    {formatOrDash(values[index], format)}
                  </td>
                ))}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  );
}
