import { expect } from "vitest";

import { test } from "../../support/poll-test.ts";
import { createPollBench } from "../../support/poll-bench.ts";

test("I10: a patient deleted for good is told, with the appointments, after two 404s a minute apart", async ({
  bench,
}) => {
  const { clinic } = bench;
  await bench.poll("patients");
  await bench.poll();
  const visits = clinic.desk.appointments();
  const patient = visits[0]?.patient_id ?? "";
  const theirs = visits.filter(({ patient_id }) => patient_id === patient).map(({ id }) => id);
  bench.tick(10_000);
  clinic.desk.archivePatient(patient);
  bench.tick(10_000);
  await bench.poll("patients");
  clinic.desk.deletePatientForGood(patient);

  bench.tick(3_600_000);
  await bench.poll("patients"); // the count finds it missing
  bench.tick(5_000);
  await bench.poll("patients"); // the first 404
  expect((await bench.events()).filter(({ type }) => type === "patient.deleted")).toEqual([]);
  bench.tick(30_000);
  await bench.poll("patients"); // too soon for a second question
  expect((await bench.events()).filter(({ type }) => type === "patient.deleted")).toEqual([]);
  bench.tick(31_000);
  await bench.poll("patients"); // the second 404
  const [deleted] = (await bench.events()).filter(({ type }) => type === "patient.deleted");
  expect(deleted).toMatchObject({
    subject: { type: "patient", id: patient },
    origin: "sweep",
    data: { object: null, transitions: ["deleted"] },
  });
  expect(deleted?.data.previous["last_name"]).toEqual(expect.any(String));

  for (let round = 0; round < 4; round++) {
    await bench.poll();
    bench.tick(61_000);
  }
  const gone = (await bench.events()).filter(({ type }) => type === "appointment.deleted");
  expect(new Set(gone.map(({ subject }) => subject.id))).toEqual(new Set(theirs));
  expect(gone).toHaveLength(theirs.length);
});

test("a count over everything costs one request where nothing is missing", async ({ redis, keys }) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { appointments: 950 },
    reconcile: { nearMs: Number.MAX_SAFE_INTEGER },
  });
  await bench.poll();
  bench.tick(3_700_000);
  const before = bench.requests();
  await bench.poll();
  expect(bench.requests() - before).toBe(2); // the scan and the count
});

test("a suspected record that answers is cleared, and nothing is told", async ({ bench }) => {
  await bench.poll();
  await bench.reading.suspect("northside", "individual_appointments", [bench.seeded.appointmentIds[3] ?? ""]);
  bench.tick(5_000);
  await bench.poll();
  expect((await bench.reading.suspects("northside", "individual_appointments")).size).toBe(0);
  expect(await bench.events()).toEqual([]);
});

test("a change that moves no stamp is found among what takes place soon, and by the walk", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { arrivalMovesUpdatedAt: false } });
  const { clinic } = bench;
  await bench.poll();
  bench.tick(200_000);
  const soon = clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null)
    .filter((row) => Math.abs(row.starts_at - clinic.now() / 1_000) < 80_000 && row.did_not_arrive !== true);
  const [visit] = soon;
  clinic.desk.markDidNotArrive(visit?.id ?? "");
  bench.tick(301_000);
  for (let poll = 0; poll < 4; poll++) {
    await bench.poll();
    bench.tick(5_000);
  }
  expect((await bench.events()).map(({ type, origin }) => [type, origin])).toEqual([
    ["appointment.did_not_arrive", "sweep"],
  ]);
  clinic.desk.clearDidNotArrive(visit?.id ?? "");
  bench.tick(86_400_000 * 20); // no longer near, but the walk comes by
  for (let poll = 0; poll < 6; poll++) {
    await bench.poll();
    bench.tick(5_000);
  }
  expect((await bench.events()).map(({ type }) => type)).toEqual([
    "appointment.did_not_arrive",
    "appointment.did_not_arrive_reverted",
  ]);
});

test("appointments that a merge moved without a stamp are told", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { mergeMovesUpdatedAt: false } });
  const { clinic } = bench;
  await bench.poll("patients");
  await bench.poll();
  bench.tick(600_000);
  await bench.poll();
  const visits = clinic.desk.appointments();
  const loser = visits[0]?.patient_id ?? "";
  const survivor = visits.find(({ patient_id }) => patient_id !== loser)?.patient_id ?? "";
  const moved = clinic.desk.mergePatients(loser, survivor);
  bench.tick(5_000);
  await bench.poll("patients");
  await bench.poll();
  const events = await bench.events();
  expect(events.filter(({ type }) => type === "patient.merged").map(({ subject }) => subject.id)).toEqual([
    loser,
  ]);
  const updated = events.filter(({ type }) => type === "appointment.updated");
  expect(new Set(updated.map(({ subject }) => subject.id))).toEqual(new Set(moved));
  expect(updated[0]?.data.changed).toEqual(["patient"]);
});
