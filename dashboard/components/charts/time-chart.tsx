import "uplot/dist/uPlot.min.css";

import { type ReactNode, useEffect, useRef, useState } from "react";
import UPlot from "uplot";

import { ChartLegend } from "./chart-legend.tsx";
import { ChartTable } from "./chart-table.tsx";
import { plotOptions } from "./plot-options.ts";
import { type ChartSeries, type Steps, toPlotData } from "./series.ts";
import { useDrawnTheme } from "./use-drawn-theme.ts";

export type { ChartSeries } from "./series.ts";

export interface TimeChartProps {
  /** What is plotted, in words. */
  readonly title: string;
  /** What the numbers mean. */
  readonly note?: string;
  /** Unix seconds, rising. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly heightPx?: number;
  readonly steps?: Steps;
  /** The last interval is not over yet: its lines are dashed. */
  readonly lastIsPartial?: boolean;
}

/** Numbers through time. The canvas says nothing to a screen reader: the same numbers stand in a table that opens below. */
export function TimeChart(props: TimeChartProps): ReactNode {
  const { title, note, times, series, format, lastIsPartial = false } = props;
  const [pointed, setPointed] = useState<number>();
  const [isOpen, setOpen] = useState(false);
  const frame = useDrawing(props, setPointed);
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      {note === undefined ? null : <p className="hint">{note}</p>}
      <ChartLegend
        times={times}
        series={series}
        format={format}
        pointed={pointed}
        lastIsPartial={lastIsPartial}
      />
      <div ref={frame} className="chart-frame" aria-hidden="true" />
      <details className="chart-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>As a table</summary>
        {isOpen ? <ChartTable title={title} times={times} series={series} format={format} /> : null}
      </details>
    </figure>
  );
}

/** Draws into the element: anew for another shape or theme, else only the numbers. */
function useDrawing(
  { times, series, format, heightPx = 180, steps, lastIsPartial = false }: TimeChartProps,
  onPoint: (index: number | undefined) => void,
): React.RefObject<HTMLDivElement | null> {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const theme = useDrawnTheme();
  const shape = `${theme} ${lastIsPartial} ${series.map(({ name }) => name).join("|")}`;

  useEffect(() => {
    if (!frame.current) return undefined;
    const element = frame.current;
    const options = plotOptions(element, { series, format, heightPx, steps, lastIsPartial, onPoint });
    const drawn = new UPlot(options, toPlotData(times, series, lastIsPartial), element);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: heightPx }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- drawn anew for another shape; numbers come by setData below
  }, [shape, heightPx]);

  useEffect(() => {
    plot.current?.setData(toPlotData(times, series, lastIsPartial));
  }, [shape, times, series, lastIsPartial]);

  return frame;
}
