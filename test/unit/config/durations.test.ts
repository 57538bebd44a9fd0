import { expect, test } from "vitest";

import { fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const withInterval = (value: string): string => fileWith("interval: 20s", `interval: ${value}`);

test.each([
  ["1s", 1_000],
  ["5s", 5_000],
  ["1500ms", 1_500],
  ["1.5s", 1_500],
  ["2m", 120_000],
  ["0.5h", 1_800_000],
  ["1h", 3_600_000],
  ['" 20s "', 20_000],
])("%s is %i ms", (text, ms) => {
  expect(parseFile(withInterval(text)).polling.intervalMs).toBe(ms);
});

test.each(["5", '"5"', "5 s", "s", "-5s", "5sec", "1m30s", "5S", "1e3s", "fast", "[5s]", "true"])(
  "%s is no duration",
  (text) => {
    expect(problemsOf(withInterval(text))).toEqual([
      {
        path: "polling.interval",
        line: 21,
        message: "is not a duration",
        remedy: 'write a number and a unit, like "5s", "2m" or "24h"',
      },
    ]);
  },
);

test.each(["999ms", "0s", "3600001ms", "1d"])("%s is out of the bounds, which the remedy names", (text) => {
  expect(problemsOf(withInterval(text))).toMatchObject([
    { path: "polling.interval", message: "is out of range", remedy: "use 1s to 1h" },
  ]);
});
