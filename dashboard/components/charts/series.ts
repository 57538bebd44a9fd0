export interface ChartSeries {
  readonly name: string;
  /** A custom property of styles/tokens.css: `--chart-1`. */
  readonly colour: string;
  /** Beside `times`; null where there is nothing to say. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
}

/** What an axis counts, which decides where its lines may lie. */
export type Steps = "counts" | "durations";

type Values = (number | null)[];

/**
 * What is drawn, in uPlot's form. With `lastIsPartial` each series is drawn twice: whole up to the last interval that is
 * over, and then dashed into the one that is not.
 */
export function toPlotData(
  times: readonly number[],
  series: readonly ChartSeries[],
  lastIsPartial: boolean,
): [number[], ...Values[]] {
  const whole = series.map(({ values }) => [...values]);
  if (!lastIsPartial) return [[...times], ...whole];
  const last = times.length - 1;
  return [
    [...times],
    ...whole.map((values) => values.map((value, index) => (index === last ? null : value))),
    ...whole.map((values) => values.map((value, index) => (index >= last - 1 ? value : null))),
  ];
}

/** The newest interval of which there is something to say; undefined: there is none. */
export function lastKnown(series: readonly ChartSeries[]): number | undefined {
  const lasts = series.map(({ values }) => values.findLastIndex((value) => value !== null));
  const last = Math.max(-1, ...lasts);
  return last === -1 ? undefined : last;
}

/** Values between two unknown ones: a line would not show them. */
export function aloneIn(values: readonly (number | null | undefined)[]): number[] {
  const isThere = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  return values.flatMap((_value, index) =>
    isThere(index) && !isThere(index - 1) && !isThere(index + 1) ? [index] : [],
  );
}
