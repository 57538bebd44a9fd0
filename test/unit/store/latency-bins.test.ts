import fc from "fast-check";
import { expect, test } from "vitest";

import { MOST_ERROR, binOf, percentileOf } from "../../../src/store/history/latency-bins.ts";

const SHORTEST_MS = 50;
const DAY_MS = 86_400_000;

/** Evenly over the orders of magnitude, as latencies are. */
const latencies = fc.array(
  fc.double({ min: 0, max: Math.log(4 * DAY_MS), noNaN: true }).map((power) => Math.exp(power)),
  { minLength: 1, maxLength: 300 },
);

function count(all: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>();
  for (const latencyMs of all) bins.set(binOf(latencyMs), (bins.get(binOf(latencyMs)) ?? 0) + 1);
  return bins;
}

/** By nearest rank. */
function exactly(all: readonly number[], part: number): number {
  const sorted = all.toSorted((left, right) => left - right);
  return sorted[Math.max(1, Math.ceil(part * sorted.length)) - 1] ?? Number.NaN;
}

test("a percentile out of bins is off by a fifth at most, or by the shortest latency that is told apart", () => {
  expect(MOST_ERROR).toBeLessThan(1.2);
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1), (all, part) => {
      const [exact, found = Number.NaN] = [exactly(all, part), percentileOf(count(all), part)];
      if (exact < SHORTEST_MS) return Math.abs(found - exact) <= SHORTEST_MS;
      return found / exact < MOST_ERROR * 1.000_001 && exact / found < MOST_ERROR * 1.000_001;
    }),
    { numRuns: 1_000 },
  );
});

test("bins of several processes add up to what one would have counted", () => {
  fc.assert(
    fc.property(latencies, latencies, (one, other) => {
      const sum = count(one);
      for (const [bin, number] of count(other)) sum.set(bin, (sum.get(bin) ?? 0) + number);
      expect(sum).toEqual(count([...one, ...other]));
    }),
  );
});

test("a longer latency is never in a lower bin, and what outlasts every retry is in the last", () => {
  fc.assert(
    fc.property(latencies, (all) => {
      const bins = all.toSorted((left, right) => left - right).map(binOf);
      return bins.every((bin, index) => bin >= (bins[index - 1] ?? 0));
    }),
  );
  expect(binOf(0)).toBe(0);
  expect(binOf(SHORTEST_MS - 1)).toBe(0);
  expect(binOf(SHORTEST_MS)).toBe(1);
  expect(binOf(4 * DAY_MS)).toBe(binOf(400 * DAY_MS));
  expect(binOf(2 * DAY_MS)).toBeLessThan(binOf(4 * DAY_MS));
});

test("of nothing there is no percentile", () => {
  expect(percentileOf(new Map(), 0.5)).toBeUndefined();
  expect(percentileOf(new Map([[7, 0]]), 0.5)).toBeUndefined();
});
