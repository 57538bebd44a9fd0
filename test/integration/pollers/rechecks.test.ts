import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;

async function pollFor(
  bench: PollBench,
  resource: "patients" | "individual_appointments",
  polls: number,
  everyMs: number,
): Promise<void> {
  for (let poll = 0; poll < polls; poll++) {
    bench.tick(everyMs);
    await bench.poll(resource);
  }
}

async function told(bench: PollBench): Promise<(readonly [string, unknown])[]> {
  const events = await bench.events();
  return events.map(({ data, type }) => [type, data.object?.["email"] ?? data.object?.["notes"]] as const);
}

/** An appointment among what takes place soon. */
function soon({ clinic }: PollBench): string {
  const now = clinic.now() / 1_000;
  const [visit] = clinic.desk
    .appointments()
    .filter(({ archived_at, cancelled_at }) => archived_at === null && cancelled_at === null)
    .filter(({ starts_at }) => starts_at > now + 86_400 && starts_at < now + 5 * 86_400);
  return visit?.id ?? "";
}

test.for([1, 30, 1_200])(
  "a version that is stamped %i seconds before the known one is told when it stays, once",
  async (seconds, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys });
    const { desk, faults } = bench.clinic;
    const visit = soon(bench);
    await bench.poll();
    bench.tick(60_000);
    desk.editNote(visit, "known");
    await bench.poll();
    faults.stampEarly({ seconds });
    desk.editNote(visit, "stamped back");
    faults.heal();
    await pollFor(bench, "individual_appointments", 2, 5_000);
    expect(await told(bench)).toEqual([["appointment.updated", "known"]]);

    await pollFor(bench, "individual_appointments", 30, 60_000);
    expect(await told(bench)).toEqual([
      ["appointment.updated", "known"],
      ["appointment.updated", "stamped back"],
    ]);
    desk.editNote(visit, "and on");
    await pollFor(bench, "individual_appointments", 3, 60_000);
    expect((await bench.events()).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  },
);

test("a known stamp that lies in the future does not keep what comes after it from being told", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { desk, faults } = bench.clinic;
  const visit = soon(bench);
  await bench.poll();
  bench.tick(60_000);
  faults.stampEarly({ seconds: -10 * 3_600 });
  desk.editNote(visit, "of tonight");
  faults.heal();
  await bench.poll();
  bench.tick(60_000);
  desk.editNote(visit, "of now");
  await pollFor(bench, "individual_appointments", 40, 60_000);

  expect(await told(bench)).toEqual([
    ["appointment.updated", "of tonight"],
    ["appointment.updated", "of now"],
  ]);
});

test("a patient is walked past once a day, and what was stamped back is told then", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { desk, faults } = bench.clinic;
  const patient = desk.patients().find(({ archived_at }) => archived_at === null)?.id ?? "";
  await bench.poll("patients");
  bench.tick(60_000);
  desk.changePatient(patient, { email: "known@example.com" });
  await bench.poll("patients");
  faults.stampEarly({ seconds: 7_200 });
  desk.changePatient(patient, { email: "back@example.com" });
  faults.heal();
  await pollFor(bench, "patients", 26, HOUR_MS);

  expect(await told(bench)).toEqual([
    ["patient.updated", "known@example.com"],
    ["patient.updated", "back@example.com"],
  ]);
});

test.for([30, 120, 600])(
  "I6: lists that are %i seconds old regress nothing, in scans, in what takes place soon, or when looked at again",
  async (seconds, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, reconcile: { nearMs: 30_000, walkMs: 60_000 } });
    const { desk, faults } = bench.clinic;
    const visit = soon(bench);
    await bench.poll();
    bench.tick(1_000_000);
    await bench.poll();
    const age = { minMs: seconds * 1_000, maxMs: seconds * 1_000 };
    for (let round = 1; round <= 3; round++) {
      desk.editNote(visit, `edit ${round}`);
      bench.tick(2_000);
      await bench.poll();
      faults.staleLists(age);
      await pollFor(bench, "individual_appointments", 12, 61_000);
      faults.heal();
      await pollFor(bench, "individual_appointments", 3, 61_000);
    }

    expect(await told(bench)).toEqual([
      ["appointment.updated", "edit 1"],
      ["appointment.updated", "edit 2"],
      ["appointment.updated", "edit 3"],
    ]);
    expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed"]);
  },
);

test("of a few records that lists leave out for minutes nothing is lost, and nobody needs to release", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 40, appointments: 1 } });
  const { desk, faults } = bench.clinic;
  const ids = desk
    .patients()
    .filter(({ archived_at }) => archived_at === null)
    .slice(0, 5)
    .map(({ id }) => id);
  const change = (id: string): void => void desk.changePatient(id, { email: `${id}@example.com` });
  await bench.poll("patients");
  await pollFor(bench, "patients", 2, 60_000);
  change(ids[0] ?? "");
  await pollFor(bench, "patients", 1, 5_000);
  // By id they answer.
  faults.unlist("patients", ids);
  for (const id of ids.slice(1)) change(id);
  await pollFor(bench, "patients", 20, 20_000);
  expect(await told(bench)).toHaveLength(1);
  faults.heal();
  await pollFor(bench, "patients", 5, 20_000);

  expect((await bench.events()).map(({ type, subject }) => [type, subject.id]).toSorted()).toEqual(
    ids.map((id) => ["patient.updated", id]).toSorted(),
  );
  expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed"]);
});
