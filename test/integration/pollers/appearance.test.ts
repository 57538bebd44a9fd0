import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { disposedAfter, test as base } from "../../support/redis-test.ts";

const test = base.extend("bench", async ({ redis, keys }, { onCleanup }) =>
  disposedAfter(onCleanup, await createPollBench({ redis, keys, seed: { patients: 40, appointments: 1 } })),
);

const HOUR_MS = 3_600_000;

/** Polls patients until a count and a walk have run. */
async function settle(bench: PollBench, hours = 1): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    bench.tick(HOUR_MS);
    for (let poll = 0; poll < 5; poll++) {
      await bench.poll("patients");
      bench.tick(20_000);
    }
  }
}

async function told(bench: PollBench): Promise<(readonly [string, string])[]> {
  return (await bench.events()).map(({ type, subject }) => [type, subject.id] as const);
}

function held(bench: PollBench): string[] {
  return bench.notices.filter(({ transition }) => transition === "degraded").map(({ detail }) => detail);
}

/** An administrator sees everything, as the key's user is to some day: a bench whose role sees a part at first. */
async function narrow(
  bench: PollBench,
  restriction: "empty" | { readonly hiddenShare: number } | { readonly hiddenIds: readonly string[] },
): Promise<void> {
  bench.clinic.faults.restrict("patients", restriction);
  await bench.poll("patients");
  await settle(bench);
}

test.for([
  [300, "empty"],
  [300, { hiddenShare: 0.8 }],
  [2_950, "empty"],
] as const)(
  "a role that is widened to %i patients, of whom it saw %o, holds the account, and none is told as created",
  async ([patients, restriction], { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients, appointments: 1 } });
    await narrow(bench, restriction);
    bench.clinic.faults.heal();
    await settle(bench, 2);
    expect(await told(bench)).toEqual([]);
    expect(held(bench)).toHaveLength(1);
    expect(held(bench)[0]).toMatch(/^\d+ older records appeared/);

    // Taken over silently; what changes from then on is told.
    await bench.release();
    await settle(bench);
    expect(await told(bench)).toEqual([]);
    expect(bench.notices.at(-1)?.transition).toBe("recovered");
    const [patient] = bench.clinic.desk.patients().filter(({ archived_at }) => archived_at === null);
    bench.clinic.desk.renamePatient(patient?.id ?? "", "Ada", "Quill");
    await bench.poll("patients");
    expect(await told(bench)).toEqual([["patient.updated", patient?.id]]);
    const reading = await bench.reading.read("northside", "patients");
    expect(reading.appearances).toBeUndefined();
  },
);

test("whoever releases may have the records that appeared told", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 120, appointments: 1 } });
  await narrow(bench, "empty");
  bench.clinic.faults.heal();
  await settle(bench);
  await bench.release({ appeared: "tell" });
  await settle(bench, 2);

  const created = (await told(bench)).filter(([type]) => type === "patient.created");
  expect(new Set(created.map(([, id]) => id))).toEqual(new Set(bench.seeded.patientIds));
  expect(created).toHaveLength(120);
});

test("a few old patients who appear are taken over silently, and change like any other", async ({
  bench,
}) => {
  const hiddenIds = bench.seeded.patientIds.slice(0, 15);
  await narrow(bench, { hiddenIds });
  bench.clinic.faults.heal();
  await settle(bench, 2);
  expect(await told(bench)).toEqual([]);
  expect(held(bench)).toEqual([]);

  const { desk } = bench.clinic;
  const patient = desk
    .patients()
    .find(({ id, archived_at }) => hiddenIds.includes(id) && archived_at === null);
  desk.renamePatient(patient?.id ?? "", "Ada", "Quill");
  await bench.poll("patients");
  expect(await told(bench)).toEqual([["patient.updated", patient?.id]]);
});

test("an old patient who is first seen because of a change is told as updated, not as created", async ({
  bench,
}) => {
  const { desk, faults } = bench.clinic;
  const patient = desk.patients().find(({ archived_at }) => archived_at === null)?.id ?? "";
  await narrow(bench, { hiddenIds: [patient] });
  faults.heal();
  bench.tick(5_000);
  desk.renamePatient(patient, "Ada", "Quill");
  await bench.poll("patients");

  expect(await told(bench)).toEqual([["patient.updated", patient]]);
});

test("260 patients registered at once are told as created, each of them, and hold nobody", async ({
  bench,
}) => {
  await bench.poll("patients");
  await settle(bench);
  const registered = Array.from({ length: 260 }, (_, at) => {
    return bench.clinic.desk.registerPatient({ first_name: `New ${at}` });
  });
  await settle(bench, 2);

  expect(await told(bench)).toHaveLength(registered.length);
  expect(new Set((await told(bench)).map(([type]) => type))).toEqual(new Set(["patient.created"]));
  expect(held(bench)).toEqual([]);
});

test("one registered while the role was narrow is told as created when it is widened: it was made after the first sync", async ({
  bench,
}) => {
  await bench.poll("patients");
  await settle(bench);
  const patient = bench.clinic.desk.registerPatient({ first_name: "Late" });
  bench.clinic.faults.restrict("patients", { hiddenIds: [patient] });
  await settle(bench, 3);
  expect(await told(bench)).toEqual([]);
  bench.clinic.faults.heal();
  await settle(bench, 2);

  expect(await told(bench)).toEqual([["patient.created", patient]]);
});

test("300 patients who say that they are deleted are too many to be told without a person", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 300, appointments: 1 } });
  const { clinic } = bench;
  await bench.poll("patients");
  await settle(bench);
  clinic.faults.sayDeleted("patients", "2026-11-23T11:00:00Z");
  for (const { id } of clinic.desk.patients()) clinic.desk.changePatient(id, { email: `${id}@example.com` });
  bench.tick(5_000);
  await bench.poll("patients");

  expect((await told(bench)).length).toBeLessThanOrEqual(20);
  const guards = bench.notices.filter(({ transition }) => transition === "permission_reduced");
  expect(guards[0]?.detail).toContain("are said to be deleted within a day");
});
