import { expect } from "vitest";

import type { ResourceName } from "../../../src/resources/registry.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

/** Polls until what is missing has been counted, asked for and asked for again. */
async function settle(bench: PollBench, resource: ResourceName, hours = 1): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    bench.tick(HOUR_MS);
    for (let poll = 0; poll < 8; poll++) {
      await bench.poll(resource);
      bench.tick(61_000);
    }
  }
}

async function typesOf(bench: PollBench): Promise<string[]> {
  return (await bench.events()).map(({ type }) => type);
}

function heldDetails(bench: PollBench): string[] {
  return bench.notices
    .filter(({ transition }) => transition === "permission_reduced")
    .map(({ detail }) => detail);
}

test.for([1, 2, 15, 21, 300])(
  "a role that no longer sees any of %i patients deletes none: no record of the list is left that answers",
  async (patients, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients, appointments: 1 } });
    await bench.poll("patients");
    bench.clinic.faults.restrict("patients", "empty");
    await settle(bench, "patients");

    expect(await typesOf(bench)).toEqual([]);
    expect(heldDetails(bench)).toHaveLength(1);
    expect(heldDetails(bench)[0]).toContain(`of ${patients} known records are missing`);
  },
);

test("the last patient left is not deleted on two answers of 404, and is when an operator has accepted it", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 1, appointments: 1 } });
  await bench.poll("patients");
  const [patient = ""] = bench.seeded.patientIds;
  bench.tick(5_000);
  bench.clinic.desk.archivePatient(patient);
  await bench.poll("patients");
  bench.clinic.desk.deletePatientForGood(patient);
  await settle(bench, "patients");
  expect(await typesOf(bench)).toEqual(["patient.archived"]);
  expect(heldDetails(bench)).toEqual([
    "1 of 1 known records are missing and no other one answers: nothing is taken as deleted",
  ]);

  await bench.release({ acceptDeletions: true });
  await settle(bench, "patients");
  expect(await typesOf(bench)).toEqual(["patient.archived", "patient.deleted"]);
  expect((await bench.reading.read("northside", "patients")).deletionsAccepted).toBe(false);
});

test("a patient deleted for good is told while another one of fifteen answers", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 15, appointments: 1 } });
  await bench.poll("patients");
  deletePatients(bench, 1);
  await settle(bench, "patients");

  expect((await typesOf(bench)).filter((type) => type === "patient.deleted")).toHaveLength(1);
  expect(heldDetails(bench)).toEqual([]);
});

test("a witness that answered before and is hidden while suspects are asked for deletes nobody", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 15, appointments: 1 } });
  const { clinic, reading } = bench;
  await bench.poll("patients");
  const [gone = ""] = bench.seeded.patientIds;
  clinic.faults.restrict("patients", { hiddenIds: [gone] });
  bench.tick(HOUR_MS);
  await bench.poll("patients"); // the count
  bench.tick(61_000);
  await bench.poll("patients"); // the first 404
  bench.tick(61_000);
  // From the question for the suspect on, nothing answers any more.
  bench.beforeAnswer((path) => {
    if (path.startsWith(`/v1/patients/${gone}`)) clinic.faults.restrict("patients", "empty");
  });
  await bench.poll("patients");

  expect(await typesOf(bench)).toEqual([]);
  expect((await reading.suspects("northside", "patients")).size).toBe(2); // the witness is one of them now
});

test.for([
  [15, "patients"],
  [300, "patients"],
  [12, "group_appointments"],
] as const)(
  "a role that fades by a tenth an hour is held within the day, %i %s",
  async ([records, resource], { redis, keys }) => {
    await using bench = await createPollBench({
      redis,
      keys,
      seed:
        resource === "patients"
          ? { patients: records, appointments: 1 }
          : { patients: 20, appointments: 1, groupAppointments: records },
    });
    await bench.poll(resource);
    for (let wave = 1; wave <= 10; wave++) {
      bench.clinic.faults.restrict(resource, { hiddenShare: wave / 10 });
      await settle(bench, resource);
    }

    expect((await typesOf(bench)).length).toBeLessThanOrEqual(records === 300 ? 20 : records / 2);
    expect(heldDetails(bench)).toHaveLength(1);
  },
);

test("places in classes are not deleted by a role that sees none, nor told again when it does", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 20, appointments: 5, groupAppointments: 4 },
  });
  await bench.poll("group_appointments");
  await bench.poll("attendees");
  await bench.poll("attendees");
  bench.clinic.faults.restrict("attendees", "empty");
  await settle(bench, "attendees", 25); // they are walked through, once a day
  expect(await typesOf(bench)).toEqual([]);
  expect(heldDetails(bench)).toHaveLength(1);

  bench.clinic.faults.heal();
  await bench.release();
  await settle(bench, "attendees", 2);
  expect(await typesOf(bench)).toEqual([]);
});

function deletePatients({ clinic }: PollBench, count: number): void {
  for (const { id, archived_at } of clinic.desk.patients().slice(0, count)) {
    if (archived_at === null) clinic.desk.archivePatient(id);
    clinic.desk.deletePatientForGood(id);
  }
}
