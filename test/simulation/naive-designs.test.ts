/** The simulation sees what it is for: each design that others use loses changes in it. More: NAIVE_RUNS=120. */
import { expect, test } from "vitest";

import { type BusyRun } from "../support/simulation/busy-clinic.ts";
import { formatRuns, isLossy, runMany } from "../support/simulation/busy-runs.ts";
import { naiveDesigns } from "../support/simulation/designs.ts";

/** Offset pages lose a row in one run of seven, the others in every one: the first that does is enough. */
const RUNS = { losing: 40, sound: 20 };
/** All of them, for the table. */
const MORE = process.env["NAIVE_RUNS"];

const table: BusyRun[][] = [];

for (const design of naiveDesigns) {
  // Sorted by what never moves, rows only join the window: an offset shows some of them twice, and leaves none out.
  const loses = !["P5o", "P5c"].includes(design.name);
  test(`${design.name} (${design.what}) ${loses ? "loses changes for ever" : "loses nothing"}`, async () => {
    const runs = MORE
      ? await runMany(design, Number(MORE))
      : await runMany(design, loses ? RUNS.losing : RUNS.sound, isLossy);
    table.push(runs);
    const lossy = runs.filter(isLossy).length;
    expect(lossy > 0, `${lossy} of ${runs.length} runs`).toBe(loses);
  }, 600_000);
}

test("the table of them all", () => {
  console.log(formatRuns(table));
  expect(table).toHaveLength(naiveDesigns.length);
});
