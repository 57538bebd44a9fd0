import type { ReactNode } from "react";

import type { ChartSeries } from "./series.ts";
import { spellOrDash, spellTime } from "./spell-chart.ts";

/** The numbers of a plot, the newest first. Made when it is opened: a week has 168 rows. */
export function ChartTable({
  title,
  times,
  series,
  spell,
}: {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly spell: (value: number) => string;
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
                <th scope="row">{spellTime(time)}</th>
                {series.map(({ name, values }) => (
                  <td key={name} data-numeric="true">
                    {spellOrDash(values[index], spell)}
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
