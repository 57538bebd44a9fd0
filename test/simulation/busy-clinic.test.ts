/**
 * I1, I2, I3, I4 and I21 in a clinic that never stops writing: 60 seeded runs. More: BUSY_RUNS=1000 BUSY_MINUTES=10.
 * One run again: BUSY_SEED=17.
 */
import { expect, test } from "vitest";

import { LONGEST_WAIT_MS } from "../support/simulation/busy-clinic.ts";
import { formatRuns, runMany } from "../support/simulation/busy-runs.ts";
import { fallbackByCreation, realDesign } from "../support/simulation/designs.ts";

const RUNS = Number(process.env["BUSY_RUNS"] ?? 60);

test(`I1: in ${RUNS} busy clinics nothing is lost, nothing is invented, and all ends up remembered right`, async () => {
  const runs = await runMany(realDesign, RUNS);
  console.log(formatRuns([runs]));
  const faulty = runs.filter(
    ({ wrong, lost, invented, faults }) => wrong.length + lost + invented + faults.length > 0,
  );
  expect(faulty.map(({ seed, wrong, faults }) => ({ seed, wrong, faults }))).toEqual([]);
  expect(Math.max(...runs.map(({ longestWaitMs }) => longestWaitMs))).toBeLessThan(LONGEST_WAIT_MS);
  // The twin: there was something to lose.
  expect(Math.min(...runs.map(({ events }) => events))).toBeGreaterThan(100);
}, 600_000);

test("the fallback by value invents nothing, and what it loses is counted", async () => {
  const runs = await runMany(fallbackByCreation, Math.ceil(RUNS / 6));
  console.log(formatRuns([runs]));
  expect(runs.filter(({ invented, faults }) => invented + faults.length > 0)).toEqual([]);
}, 600_000);
