import { expect, test } from "vitest";

import { aloneIn, lastKnown, toPlotData } from "../../../../dashboard/components/charts/series.ts";

const colour = "--chart-1";

test("an interval that is not over is drawn apart, joined to the one before", () => {
  const series = [{ name: "found", colour, values: [1, 2, 3] }];
  expect(toPlotData([10, 20, 30], series, true)).toEqual([
    [10, 20, 30],
    [1, 2, null],
    [null, 2, 3],
  ]);
  expect(toPlotData([10, 20, 30], series, false)).toEqual([
    [10, 20, 30],
    [1, 2, 3],
  ]);
});

test("the newest known interval is that of whichever series has one", () => {
  const first = { name: "p50", colour, values: [1, 5, null, null] };
  const second = { name: "p95", colour, values: [1, 5, 7, null] };
  expect(lastKnown([first, second])).toBe(2);
  expect(lastKnown([{ ...first, values: [null, null] }])).toBeUndefined();
  expect(lastKnown([])).toBeUndefined();
});

test("a value between unknown ones is drawn as a point, one with a neighbour as a line", () => {
  expect(aloneIn([null, 3, null, 4, 5, null, 6])).toEqual([1, 6]);
  expect(aloneIn([])).toEqual([]);
});
