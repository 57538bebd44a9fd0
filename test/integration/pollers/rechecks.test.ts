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

/** An appointment that was noted, and then not come to, with no stamp of its own for that: both are told. */
async function openAbsent(
  given: Pick<Parameters<typeof createPollBench>[0], "redis" | "keys">,
): Promise<PollBench & { readonly visit: string }> {
  const bench = await createPollBench({ ...given, unknowns: { arrivalMovesUpdatedAt: false } });
  const visit = soon(bench);
  await bench.poll();
  bench.tick(60_000);
  bench.clinic.desk.editNote(visit, "known");
  await pollFor(bench, "individual_appointments", 1, 5_000);
  bench.clinic.desk.markDidNotArrive(visit);
  await pollFor(bench, "individual_appointments", 1, 5_000);
  return Object.assign(bench, { visit });
}

const ABSENT = [
  ["appointment.updated", "known"],
  ["appointment.did_not_arrive", "known"],
];

test("I6: a list of a cache takes back no change that moved no stamp", async ({ redis, keys }) => {
  await using bench = await openAbsent({ redis, keys });
  expect(await told(bench)).toEqual(ABSENT);
  bench.clinic.faults.staleLists({ minMs: 14_000, maxMs: 14_000 });
  await pollFor(bench, "individual_appointments", 1, 5_000);
  expect(bench.scans.at(-1)).toMatchObject({ doubted: [bench.visit] });
  bench.clinic.faults.heal();
  await pollFor(bench, "individual_appointments", 4, 61_000);
  expect(await told(bench)).toEqual(ABSENT);
});

test("I6: nor does one that is read for what takes place soon", async ({ redis, keys }) => {
  await using bench = await openAbsent({ redis, keys });
  bench.tick(200_000);
  bench.clinic.desk.clearDidNotArrive(bench.visit);
  await pollFor(bench, "individual_appointments", 1, 100_000);
  const cleared = [...ABSENT, ["appointment.did_not_arrive_reverted", "known"]];
  expect(await told(bench)).toEqual(cleared);
  bench.clinic.faults.alternateList("individual_appointments", bench.now() - 110_000);
  await pollFor(bench, "individual_appointments", 6, 160_000);
  expect(await told(bench)).toEqual(cleared);
});

test("I6: two caches that answer in turn, of two edits in one second, tell the first no more", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { desk, faults } = bench.clinic;
  const visit = soon(bench);
  await bench.poll();
  bench.tick(60_000);
  desk.editNote(visit, "one");
  bench.tick(300);
  desk.editNote(visit, "two");
  faults.alternateList("individual_appointments", bench.now() - 100);
  await pollFor(bench, "individual_appointments", 8, 5_000);
  faults.heal();
  await pollFor(bench, "individual_appointments", 2, 61_000);
  expect(await told(bench)).toEqual([
    ["appointment.updated", "one"],
    ["appointment.updated", "two"],
  ]);
});

test("what a list of a cache still shows after its deletion was told is not restored, and what answers again is", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { desk, faults } = bench.clinic;
  const visit = soon(bench);
  await bench.poll();
  bench.tick(300_000);
  desk.editNote(visit, "last");
  const at = bench.now();
  await pollFor(bench, "individual_appointments", 1, 5_000);
  desk.of("individual_appointments").remove(visit);
  await pollFor(bench, "individual_appointments", 1, 5_000);
  await pollFor(bench, "individual_appointments", 1, 61_000);
  const types = async (): Promise<unknown[]> => (await bench.events()).map(({ type }) => type);
  const gone = ["appointment.updated", "appointment.deleted"];
  expect(await types()).toEqual(gone);
  bench.tick(5_000);
  const age = bench.now() - at - 2_000;
  faults.staleLists({ minMs: age, maxMs: age });
  await bench.poll();
  expect(bench.scans.at(-1)).toMatchObject({ doubted: [visit] });
  faults.heal();
  await pollFor(bench, "individual_appointments", 6, 61_000);
  expect(await types()).toEqual(gone);
  const other = soon(bench);
  faults.restrict("individual_appointments", { hiddenIds: [other] });
  bench.tick(3_600_000);
  await pollFor(bench, "individual_appointments", 3, 61_000);
  expect(await types()).toEqual([...gone, "appointment.deleted"]);
  faults.heal();
  desk.touch(other);
  await pollFor(bench, "individual_appointments", 1, 5_000);
  expect(await types()).toEqual([...gone, "appointment.deleted", "appointment.restored"]);
});

test("more than are asked for in one poll are doubted, and all of them are told", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { appointments: 600 } });
  const { desk } = bench.clinic;
  // Nothing else reads what is over, nor soon. Three polls show them: more than those three ask for.
  const visits = desk
    .appointments()
    .filter(({ starts_at }) => starts_at < bench.now() / 1_000 - 2 * 86_400)
    .slice(0, 80)
    .map(({ id }) => id);
  expect(visits).toHaveLength(80);
  await bench.poll();
  bench.tick(60_000);
  for (const note of ["one", "two"]) {
    for (const visit of visits) desk.editNote(visit, note);
    bench.tick(100);
    await bench.poll();
  }
  await pollFor(bench, "individual_appointments", 8, 130_000);
  const notes = (await told(bench)).map(([, note]) => note);
  expect(notes.filter((note) => note === "one")).toHaveLength(80);
  expect(notes.filter((note) => note === "two")).toHaveLength(80);
});

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
