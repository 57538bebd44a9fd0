import { expect } from "vitest";

import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

test("a class tells of its time, its places tell who comes, and an individual visit tells of itself alone", async ({
  bench,
}) => {
  const { clinic } = bench;
  const readAll = async (): Promise<void> => {
    await bench.poll("group_appointments");
    await bench.poll("attendees");
    await bench.poll("individual_appointments");
    bench.tick(5_000);
  };
  await readAll();
  bench.tick(300_000);
  const visit = clinic.desk
    .appointments()
    .find((row) => row.cancelled_at === null && row.archived_at === null);
  const [group] = clinic.desk.groupAppointments();
  const place = clinic.desk
    .attendeesOf(group?.id ?? "")
    .find((row) => row.cancelled_at === null && row.archived_at === null);
  if (!visit || !group || !place) throw new Error("the seeded clinic has a visit and a class with a place");

  clinic.desk.cancel(visit.id, { reason: 30 });
  clinic.desk.moveGroup(group.id, group.starts_at * 1_000 + 3_600_000);
  clinic.desk.cancelPlace(place.id, { reason: 40 });
  await readAll();
  await readAll();
  expect((await bench.events()).map(({ type, subject }) => [type, subject.id]).toSorted()).toEqual(
    [
      ["appointment.cancelled", visit.id],
      ["attendee.cancelled", place.id],
      ["group_appointment.rescheduled", group.id],
    ].toSorted(),
  );
});

test("a new class and its places are told even when the places are read first", async ({ bench }) => {
  const { clinic } = bench;
  for (const resource of ["group_appointments", "attendees", "individual_appointments"] as const)
    await bench.poll(resource);
  bench.tick(300_000);
  const [group] = clinic.desk.groupAppointments();
  const visit = clinic.desk.appointments()[0];
  if (!group || !visit) throw new Error("the seeded clinic has both");
  const where = {
    practitionerId: group.practitioner_id,
    businessId: group.business_id,
    appointmentTypeId: group.appointment_type_id,
    startsAt: clinic.now() + 86_400_000,
  };
  const id = clinic.desk.bookGroup(where);
  const place = clinic.desk.addToGroup(id, visit.patient_id);
  clinic.desk.book({ ...where, patientId: visit.patient_id });
  await bench.poll("attendees");
  await bench.poll("group_appointments");
  const events = await bench.events();
  expect(events.map(({ type, subject }) => [type, subject.id])).toEqual([
    ["attendee.added", place],
    ["group_appointment.created", id],
  ]);
});

/** Polls places, and what they may belong to, every minute. */
async function pollPlaces(bench: PollBench, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    bench.tick(60_000);
    for (const resource of ["group_appointments", "attendees", "individual_appointments"] as const)
      await bench.poll(resource);
  }
}

async function places(bench: PollBench): Promise<(readonly [string, string, string])[]> {
  const told = (await bench.events()).filter(({ subject }) => subject.type === "attendee");
  return told.map(({ origin, subject, type }) => [type, subject.id, origin] as const);
}

test.for(["a list leaves out", "a role hides"] as const)(
  "places in a class that %s for minutes are told when it is shown, each once, and are too many for nobody",
  async (how, { redis, keys }) => {
    const seed = { patients: 40, appointments: 0, groupAppointments: 1 };
    await using bench = await createPollBench({ redis, keys, seed });
    const { clinic } = bench;
    await pollPlaces(bench, 6);
    const added = fillClass(bench, 5);
    const [place = ""] = added;
    const group = clinic.desk.attendees().find(({ id }) => id === place)?.booking_id ?? "";
    if (how === "a role hides") clinic.faults.restrict("group_appointments", { hiddenIds: [group] });
    else clinic.faults.unlist("group_appointments", [group]);
    await pollPlaces(bench, 12);
    expect(await places(bench)).toEqual([]);
    clinic.faults.heal();
    await pollPlaces(bench, 5);
    expect((await places(bench)).toSorted()).toEqual(
      added.map((id) => ["attendee.added", id, "live"]).toSorted(),
    );
    expect(bench.notices.filter(({ transition }) => transition === "degraded")).toEqual([]);
  },
);

test("a place of before the first sync that is cancelled while its class is hidden is told as cancelled", async ({
  redis,
  keys,
}) => {
  const seed = { patients: 5, appointments: 0, groupAppointments: 0 };
  await using bench = await createPollBench({ redis, keys, seed });
  const { clinic } = bench;
  const [place = ""] = fillClass(bench, 5);
  const group = clinic.desk.attendees().find(({ id }) => id === place)?.booking_id ?? "";
  clinic.faults.restrict("group_appointments", { hiddenIds: [group] });
  bench.tick(300_000);
  await pollPlaces(bench, 6);
  clinic.desk.cancelPlace(place, { reason: 40 });
  await pollPlaces(bench, 1);
  clinic.faults.heal();
  await pollPlaces(bench, 4);
  expect(await places(bench)).toEqual([["attendee.cancelled", place, "live"]]);
});

test("a visit's own attendee that is shown long before the visit tells nothing, and is asked for no longer", async ({
  bench,
}) => {
  const { clinic, seeded } = bench;
  await pollPlaces(bench, 6);
  const [practitionerId = ""] = seeded.practitionerIds;
  const [appointmentTypeId = ""] = seeded.appointmentTypeIds;
  const [patientId = ""] = seeded.patientIds;
  const where = { practitionerId, appointmentTypeId, patientId, businessId: seeded.businessId };
  const open = async (): Promise<number> =>
    (await bench.reading.read("northside", "attendees")).rechecks.split(",").filter(Boolean).length;
  clinic.desk.book({ ...where, startsAt: clinic.now() + 6 * 86_400_000 });
  bench.tick(5_000);
  await bench.poll("attendees");
  expect(await open()).toBe(0);

  const visit = clinic.desk.book({ ...where, startsAt: clinic.now() + 5 * 86_400_000 });
  clinic.faults.restrict("individual_appointments", { hiddenIds: [visit] });
  await pollPlaces(bench, 5);
  expect(await open()).toBe(1);
  clinic.faults.heal();
  await pollPlaces(bench, 2);
  expect(await places(bench)).toEqual([]);
  expect(await open()).toBe(0);
});

test("where appointments are refused, no attendee waits to be told what it is of", async ({ bench }) => {
  const { clinic } = bench;
  await bench.poll("group_appointments");
  await bench.poll("attendees");
  clinic.faults.restrict("individual_appointments", "forbidden");
  clinic.desk.editAttendeeNote(clinic.desk.attendees().at(-1)?.id ?? "", "of a visit");
  for (const { id } of clinic.desk.attendees().slice(0, 90)) clinic.desk.editAttendeeNote(id, "seen");
  bench.tick(5_000);
  await bench.poll("attendees");
  expect(bench.scans.at(-1)).toMatchObject({
    kind: "completed",
    records: expect.toSatisfy((read) => read > 50),
  });
  expect((await bench.reading.read("northside", "attendees")).rechecks).toBe("");
});

test.for(["known", "new"] as const)(
  "where the link to the class is no longer served, a place that is %s is not passed by in silence",
  async (which, { bench }) => {
    const { clinic } = bench;
    for (const resource of ["group_appointments", "attendees", "individual_appointments"] as const)
      await bench.poll(resource);
    bench.tick(300_000);
    const group = clinic.desk.groupAppointments().find(({ archived_at }) => archived_at === null);
    const [place] = clinic.desk.attendeesOf(group?.id ?? "");
    const patient = clinic.desk.registerPatient({ first_name: "Ada", last_name: "Quill" });
    if (which === "known") clinic.desk.editAttendeeNote(place?.id ?? "", "at the window");
    else clinic.desk.addToGroup(group?.id ?? "", patient);
    clinic.faults.spell({ withheldField: "booking" });
    await bench.poll("attendees");
    expect(bench.notices.at(-1)).toMatchObject({
      transition: "schema_changed",
      resource: "attendees",
      detail: expect.stringContaining("booking is no longer served"),
    });
    expect(await bench.events()).toEqual([]);
    clinic.faults.heal();
    await bench.release();
    await bench.poll("attendees");
    expect((await bench.events()).map(({ type }) => type)).toEqual([
      which === "known" ? "attendee.updated" : "attendee.added",
    ]);
  },
);

test("attendance at a class is told from arrived: true, false, and null for nobody has said", async ({
  bench,
}) => {
  const { clinic } = bench;
  await bench.poll("group_appointments");
  await bench.poll("attendees");
  bench.tick(300_000);
  const groups = new Set(clinic.desk.groupAppointments().map(({ id }) => id));
  const place = clinic.desk
    .attendees()
    .find(
      (row) =>
        groups.has(row.booking_id) &&
        row.arrived === null &&
        row.cancelled_at === null &&
        row.archived_at === null,
    );
  if (!place) throw new Error("the seeded clinic has a class to come");
  const acts = ["markPlaceArrived", "clearPlace", "markPlaceDidNotArrive", "markPlaceArrived"] as const;
  for (const act of acts) {
    clinic.desk[act](place.id);
    await bench.poll("attendees");
    bench.tick(5_000);
  }
  expect((await bench.events()).map(({ data }) => data.transitions)).toEqual([
    ["arrived"],
    ["arrival_reverted"],
    ["did_not_arrive"],
    ["did_not_arrive_reverted", "arrived"],
  ]);
});

/** A class of as many as there are patients, so many days ahead. */
function fillClass({ clinic, now, seeded }: PollBench, daysAhead: number): readonly string[] {
  const [practitionerId = ""] = seeded.practitionerIds;
  const [appointmentTypeId = ""] = seeded.appointmentTypeIds;
  const id = clinic.desk.bookGroup({
    practitionerId,
    businessId: seeded.businessId,
    appointmentTypeId,
    startsAt: now() + daysAhead * 86_400_000,
    maxAttendees: seeded.patientIds.length,
  });
  return seeded.patientIds.map((patient) => clinic.desk.addToGroup(id, patient));
}

test("who came to a class, and who did not, is told within minutes where that moves no stamp", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({
    redis,
    keys,
    seed: { patients: 70, appointments: 0, groupAppointments: 0 },
    unknowns: { arrivalMovesUpdatedAt: false },
  });
  const { clinic } = bench;
  // More places than a page holds.
  const [first = ""] = fillClass(bench, 0);
  const last = fillClass(bench, 0).at(-1) ?? "";
  const [later = ""] = fillClass(bench, 5);
  bench.tick(400_000);
  await bench.poll("group_appointments");
  await bench.poll("attendees");
  bench.tick(5_000);
  for (let poll = 0; poll < 3; poll++) await bench.poll("attendees");
  clinic.desk.markPlaceArrived(first);
  clinic.desk.markPlaceDidNotArrive(last);
  clinic.desk.markPlaceArrived(later);
  bench.tick(301_000);
  const before = bench.steps.length;
  for (let poll = 0; poll < 4; poll++) {
    await bench.poll("attendees");
    bench.tick(5_000);
  }
  expect((await bench.events()).map(({ origin, subject, type }) => [type, subject.id, origin])).toEqual([
    ["attendee.arrived", first, "sweep"],
    ["attendee.did_not_arrive", last, "sweep"],
  ]);
  // The classes and a page of their places, then the next page, each with a question by id for what has no new stamp.
  const near = bench.steps.slice(before).filter(({ name }) => name === "what may change without a stamp");
  expect(near.map(({ requests }) => requests)).toEqual([3, 2]);
});

test("where no place in a class is known, none is read again", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { groupAppointments: 0 } });
  await bench.poll("attendees");
  bench.tick(301_000);
  const before = bench.requests();
  await bench.poll("attendees");
  expect(bench.requests() - before).toBe(1);
});
