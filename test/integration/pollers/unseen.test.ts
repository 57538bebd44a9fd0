import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

async function pollFor(bench: PollBench, polls: number, everyMs: number): Promise<void> {
  for (let poll = 0; poll < polls; poll++) {
    bench.tick(everyMs);
    await bench.poll("patients");
  }
}

async function told(bench: PollBench): Promise<string[]> {
  return (await bench.events()).map(({ type, subject }) => `${type} ${subject.id}`).toSorted();
}

function transitions(bench: PollBench): string[] {
  return bench.notices.map(({ transition }) => transition).filter((name) => name !== "baseline_completed");
}

/** Patients who can be changed. */
function standing({ clinic }: PollBench): string[] {
  return clinic.desk
    .patients()
    .filter(({ archived_at }) => archived_at === null)
    .map(({ id }) => id);
}

/** A clinic that was read and counted, and has been quiet for a while. */
async function open(
  fixture: Pick<Parameters<typeof createPollBench>[0], "redis" | "keys">,
  patients: number,
): Promise<PollBench> {
  const bench = await createPollBench({ ...fixture, seed: { patients, appointments: 1 } });
  await bench.poll("patients");
  await pollFor(bench, 2, 60_000);
  return bench;
}

/** Changes some patients and registers others; answers what is to be told of it. */
function work(bench: PollBench, ids: readonly string[], registered = 3): string[] {
  for (const id of ids) bench.clinic.desk.changePatient(id, { email: `${id}@example.com` });
  const made = Array.from({ length: registered }, () =>
    bench.clinic.desk.registerPatient({ first_name: "New" }),
  );
  return [
    ...ids.map((id) => `patient.updated ${id}`),
    ...made.map((id) => `patient.created ${id}`),
  ].toSorted();
}

test.for([300, 2_950])(
  "what happened to %i patients while a role hid them is told after the release, and nothing is claimed before",
  async (patients, { redis, keys }) => {
    await using bench = await open({ redis, keys }, patients);
    bench.clinic.faults.restrict("patients", "empty");
    const hiddenAt = bench.clinic.now();
    // For most of an hour nobody notices: the watermark moves on.
    await pollFor(bench, 5, 60_000);
    const expected = work(bench, standing(bench).slice(0, 12));
    await pollFor(bench, 60, 60_000);
    expect(transitions(bench)).toEqual(["permission_reduced"]);
    expect(await bench.completeUpTo("patients")).toBeLessThanOrEqual(hiddenAt);
    const later = work(bench, standing(bench).slice(20, 25));
    bench.tick(20 * HOUR_MS);

    bench.clinic.faults.heal();
    await bench.release();
    expect(transitions(bench)).toEqual(["permission_reduced"]);
    let polls = 0;
    while (!transitions(bench).includes("recovered") && polls < 10) {
      expect(await bench.completeUpTo("patients")).toBeLessThanOrEqual(hiddenAt);
      await pollFor(bench, 1, 1_000);
      polls += 1;
    }
    expect(polls).toBeLessThanOrEqual(Math.ceil(patients / 100 / 20));
    expect(await told(bench)).toEqual([...expected, ...later].toSorted());
    expect(await bench.completeUpTo("patients")).toBeGreaterThan(bench.clinic.now() - 5_000);
  },
);

test("a change without a stamp that was made while most rows were hidden is found by the walk after the release", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { arrivalMovesUpdatedAt: false } });
  const { desk, faults } = bench.clinic;
  await bench.poll();
  bench.tick(60_000);
  await bench.poll();
  faults.restrict("individual_appointments", "empty");
  // Long ago: not among what takes place soon.
  const [visit] = desk
    .appointments()
    .filter(({ archived_at, cancelled_at }) => archived_at === null && cancelled_at === null)
    .filter(({ starts_at }) => starts_at < bench.clinic.now() / 1_000 - 3 * 86_400);
  desk.markDidNotArrive(visit?.id ?? "");
  bench.tick(HOUR_MS);
  await bench.poll();
  expect(transitions(bench)).toEqual(["permission_reduced"]);
  faults.heal();
  await bench.release();
  for (let poll = 0; poll < 3; poll++) {
    bench.tick(1_000);
    await bench.poll();
  }

  expect((await bench.events()).map(({ type }) => type)).toEqual(["appointment.did_not_arrive"]);
  expect(transitions(bench)).toEqual(["permission_reduced", "recovered"]);
});

test("released while the rows are still hidden, the guard holds again and claims nothing", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 300);
  bench.clinic.faults.restrict("patients", "empty");
  const hiddenAt = bench.clinic.now();
  await pollFor(bench, 1, HOUR_MS);
  await bench.release();
  await pollFor(bench, 2, 5_000);

  expect(transitions(bench)).toEqual(["permission_reduced", "permission_reduced"]);
  expect(await bench.completeUpTo("patients")).toBeLessThanOrEqual(hiddenAt);
});

test("a role that loses its sight for minutes is noticed by what the overlap no longer shows", async ({
  redis,
  keys,
}) => {
  await using bench = await open({ redis, keys }, 300);
  const [seen = "", ...others] = standing(bench);
  const before = work(bench, [seen], 0);
  await pollFor(bench, 1, 5_000);
  bench.clinic.faults.restrict("patients", "empty");
  const hiddenAt = bench.clinic.now();
  const meanwhile = work(bench, others.slice(0, 4));
  await pollFor(bench, 1, 20_000);
  expect(transitions(bench)).toEqual(["permission_reduced"]);
  expect(await bench.completeUpTo("patients")).toBeLessThanOrEqual(hiddenAt);

  bench.tick(300_000);
  bench.clinic.faults.heal();
  await bench.release();
  await pollFor(bench, 2, 5_000);
  expect(await told(bench)).toEqual([...before, ...meanwhile].toSorted());
  expect(transitions(bench)).toEqual(["permission_reduced", "recovered"]);
});

test("old pages from a cache hold nobody, and lose and repeat nothing", async ({ redis, keys }) => {
  await using bench = await open({ redis, keys }, 300);
  const [first = "", ...others] = standing(bench);
  const expected = work(bench, [first], 0);
  await pollFor(bench, 1, 5_000);
  bench.clinic.faults.staleLists({ minMs: 30_000, maxMs: 30_000 });
  await pollFor(bench, 4, 5_000);
  expected.push(...work(bench, others.slice(0, 3)));
  await pollFor(bench, 12, 10_000);
  bench.clinic.faults.heal();
  await pollFor(bench, 2, 10_000);

  expect(await told(bench)).toEqual(expected.toSorted());
  expect(transitions(bench)).toEqual([]);
});

test("where the overlap shows what it must, nothing besides the scans is asked", async ({ redis, keys }) => {
  await using bench = await open({ redis, keys }, 300);
  const asked = bench.steps.length;
  for (const id of standing(bench).slice(0, 10)) {
    work(bench, [id], 0);
    await pollFor(bench, 3, 7_000);
  }
  expect(bench.steps.length).toBe(asked);
});
