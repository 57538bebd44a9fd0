import { describe, expect } from "vitest";

import { pagePath } from "../../../src/cliniko/list-query.ts";
import { resources } from "../../../src/resources/registry.ts";
import type { Fault } from "../../../src/sandbox/faults/faults.ts";
import { pageRequest } from "../../support/page-request.ts";
import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

const VISITS = ["northside", "individual_appointments"] as const;
const VISIT = resources.individual_appointments;
/** What each step asks for, as it stands in its path. */
const ASKED = {
  // The list with no condition but those that show what is hidden.
  count: pagePath(VISIT, pageRequest({}, VISIT)),
  near: encodeURIComponent("starts_at:>="),
  walk: encodeURIComponent("id:="),
} as const;
const FAULTS: readonly Fault[] = [
  { kind: "status", status: 504 },
  { kind: "torn_json" },
  { kind: "reset" },
  { kind: "wrong_content_type" },
];

const STEPS = ["count", "near", "walk"] as const;
const CASES = STEPS.flatMap((step) => FAULTS.map((fault) => ({ step, fault })));

describe.each(CASES)("while the step $step fails with $fault.kind", ({ step, fault }) => {
  test("the others go on, it pauses longer each time, and is well again", async ({ bench }) => {
    const { clinic, reading } = bench;
    await bench.poll();
    bench.tick(20_000);
    await bench.poll();
    clinic.faults.failRandomly(fault, 1, { path: ASKED[step] });
    bench.tick(90_000_000); // all three are due
    const from = bench.steps.length;
    const polls = 60;
    for (let poll = 0; poll < polls; poll++) {
      bench.tick(20_000);
      await bench.poll();
    }

    const [failing] = await reading.failingSteps(...VISITS);
    expect(failing).toMatchObject({ step, failures: expect.any(Number) });
    const tried = bench.steps.slice(from).filter(({ result }) => result.kind === "failed");
    // Twenty minutes: after 0, 30, 90, 210, 450 and 930 s, or every five minutes at the latest.
    expect(tried.length).toBe(failing?.failures);
    expect(tried.length).toBeGreaterThanOrEqual(5);
    expect(tried.length).toBeLessThanOrEqual(8);
    const well = bench.steps.slice(from).filter(({ result }) => result.kind === "done");
    const names = new Set(well.map(({ name }) => name));
    const wanted = { count: "count", near: "what may change without a stamp", walk: "walk" };
    for (const other of ["count", "near", "walk"] as const) {
      expect(names.has(wanted[other])).toBe(other !== step);
    }
    expect(bench.scans.slice(-polls).every(({ kind }) => kind === "completed")).toBe(true);

    clinic.faults.heal();
    bench.tick(3_600_000);
    await bench.poll();
    expect(await reading.failingSteps(...VISITS)).toEqual([]);
    expect(bench.steps.at(-1)?.result.kind).toBe("done");
    expect(await bench.events()).toEqual([]);
  });
});

test("a limit that is spent ends reconciliation: no step would fare better, and none is said to fail", async ({
  bench,
}) => {
  await bench.poll();
  bench.clinic.faults.failRandomly({ kind: "rate_limited", resetInMs: 60_000 }, 1, { path: ASKED.count });
  bench.tick(90_000_000);
  await bench.poll();

  expect(bench.kept.at(-1)).toMatchObject({ kind: "failed", failure: { kind: "rate_limited" }, failing: [] });
  expect(await bench.reading.failingSteps(...VISITS)).toEqual([]);
});

test("a count that hangs is given up within reconciliation's patience, and a change is told by the next poll", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, reconcile: { timeoutMs: 200 } });
  const { clinic } = bench;
  await bench.poll();
  clinic.faults.failRandomly({ kind: "hang" }, 1, { path: ASKED.count });
  bench.tick(90_000_000);
  const startedAt = performance.now();
  await bench.poll();
  // The client itself would wait for ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(9_500);
  expect(await bench.reading.failingSteps(...VISITS)).toMatchObject([
    { step: "count", kind: "unavailable", pauseMs: 30_000 },
  ]);
  const [visit] = clinic.desk.appointments().filter((row) => row.cancelled_at === null);
  clinic.desk.editNote(visit?.id ?? "", "found all the same");
  bench.tick(5_000);
  await bench.poll();
  expect((await bench.events()).map(({ subject }) => subject.id)).toEqual([visit?.id]);
});

test("what there was no time for comes first in the next poll", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, reconcile: { timeoutMs: 20_000 } });
  await bench.poll();
  bench.tick(20_000);
  await bench.poll();
  // Each answer takes six seconds by the clock of both: after two of them no further step is begun.
  bench.beforeAnswer(() => bench.tick(6_000));
  bench.tick(90_000_000);
  const names: string[][] = [];
  for (let poll = 0; poll < 2; poll++) {
    const from = bench.steps.length;
    await bench.poll();
    names.push(bench.steps.slice(from).map(({ name }) => name));
    bench.tick(5_000);
  }
  expect(names).toEqual([["count", "what may change without a stamp"], ["walk"]]);
});
