/** The simulation sees what it is for: each design that others use loses changes in it. More: NAIVE_RUNS=120. */
import { expect, test } from "vitest";

import { type BusyRun } from "../support/simulation/busy-clinic.ts";
import { formatRuns, isLossy, runMany } from "../support/simulation/busy-runs.ts";
import { naiveDesigns } from "../support/simulation/designs.ts";

/** How many runs it takes to see it: offset pages lose a row in one run of seven, the others in every one. */
const RUNS: Readonly<Record<string, number>> = { P1: 3, P2: 4, P3: 4, P4: 4, P5: 40, P5o: 20, P5c: 20 };
const MORE = process.env["NAIVE_RUNS"];

const table: BusyRun[][] = [];

for (const design of naiveDesigns) {
  // Sorted by what never moves, rows only join the window: an offset shows some of them twice, and leaves none out.
  const loses = !["P5o", "P5c"].includes(design.name);
  test(`${design.name} (${design.what}) ${loses ? "loses changes for ever" : "loses nothing"}`, async () => {
    const runs = await runMany(design, Number(MORE ?? RUNS[design.name] ?? 4));
    table.push(runs);
    const lossy = runs.filter(isLossy).length;
    expect(lossy > 0, `${lossy} of ${runs.length} runs`).toBe(loses);
  }, 600_000);
}

test("the table of them all", () => {
  console.log(formatRuns(table));
  expect(table).toHaveLength(naiveDesigns.length);
});
