import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

test("I11: a role that hides most patients deletes none, is told once, and waits for an operator", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 300, appointments: 5 } });
  const { clinic, keeper } = bench;
  await bench.poll("patients");
  clinic.faults.restrict("patients", { hiddenShare: 0.8 });
  bench.tick(3_700_000);
  await bench.poll("patients");
  const asked = bench.requests();
  bench.tick(60_000);
  await bench.poll("patients");
  await bench.poll("individual_appointments");
  expect(bench.requests()).toBe(asked); // the whole account is held
  const told = bench.notices.filter(({ transition }) => transition !== "baseline_completed");
  expect(told).toMatchObject([{ transition: "permission_reduced", resource: "patients" }]);
  expect(told[0]?.detail).toMatch(/^\d+ of 300 known records are missing at once/);

  // What happens meanwhile is told after the release, and nothing was deleted.
  clinic.faults.unrestrict("patients");
  const [patient = ""] = bench.seeded.patientIds;
  const renamed = clinic.desk.patients().find((row) => row.id === patient && row.archived_at === null)
    ? patient
    : (clinic.desk.patients().find((row) => row.archived_at === null)?.id ?? "");
  clinic.desk.renamePatient(renamed, "Ada", "Quill");
  await keeper.update("northside", () => ({ change: { resource: "patients", problem: null } }));
  await bench.poll("patients");
  expect((await bench.events()).map(({ type, subject }) => [type, subject.id])).toEqual([
    ["patient.updated", renamed],
  ]);
});

test("deletions that an operator accepted pass the guard", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 80, appointments: 5 } });
  const { clinic } = bench;
  await bench.poll("patients");
  for (const id of clinic.desk
    .patients()
    .slice(0, 30)
    .map((row) => row.id)) {
    if (clinic.desk.patients().some((row) => row.id === id && row.archived_at === null))
      clinic.desk.archivePatient(id);
    clinic.desk.deletePatientForGood(id);
  }
  bench.tick(3_700_000);
  await bench.poll("patients");
  expect(bench.kept.at(-1)).toMatchObject({ kind: "guarded", guard: { missing: 30, known: 80 } });
  await bench.keeper.update("northside", () => ({ change: { resource: "patients", problem: null } }));
  await bench.reading.update("northside", "patients", { deletionsAccepted: true, countedAt: 0 });
  for (let poll = 0; poll < 8; poll++) {
    await bench.poll("patients");
    bench.tick(61_000);
  }
  expect((await bench.events()).filter(({ type }) => type === "patient.deleted")).toHaveLength(30);
});

test("a watched field that is no longer served holds the account, and makes no flood", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { desk, faults } = bench.clinic;
  await bench.poll("patients");
  bench.tick(60_000);
  const [id = ""] = desk.patients().flatMap((row) => (row.archived_at === null ? [row.id] : []));
  desk.changePatient(id, { email: "ada@example.com" });
  await bench.poll("patients");
  bench.tick(5_000);
  // Its stamp has not moved, and it is read again within the overlap.
  faults.spell({ withheldField: "email" });
  await bench.poll("patients");
  expect((await bench.events()).map(({ type }) => type)).toEqual(["patient.updated"]);
  expect(bench.notices).toMatchObject([
    { transition: "baseline_completed", resource: "patients" },
    // Kept, and told to subscribers: without the id of a patient.
    { transition: "schema_changed", resource: "patients", detail: "email is no longer served" },
  ]);
  const { problems } = await bench.keeper.read("northside");
  expect(problems.get("patients")).toMatchObject({ quarantined: true });
});

test("I22: an outage of more than two minutes is bracketed by degraded and recovered, a short one by nothing", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  const { clinic } = bench;
  await bench.poll();
  const fault = { kind: "status", status: 503 } as const;
  clinic.faults.failNext(fault, { count: 2 });
  bench.tick(5_000);
  await bench.poll();
  bench.tick(60_000);
  await bench.poll();
  bench.tick(30_000);
  await bench.poll();
  expect(bench.notices.map(({ transition }) => transition)).toEqual(["baseline_completed"]);

  clinic.faults.failNext(fault, { count: 3 });
  for (const wait of [5_000, 60_000, 90_000]) {
    bench.tick(wait);
    await bench.poll();
  }
  bench.tick(5_000);
  await bench.poll();
  expect(bench.notices.map(({ transition }) => transition)).toEqual([
    "baseline_completed",
    "degraded",
    "recovered",
  ]);
  expect(bench.notices[1]).toMatchObject({
    resource: "individual_appointments",
    detail: expect.stringContaining("503") as string,
  });
});

test("a role that may no longer see a resource is told at once, and again when it may", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys });
  await bench.poll("patients");
  bench.clinic.faults.restrict("patients", "forbidden");
  for (let poll = 0; poll < 3; poll++) {
    bench.tick(10_000);
    await bench.poll("patients");
  }
  bench.clinic.faults.unrestrict("patients");
  bench.tick(10_000);
  await bench.poll("patients");
  expect(bench.notices.map(({ transition }) => transition)).toEqual([
    "baseline_completed",
    "permission_reduced",
    "recovered",
  ]);
  expect(await bench.events()).toEqual([]);
});

test("an account that refuses the best plan is read by another one from the next poll on", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, unknowns: { wildcardsCombine: false } });
  await bench.poll();
  bench.tick(300_000);
  const [visit] = bench.clinic.desk
    .appointments()
    .filter((row) => row.cancelled_at === null && row.archived_at === null);
  bench.clinic.desk.cancel(visit?.id ?? "", { reason: 30 });
  await bench.poll();
  expect((await bench.reading.read("northside", "individual_appointments")).plan).toBe("apart");
  bench.tick(5_000);
  await bench.poll();
  expect((await bench.events()).map(({ type }) => type)).toEqual(["appointment.cancelled"]);
});

// Reconciliation that compares ids (a walk, a count), a scan that compares rows, and what holds the account back for good reason.
for (const [turn, resource, hiddenShare] of [
  ["a turn", "patients", 0],
  ["a turn", "individual_appointments", 0],
  ["a turn", "attendees", 0],
  ["a turn that meets a guard", "patients", 0.8],
] as const) {
  test(`Redis emptied before whatever command of ${turn}: ${resource} are read anew, and nothing holds them back`, async ({
    redis,
    keys,
  }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients: 60, appointments: 120 } });
    const send = redis.sendCommand.bind(redis);
    let [left, emptied] = [Infinity, 0];
    redis.sendCommand = (...given) => {
      left -= 1;
      if (left === 0) {
        redis.flushdb().catch(() => undefined);
        bench.clinic.faults.unrestrict(resource);
      }
      return send(...given);
    };
    for (let before = 1; ; before += 1) {
      left = Infinity;
      await redis.flushdb();
      bench.restart();
      await bench.poll(resource);
      // All that makes sure that nothing is missing is due.
      bench.tick(90_000_000);
      const told = bench.notices.length;
      if (hiddenShare > 0) bench.clinic.faults.restrict(resource, { hiddenShare });
      left = before;
      await bench.poll(resource);
      if (left > 0) break;
      emptied = before;
      left = Infinity;

      for (let poll = 0; poll < 3; poll += 1) {
        bench.tick(5_000);
        await bench.poll(resource);
      }
      const where = `emptied before command ${before}`;
      expect([...(await bench.keeper.read("northside")).problems], where).toEqual([]);
      expect(await bench.completeUpTo(resource), where).toBeGreaterThan(bench.now() - 60_000);
      expect(bench.notices.slice(told), where).toMatchObject([{ transition: "baseline_completed" }]);
    }
    expect(emptied).toBeGreaterThan(9);
    expect(await bench.events()).toEqual([]);
  });
}
