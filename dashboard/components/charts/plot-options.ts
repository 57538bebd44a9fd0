import type UPlot from "uplot";

import { type ChartSeries, type Steps, aloneIn } from "./series.ts";

export interface PlotWishes {
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly heightPx: number;
  readonly steps: Steps | undefined;
  readonly lastIsPartial: boolean;
  /** Of the interval under the pointer; undefined: it has left. */
  readonly onPoint: (index: number | undefined) => void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Where lines may lie across the plot, so that there is no half event and no 1 min 40 s. */
const STEPS: Readonly<Record<Steps, readonly number[]>> = {
  counts: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8],
  durations: [
    10,
    20,
    50,
    100,
    200,
    500,
    ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
    ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
    ...[1, 2, 6, 12, 24, 48, 96].map((hours) => hours * HOUR),
  ],
};

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric" });

/** Colours are read when it is drawn: a canvas knows no custom properties. */
export function plotOptions(element: HTMLElement, wishes: PlotWishes): UPlot.Options {
  const { heightPx, lastIsPartial, onPoint, series, format, steps } = wishes;
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--text-quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  const drawn = (dashed: boolean): UPlot.Series[] =>
    series.map((each) => lineOf(colour(each.colour), dashed || (each.dashed ?? false)));
  return {
    width: element.clientWidth,
    height: heightPx,
    // So that the last time on the axis is not cut off.
    padding: [10, 18, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false }, sync: { key: "time" } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, (high || 0) * 1.1)] } },
    axes: [
      { ...axis, size: 28, values: (_plot, splits) => splits.map((seconds) => formatTick(seconds)) },
      {
        ...axis,
        ...(steps === undefined ? {} : { incrs: [...STEPS[steps]] }),
        size: (_plot, values) => 16 + 7 * Math.max(2, ...(values ?? []).map((value) => value.length)),
        values: (_plot, splits) => splits.map((value) => formatValue(value, format)),
      },
    ],
    series: [{}, ...drawn(false), ...(lastIsPartial ? drawn(true) : [])],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
    },
  };
}

function lineOf(stroke: string, dashed: boolean): UPlot.Series {
  return {
    stroke,
    width: 2,
    points: {
      show: true,
      size: 5,
      fill: stroke,
      filter: (plot, index) => aloneIn([...(plot.data[index] ?? [])]),
    },
    ...(dashed ? { dash: [5, 4] } : {}),
  };
}

/** Midnight is told by its day. */
function formatTick(seconds: number): string {
  const at = new Date(seconds * 1_000);
  return at.getHours() === 0 && at.getMinutes() === 0 ? DAY.format(at) : CLOCK.format(at);
}

function formatValue(value: number, format: (value: number) => string): string {
  return value === 0 ? "0" : format(value).replace(/\.0 /, " ");
}
