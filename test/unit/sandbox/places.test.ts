import { describe, expect, test } from "vitest";
import { openClass, type OpenClass } from "./class-fixture.ts";
import { HOUR } from "./clinic-fixture.ts";

/** What is owed, without the noise. */
function owed({ told }: OpenClass): string[][] {
  return told()
    .filter(([, , ...facts]) => facts.length > 0)
    .map(([, , ...facts]) => facts);
}

test("taking a place tells added, and the class that follows is noise", () => {
  const scene = openClass();
  const { open, group, told, read } = scene;
  const id = open.clinic.desk.addToGroup(group, open.ids.bram);
  expect(told()).toEqual([
    ["attendees", id, "added"],
    ["group_appointments", group],
  ]);
  expect(read(`/group_appointments/${group}`)).toMatchObject({
    patient_ids: [open.ids.ada, open.ids.bram],
    updated_at: "2026-11-23T00:01:00Z",
  });
  expect(open.clinic.ledger.entries.at(-1)).toMatchObject({ noise: true, record: { id: group } });
});

test("nobody takes two places, a stranger's, one in a full class or in one put away", () => {
  const { open, group } = openClass();
  const { desk, plant } = open.clinic;
  expect(() => desk.addToGroup(group, open.ids.ada)).toThrow("has a place");
  expect(() => desk.addToGroup(group, "1")).toThrow("there is no patient 1");
  for (let taken = 1; taken < 8; taken += 1) desk.addToGroup(group, plant.patient());
  expect(() => desk.addToGroup(group, open.ids.bram)).toThrow("no place left");
  desk.cancelPlace(desk.attendeesOf(group)[0]?.id ?? "", { reason: 10 });
  expect(desk.addToGroup(group, open.ids.bram)).toMatch(/^\d+$/);
  desk.archiveGroup(group);
  expect(() => desk.addToGroup(group, open.ids.ada)).toThrow("no place left");
});

describe("arrival and no-show at a class", () => {
  test("are true, false and null, and tell their facts", () => {
    const scene = openClass();
    const { open, place, read } = scene;
    const { desk } = open.clinic;
    const arrived: unknown[] = [];
    const acts = [
      desk.markPlaceArrived,
      desk.markPlaceDidNotArrive,
      desk.markPlaceArrived,
      desk.clearPlace,
      desk.markPlaceDidNotArrive,
      desk.clearPlace,
    ];
    for (const act of acts) {
      act(place);
      act(place);
      arrived.push(read(`/attendees/${place}`)["arrived"]);
    }
    expect(arrived).toEqual([true, false, true, null, false, null]);
    expect(owed(scene)).toEqual([
      ["arrived"],
      ["did_not_arrive", "arrival_reverted"],
      ["arrived", "did_not_arrive_reverted"],
      ["arrival_reverted"],
      ["did_not_arrive"],
      ["did_not_arrive_reverted"],
    ]);
  });
});

test("a place is cancelled, reinstated, archived, unarchived and noted, each once", () => {
  const scene = openClass();
  const { open, place, group, read } = scene;
  const { desk } = open.clinic;
  const acts = [
    () => desk.cancelPlace(place, { reason: 20, note: "worse" }),
    () => desk.reinstatePlace(place),
    () => desk.archivePlace(place),
    () => desk.unarchivePlace(place),
    () => desk.editAttendeeNote(place, "left knee"),
  ];
  const expected: unknown[] = [];
  for (const act of acts) {
    act();
    act();
    expected.push(read(`/group_appointments/${group}`)["patient_ids"]);
  }
  expect(owed(scene)).toEqual([["cancelled"], ["reinstated"], ["archived"], ["unarchived"], ["updated"]]);
  const ada = [open.ids.ada];
  expect(expected).toEqual([[], ada, [], ada, ada]);
});

test("follow-ups are noise", () => {
  const scene = openClass();
  scene.open.clinic.desk.sendFollowUps([scene.place]);
  expect(owed(scene)).toEqual([]);
  expect(scene.read(`/attendees/${scene.place}`)["sent_email_follow_ups_count"]).toBe(1);
});

test("a merge hands over the places in classes, and says so", () => {
  const scene = openClass();
  const { open, group, place, read } = scene;
  open.clinic.desk.mergePatients(open.ids.ada, open.ids.bram);
  expect(owed(scene)).toEqual([["merged", "archived"], ["updated"]]);
  expect(read(`/group_appointments/${group}`)["patient_ids"]).toEqual([open.ids.bram]);
  expect(JSON.stringify(read(`/attendees/${place}`)["patient"])).toContain(open.ids.bram);
});

test("a patient deleted for good takes places, appointments and their attendees along", () => {
  const scene = openClass();
  const { open, group, place, told, read } = scene;
  const { desk } = open.clinic;
  const visit = open.bookIn(HOUR);
  const mirror = desk.attendeesOf(visit)[0]?.id ?? "";
  desk.archivePatient(open.ids.ada);
  const before = told().length;
  expect(desk.deletePatientForGood(open.ids.ada)).toEqual([visit]);
  expect(told().slice(before)).toEqual([
    ["individual_appointments", visit, "deleted"],
    ["attendees", mirror],
    ["attendees", place, "deleted"],
    ["group_appointments", group],
    ["patients", open.ids.ada, "deleted"],
  ]);
  expect(desk.attendees()).toEqual([]);
  expect(() => read(`/attendees/${place}`)).toThrow("404");
  expect(read(`/group_appointments/${group}`)["patient_ids"]).toEqual([]);
});

test("acts on strangers throw", () => {
  const { open } = openClass();
  expect(() => {
    open.clinic.desk.cancelPlace("1", { reason: 10 });
  }).toThrow("there is no attendee 1");
});

describe("the unknowns", () => {
  test("attendeeMovesBooking: a mark moves the class, and a note the appointment, or they do not", () => {
    for (const attendeeMovesBooking of [true, false]) {
      const { open, group, place, read } = openClass({ unknowns: { attendeeMovesBooking } });
      const { desk } = open.clinic;
      const visit = open.bookIn(HOUR);
      open.clock.now += 60_000;
      desk.markPlaceArrived(place);
      desk.editAttendeeNote(desk.attendeesOf(visit)[0]?.id ?? "", "new");
      const stamps = [`/group_appointments/${group}`, `/individual_appointments/${visit}`].map(
        (path) => read(path)["updated_at"],
      );
      const moved = "2026-11-23T00:02:00Z";
      const unmoved = ["2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z"];
      expect(stamps).toEqual(attendeeMovesBooking ? [moved, moved] : unmoved);
    }
  });

  test("bookingMovesAttendees: a move touches the places and the mirror, or it does not", () => {
    for (const bookingMovesAttendees of [true, false]) {
      const { open, group, place, told, read } = openClass({ unknowns: { bookingMovesAttendees } });
      const { desk } = open.clinic;
      const visit = open.bookIn(HOUR);
      const mirror = desk.attendeesOf(visit)[0]?.id ?? "";
      open.clock.now += 60_000;
      const before = told().length;
      desk.moveGroup(group, open.clock.now + HOUR);
      desk.move(visit, open.clock.now + HOUR);
      const stamps = [place, mirror].map((id) => read(`/attendees/${id}`)["updated_at"]);
      const moved = "2026-11-23T00:02:00Z";
      expect(stamps).toEqual(
        bookingMovesAttendees ? [moved, moved] : ["2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z"],
      );
      const touched = told()
        .slice(before)
        .filter(([resource]) => resource === "attendees");
      expect(touched).toEqual(
        bookingMovesAttendees
          ? [
              ["attendees", place],
              ["attendees", mirror],
            ]
          : [],
      );
    }
  });

  test("endedBookingEndsAttendees: without it nothing shows on the attendees", () => {
    const { open, group, place, read } = openClass({ unknowns: { endedBookingEndsAttendees: false } });
    const { desk } = open.clinic;
    const visit = open.bookIn(HOUR);
    desk.cancel(visit, { reason: 10 });
    desk.archive(visit);
    desk.archiveGroup(group);
    for (const id of [place, desk.attendeesOf(visit)[0]?.id]) {
      expect(read(`/attendees/${id}`)).toMatchObject({ archived_at: null, cancelled_at: null });
    }
    expect(open.get("/attendees").json["total_entries"]).toBe(2);
  });

  test("attendeesEndFilterable: without it the wildcards are refused", () => {
    const { open } = openClass({ unknowns: { attendeesEndFilterable: false } });
    for (const column of ["archived_at", "cancelled_at"]) {
      const reply = open.get(`/attendees?q[]=${column}:*`);
      expect(reply.status).toBe(400);
      expect(reply.json["message"]).toBe(`${column} is not filterable`);
    }
  });

  test("cancelMovesUpdatedAt and arrivalMovesUpdatedAt hold for places too", () => {
    const { open, place, read } = openClass({
      unknowns: { cancelMovesUpdatedAt: false, arrivalMovesUpdatedAt: false },
    });
    open.clinic.desk.markPlaceArrived(place);
    open.clinic.desk.cancelPlace(place, { reason: 10 });
    expect(read(`/attendees/${place}`)["updated_at"]).toBe("2026-11-23T00:00:00Z");
  });
});

describe("written by an integration", () => {
  test("a place is taken with what is given beside it, and refused where there is none for the patient", () => {
    const { open, group, told, read } = openClass();
    const { ids } = open;
    const take = (booking_id: string, patient_id: string, more = {}) =>
      open.call("POST", "/attendees", {
        booking_id,
        patient_id,
        ...more,
        cancelled_at: "2026-11-23T00:00:00Z",
      });
    const taken = take(group, ids.bram, { arrived: true, notes: "new here" });
    expect(taken.status).toBe(201);
    expect(taken.json).toMatchObject({ arrived: true, notes: "new here", cancelled_at: null });
    expect(told()).toContainEqual(["attendees", taken.json["id"], "added", "arrived"]);
    expect(read(`/group_appointments/${group}`)).toMatchObject({ patient_ids: [ids.ada, ids.bram] });
    const complaints = (reply: ReturnType<typeof take>) => [
      reply.status,
      ...Object.keys(reply.json["errors"] ?? {}),
    ];
    expect(complaints(take(group, ids.bram))).toEqual([422, "patient_id"]);
    expect(complaints(take(group, "1"))).toEqual([422, "patient_id"]);
    expect(complaints(take(open.bookIn(HOUR), ids.bram))).toEqual([422, "booking_id"]);
    open.clinic.desk.archiveGroup(group);
    expect(complaints(take(group, open.clinic.plant.patient()))).toEqual([422, "base"]);
  });

  test("an arrival is one of three values; of an appointment it is the appointment's", () => {
    const { open, place, told, read } = openClass();
    const mark = (id: string, arrived: boolean | null) =>
      open.call("PATCH", `/attendees/${id}`, { arrived }).json["arrived"];
    expect([true, false, null].map((arrived) => mark(place, arrived))).toEqual([true, false, null]);
    const booking = open.bookIn(HOUR);
    const attendee = open.clinic.desk.attendeesOf(booking)[0]?.id ?? "";
    const from = told().length;
    expect([true, true, false, null].map((arrived) => mark(attendee, arrived))).toEqual([
      true,
      true,
      false,
      null,
    ]);
    const owedByIt = told()
      .slice(from)
      .filter(([, , ...facts]) => facts.length > 0);
    expect(owedByIt).toEqual([
      ["individual_appointments", booking, "arrived"],
      ["individual_appointments", booking, "did_not_arrive", "arrival_reverted"],
      ["individual_appointments", booking, "did_not_arrive_reverted"],
    ]);
    expect(open.get(`/individual_appointments/${booking}`).json).toMatchObject({ patient_arrived: null });
    expect(open.call("PATCH", `/attendees/${attendee}`, { notes: "by the door" }).status).toBe(200);
    expect(told().at(-1)).toEqual(["attendees", attendee]);
    expect(read(`/attendees/${attendee}`)).toMatchObject({ notes: "by the door" });
  });
});
