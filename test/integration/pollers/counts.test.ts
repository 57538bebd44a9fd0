import { expect } from "vitest";

import type { Miscount } from "../../../src/sandbox/faults/faults.ts";
import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

test.for([
  [1_150, { kind: "capped", at: 1_000 }],
  [330, { kind: "unfiltered" }],
  [330, { kind: "constant", value: 300 }],
  [330, { kind: "constant", value: 0 }],
  [330, { kind: "missing" }],
  [330, { kind: "text" }],
] as const satisfies readonly (readonly [number, Miscount])[])(
  "of %i patients, counts that are %o hold nobody, are remembered, and are not used for a day",
  async ([patients, miscount], { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients, appointments: 1 } });
    await bench.poll("patients");
    bench.clinic.faults.miscount(miscount);
    for (let hour = 0; hour < 30; hour++) {
      bench.tick(HOUR_MS);
      await bench.poll("patients");
    }

    expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed"]);
    expect(await bench.events()).toEqual([]);
    const counts = bench.steps.filter(({ name }) => name === "count");
    // Before it lied, when that was noticed, and once more after a day.
    expect(counts.length).toBeLessThanOrEqual(3);
    expect((await bench.reading.read("northside", "patients")).countsUnreliableAt).toBeGreaterThan(0);
  },
);

test("where counts are no use, walks find what vanished, in hours", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 330, appointments: 1 } });
  await bench.poll("patients");
  bench.clinic.faults.miscount({ kind: "unfiltered" });
  bench.tick(HOUR_MS);
  await bench.poll("patients");
  const [patient = ""] = bench.clinic.desk
    .patients()
    .filter(({ archived_at }) => archived_at === null)
    .map(({ id }) => id);
  bench.clinic.desk.archivePatient(patient);
  bench.clinic.desk.deletePatientForGood(patient);
  bench.tick(6 * HOUR_MS);
  for (let poll = 0; poll < 8; poll++) {
    await bench.poll("patients");
    bench.tick(61_000);
  }

  expect((await bench.events()).map(({ type, subject }) => [type, subject.id])).toEqual([
    ["patient.deleted", patient],
  ]);
});

test("counts that are right are used every hour", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 330, appointments: 1 } });
  await bench.poll("patients");
  for (let hour = 0; hour < 5; hour++) {
    await bench.poll("patients");
    bench.tick(HOUR_MS);
  }

  expect(bench.steps.filter(({ name }) => name === "count")).toHaveLength(5);
  expect((await bench.reading.read("northside", "patients")).countsUnreliableAt).toBe(0);
});

test.for([undefined, { kind: "constant", value: 330 }] as const)(
  "most patients hidden is found by rows and holds the account, counts being %o",
  async (miscount, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients: 330, appointments: 1 } });
    await bench.poll("patients");
    bench.tick(20_000);
    await bench.poll("patients");
    bench.clinic.faults.miscount(miscount);
    bench.clinic.faults.restrict("patients", { hiddenShare: 0.8 });
    bench.tick(6 * HOUR_MS);
    for (let poll = 0; poll < 3; poll++) {
      await bench.poll("patients");
      bench.tick(61_000);
    }
    expect(bench.notices.at(-1)?.detail).toMatch(/^\d+ of 330 known records are missing at once/);
  },
);
