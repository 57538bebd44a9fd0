import { expect } from "vitest";

import { NAMING_PATIENTS, RESOURCE_NAMES, resources } from "../../../src/resources/registry.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";
import { isTableName } from "../../../src/sandbox/tables/tables.ts";
import { editOf } from "../../support/trials.ts";

/** Everything is read, patients last: what they say must be known in time all the same. */
async function readAll(bench: PollBench): Promise<void> {
  for (const resource of ["group_appointments", "attendees", "individual_appointments", "patients"] as const)
    await bench.poll(resource);
  bench.tick(5_000);
}

async function toldAfter(bench: PollBench, act: () => void): Promise<string[]> {
  const before = (await bench.events()).length;
  bench.tick(300_000);
  act();
  await readAll(bench);
  return (await bench.events())
    .slice(before)
    .map(({ type, subject, sequence }) => `${type} ${subject.id} ${sequence}`);
}

/** A visit, a place in a class and their patient, nothing of which has been told. */
function pick({ clinic }: PollBench): {
  patientId: string;
  visitId: string;
  placeId: string;
  groupId: string;
} {
  const { desk } = clinic;
  const [group] = desk.groupAppointments().filter((row) => row.archived_at === null);
  const patient = desk
    .patients()
    .find(
      (row) =>
        row.archived_at === null &&
        !group?.patient_ids.includes(row.id) &&
        desk
          .appointments()
          .some((one) => one.patient_id === row.id && one.cancelled_at === null && one.archived_at === null),
    );
  const visit = desk
    .appointments()
    .find((row) => row.patient_id === patient?.id && row.cancelled_at === null && row.archived_at === null);
  if (!patient || !visit || !group)
    throw new Error("the seeded clinic has a patient with a visit, and a class");
  return {
    patientId: patient.id,
    visitId: visit.id,
    placeId: desk.addToGroup(group.id, patient.id),
    groupId: group.id,
  };
}

for (const suppressWithoutConsent of [true, false]) {
  const what = suppressWithoutConsent
    ? "is told nothing of"
    : "is told of like of everybody where the option is off";
  test(`a patient who refused the privacy policy ${what}, with visits and places in classes`, async ({
    redis,
    keys,
  }) => {
    await using bench = await createPollBench({ redis, keys, suppressWithoutConsent });
    const { desk } = bench.clinic;
    const { patientId, visitId, placeId } = pick(bench);
    desk.changePatient(patientId, { accepted_privacy_policy: false });
    await readAll(bench);

    const told = await toldAfter(bench, () => {
      desk.changePatient(patientId, { occupation: "Cartographer" });
      desk.move(visitId, bench.clinic.now() + 86_400_000);
      desk.cancelPlace(placeId, { reason: 40 });
    });

    const expected = [
      `attendee.cancelled ${placeId} 1`,
      `appointment.rescheduled ${visitId} 1`,
      `patient.updated ${patientId} 1`,
    ];
    expect(told.filter((line) => !line.startsWith("group"))).toEqual(suppressWithoutConsent ? [] : expected);
  });
}

test("a patient who agrees is told of from then on: as updated, and the numbers have no gap", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  const { desk } = bench.clinic;
  const { patientId, visitId } = pick(bench);
  desk.changePatient(patientId, { accepted_privacy_policy: false });
  await readAll(bench);
  await toldAfter(bench, () => {
    desk.changePatient(patientId, { occupation: "Cartographer" });
    desk.move(visitId, bench.clinic.now() + 86_400_000);
  });

  const consent = await toldAfter(bench, () =>
    desk.changePatient(patientId, { accepted_privacy_policy: true }),
  );
  const after = await toldAfter(bench, () => desk.move(visitId, bench.clinic.now() + 2 * 86_400_000));
  const withdrawn = await toldAfter(bench, () =>
    desk.changePatient(patientId, { accepted_privacy_policy: false }),
  );

  expect(consent).toEqual([`patient.updated ${patientId} 1`]);
  expect(after).toEqual([`appointment.rescheduled ${visitId} 1`]);
  expect(withdrawn).toEqual([]);
});

test("a newcomer who refused and is booked at once is not told of, although the visit is read first", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  const { desk } = bench.clinic;
  const { businessId, practitionerIds, appointmentTypeIds } = bench.seeded;
  await readAll(bench);
  const bookFor = (accepted: boolean | null): string =>
    desk.book({
      patientId: desk.registerPatient({ first_name: "Ada", accepted_privacy_policy: accepted }),
      practitionerId: practitionerIds[0] ?? "",
      businessId,
      appointmentTypeId: appointmentTypeIds[0] ?? "",
      startsAt: bench.clinic.now() + 86_400_000,
    });

  let [asked, notAsked] = ["", ""];
  const refused = await toldAfter(bench, () => bookFor(false));
  const others = await toldAfter(bench, () => {
    asked = bookFor(true);
    notAsked = bookFor(null);
  });

  expect(refused).toEqual([]);
  expect(others.filter((line) => line.startsWith("appointment"))).toEqual([
    `appointment.created ${asked} 1`,
    `appointment.created ${notAsked} 1`,
  ]);
});

/** Reads a newcomer's visit, and nothing of the newcomer: a list leaves them out, or a role may not see them, or anybody. */
async function bookUnseen(
  bench: PollBench,
  how: "a list leaves out" | "a role hides" | "a role hides with everybody",
  accepted: boolean | null,
): Promise<{ readonly patientId: string; readonly visitId: string }> {
  const { clinic, seeded } = bench;
  const patientId = clinic.desk.registerPatient({ first_name: "Ada", accepted_privacy_policy: accepted });
  const visitId = clinic.desk.book({
    patientId,
    practitionerId: seeded.practitionerIds[0] ?? "",
    businessId: seeded.businessId,
    appointmentTypeId: seeded.appointmentTypeIds[0] ?? "",
    startsAt: clinic.now() + 86_400_000,
  });
  if (how === "a role hides") clinic.faults.restrict("patients", { hiddenIds: [patientId] });
  else if (how === "a list leaves out") clinic.faults.unlist("patients", [patientId]);
  else clinic.faults.restrict("patients", "forbidden");
  return { patientId, visitId };
}

async function pollForMinutes(bench: PollBench, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    bench.tick(60_000);
    await readAll(bench);
  }
}

async function toldOf(bench: PollBench, visitId: string): Promise<string[]> {
  const told = (await bench.events()).filter(({ subject }) => subject.id === visitId);
  return told.map(({ type, origin, sequence }) => `${type} ${origin} ${sequence}`);
}

for (const how of ["a list leaves out", "a role hides"] as const) {
  test(`a newcomer whom ${how} for some minutes is told of when they are shown, and only if they did not refuse`, async ({
    redis,
    keys,
  }) => {
    for (const accepted of [false, null]) {
      await redis.flushdb();
      await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
      await pollForMinutes(bench, 3);
      const { visitId } = await bookUnseen(bench, how, accepted);
      await pollForMinutes(bench, 6);
      expect(await toldOf(bench, visitId)).toEqual([]);

      bench.clinic.faults.heal();
      await pollForMinutes(bench, 4);
      expect(await toldOf(bench, visitId)).toEqual(accepted === false ? [] : ["appointment.created live 1"]);
    }
  });
}

test("where no patient may be read, what names a newcomer waits for that, and loses no right of its own", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  await pollForMinutes(bench, 3);
  const { visitId } = await bookUnseen(bench, "a role hides with everybody", null);
  await pollForMinutes(bench, 8);
  const said = bench.notices.map(
    ({ transition, resource, detail }) => `${transition} ${resource}: ${detail}`,
  );
  expect(said.filter((line) => line.startsWith("permission_reduced"))).toEqual([
    expect.stringContaining(" patients: HTTP 403"),
  ]);
  expect(said).toContainEqual(
    expect.stringMatching(
      /^degraded individual_appointments: patients, which decide on this, cannot .*HTTP 403/,
    ),
  );
  expect(await toldOf(bench, visitId)).toEqual([]);

  bench.clinic.faults.heal();
  await pollForMinutes(bench, 4);
  expect(await toldOf(bench, visitId)).toEqual(["appointment.created live 1"]);
});

test("of a newcomer whom nothing shows for a quarter of an hour nothing is told, and nobody goes on asking", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  await pollForMinutes(bench, 3);
  const { visitId } = await bookUnseen(bench, "a role hides", null);
  await pollForMinutes(bench, 12);
  const open = async (): Promise<string> =>
    (await bench.reading.read("northside", "individual_appointments")).rechecks;
  expect(await open()).toContain(visitId);
  await pollForMinutes(bench, 6);

  expect(await open()).toBe("");
  expect(await toldOf(bench, visitId)).toEqual([]);
  bench.clinic.faults.heal();
  bench.clinic.desk.cancel(visitId, { reason: 30 });
  await pollForMinutes(bench, 2);
  expect(await toldOf(bench, visitId)).toEqual(["appointment.cancelled live 1"]);
});

test("a patient whose remembered record says nothing of it is asked for", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  const { patientId, visitId } = pick(bench);
  bench.clinic.desk.changePatient(patientId, { accepted_privacy_policy: false });
  await readAll(bench);
  const at = keys.snapshots("northside", "patients");
  const bytes = await redis.hgetBuffer(at, patientId);
  if (!bytes) throw new Error("the patient is remembered");
  const ofAnotherRelease = Buffer.from(bytes);
  ofAnotherRelease.writeUInt8(99, 1);
  await redis.hset(at, patientId, ofAnotherRelease);

  bench.tick(300_000);
  bench.clinic.desk.move(visitId, bench.clinic.now() + 86_400_000);
  await bench.poll();
  expect(await toldOf(bench, visitId)).toEqual([]);
});

test("a refusing patient who is deleted for good goes in silence, and so does the visit; another's is told", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    ...{ redis, keys },
    suppressWithoutConsent: true,
    reconcile: { countMs: 0, nearMs: 3_600_000_000, walkMs: 3_600_000_000 },
  });
  const { desk } = bench.clinic;
  const { patientId } = pick(bench);
  const other = desk.patients().find((row) => row.id !== patientId && row.archived_at === null)?.id ?? "";
  desk.changePatient(patientId, { accepted_privacy_policy: false });
  await readAll(bench);
  const before = (await bench.events()).length;
  for (const id of [patientId, other]) {
    desk.archivePatient(id);
    desk.deletePatientForGood(id);
  }
  for (let round = 0; round < 6; round += 1) {
    bench.tick(70_000);
    await readAll(bench);
  }

  const told = (await bench.events()).slice(before);
  const deleted = told.filter(({ type }) => type.endsWith(".deleted"));
  expect(deleted.filter(({ subject }) => subject.id === other)).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain(patientId);
});

test("who refused is not among those who take part in a class", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, suppressWithoutConsent: true });
  const { desk } = bench.clinic;
  const { patientId, groupId } = pick(bench);
  desk.changePatient(patientId, { accepted_privacy_policy: false });
  await readAll(bench);
  bench.tick(300_000);
  desk.moveGroup(groupId, bench.clinic.now() + 86_400_000);
  await readAll(bench);

  const [moved] = (await bench.events()).filter(({ subject }) => subject.id === groupId);
  expect(moved?.type).toBe("group_appointment.rescheduled");
  expect(JSON.stringify(moved)).not.toContain(patientId);
});

test("of whatever names somebody who refused nothing is told, by whichever link it does", async ({
  redis,
  keys,
}) => {
  const seed = { patients: 4, appointments: 0, groupAppointments: 0 };
  await using bench = await createPollBench({ redis, keys, seed, suppressWithoutConsent: true });
  const { clinic } = bench;
  const { plant } = clinic;
  const patients = {
    refusing: plant.record("patients", { accepted_privacy_policy: false }),
    agreeing: plant.record("patients", { accepted_privacy_policy: true }),
  };
  const naming = NAMING_PATIENTS.filter(isTableName).flatMap((name) =>
    resources[name].patientLinks.map((link) => ({ name, link })),
  );
  const planted = (patient: string) =>
    naming.map(({ name, link }) => {
      const more = link === "referrer" ? { referrer_type: "Patient" } : {};
      return { name, id: plant.record(name, { [`${link}_id`]: patient, ...more }) };
    });
  const records = { refusing: planted(patients.refusing), agreeing: planted(patients.agreeing) };
  const readEverything = async (): Promise<void> => {
    for (const resource of RESOURCE_NAMES) await bench.poll(resource);
    bench.tick(5_000);
  };
  await readEverything();
  bench.tick(300_000);
  for (const { name, id } of [...records.refusing, ...records.agreeing]) editOf(clinic, name, id).run();
  await readEverything();

  const all = new Set([...records.refusing, ...records.agreeing].map(({ id }) => id));
  const told = (await bench.events()).map(({ subject }) => subject.id).filter((id) => all.has(id));
  expect(naming.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(records.agreeing.map(({ id }) => id).toSorted());
});
