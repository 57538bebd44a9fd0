import { describe, expect, test } from "vitest";
import type { Desk } from "../../../src/sandbox/staff/desk.ts";
import { DAY, HOUR, openClinic, type OpenClinic } from "./clinic-fixture.ts";

/** What the ledger says of a record's last state. */
function lastEntry(open: OpenClinic, id: string) {
  const entry = open.clinic.ledger.entries.findLast((one) => one.id === id);
  if (entry === undefined) throw new Error(`no entry of ${id}`);
  return entry;
}

function marks(open: OpenClinic, id: string): unknown[] {
  const { record } = lastEntry(open, id);
  return [record["patient_arrived"], record["did_not_arrive"]];
}

describe("arrival and no-show", () => {
  test("start false/false and are null/null once set and taken back", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const [arrived, absent] = [open.bookIn(HOUR), open.bookIn(2 * HOUR)] as const;
    expect(marks(open, arrived)).toEqual([false, false]);
    desk.markArrived(arrived);
    expect(marks(open, arrived)).toEqual([true, false]);
    desk.clearArrival(arrived);
    expect(marks(open, arrived)).toEqual([null, null]);
    desk.markDidNotArrive(absent);
    expect(marks(open, absent)).toEqual([false, true]);
    desk.clearDidNotArrive(absent);
    expect(marks(open, absent)).toEqual([null, null]);
  });

  test("tell their facts, one or two at a time", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const id = open.bookIn(HOUR);
    const factsAfter = (act: (id: string) => void): readonly string[] => {
      act(id);
      return lastEntry(open, id).facts;
    };
    expect(factsAfter(desk.markArrived)).toEqual(["arrived"]);
    expect(factsAfter(desk.clearArrival)).toEqual(["arrival_reverted"]);
    expect(factsAfter(desk.markDidNotArrive)).toEqual(["did_not_arrive"]);
    expect(factsAfter(desk.markArrived)).toEqual(["arrived", "did_not_arrive_reverted"]);
    expect(factsAfter(desk.markDidNotArrive)).toEqual(["did_not_arrive", "arrival_reverted"]);
    expect(factsAfter(desk.clearDidNotArrive)).toEqual(["did_not_arrive_reverted"]);
  });

  test("do nothing when there is nothing to do", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const id = open.bookIn(HOUR);
    const before = open.clinic.ledger.entries.length;
    desk.clearArrival(id);
    desk.clearDidNotArrive(id);
    expect(open.clinic.ledger.entries).toHaveLength(before);
    desk.markArrived(id);
    desk.markArrived(id);
    // One entry of the appointment, one of its attendee.
    expect(open.clinic.ledger.entries).toHaveLength(before + 2);
  });
});

describe("a change tells", () => {
  test.each<[string, Parameters<Desk["change"]>[1], string[]]>([
    ["a move", { startsAt: 5 * DAY }, ["rescheduled"]],
    ["a longer visit", { endsAt: 1e13 }, ["rescheduled"]],
    ["a note", { notes: "new" }, ["updated"]],
    ["a move with a note", { startsAt: 5 * DAY, notes: "new" }, ["rescheduled", "updated"]],
  ])("%s as %o %o", (_, changes, facts) => {
    const open = openClinic();
    const id = open.bookIn(DAY);
    expect(open.clinic.desk.change(id, changes)).toBe(true);
    expect(lastEntry(open, id).facts).toEqual(facts);
  });

  test("another practitioner or business alone as updated, beside a move without it", () => {
    const open = openClinic();
    const { desk, plant } = open.clinic;
    const id = open.bookIn(DAY);
    desk.changePractitioner(id, open.ids.otherPractitioner);
    expect(lastEntry(open, id).facts).toEqual(["practitioner_changed", "updated"]);
    desk.change(id, { businessId: plant.business(), startsAt: open.clock.now + 3 * DAY });
    expect(lastEntry(open, id).facts).toEqual(["rescheduled", "business_changed"]);
  });

  test("nothing when nothing changes", () => {
    const open = openClinic();
    const id = open.bookIn(DAY, { notes: "same" });
    const before = open.clinic.ledger.entries.length;
    expect(open.clinic.desk.editNote(id, "same")).toBe(false);
    expect(open.clinic.desk.change(id, {})).toBe(false);
    expect(open.clinic.ledger.entries).toHaveLength(before);
  });
});

test("what Cliniko says never happens can be done all the same: reinstating and un-archiving an appointment", () => {
  const open = openClinic();
  const { desk } = open.clinic;
  const id = open.bookIn(DAY);
  desk.reinstate(id);
  desk.unarchiveAppointment(id);
  expect(lastEntry(open, id).version).toBe(1);
  desk.cancel(id, { reason: 10, note: "rang" });
  desk.reinstate(id);
  expect(lastEntry(open, id).facts).toEqual(["reinstated"]);
  expect(lastEntry(open, id).record).toMatchObject({
    cancelled_at: null,
    cancellation_reason_description: "",
  });
  desk.archive(id);
  desk.archive(id);
  desk.unarchiveAppointment(id);
  expect(lastEntry(open, id).facts).toEqual(["unarchived"]);
  expect(lastEntry(open, id).version).toBe(5);
});

describe("a merge", () => {
  test("archives the loser and hands its appointments to the survivor", () => {
    const open = openClinic();
    const { ids, clinic } = open;
    const visits = [open.bookIn(DAY), open.bookIn(2 * DAY)];
    clinic.desk.cancel(visits[1] ?? "", { reason: 10 });
    expect(clinic.desk.mergePatients(ids.ada, ids.bram)).toEqual(visits);
    expect(lastEntry(open, ids.ada).facts).toEqual(["merged", "archived"]);
    for (const id of visits) {
      expect(lastEntry(open, id)).toMatchObject({
        facts: ["updated"],
        record: { patient_name: "Bram Tansy" },
      });
    }
    const query = `q[]=patient_id:=${ids.bram}&q[]=cancelled_at:*`;
    expect(open.get(`/individual_appointments?${query}`).json["total_entries"]).toBe(2);
  });

  test("of a patient already archived tells merged alone, and impossible merges throw", () => {
    const open = openClinic();
    const { ids, clinic } = open;
    clinic.desk.archivePatient(ids.ada);
    clinic.desk.mergePatients(ids.ada, ids.bram);
    expect(lastEntry(open, ids.ada).facts).toEqual(["merged"]);
    expect(() => clinic.desk.mergePatients(ids.ada, ids.bram)).toThrow(
      "a merge takes two different patients",
    );
    expect(() => clinic.desk.mergePatients(ids.bram, ids.ada)).toThrow(
      "a merge takes two different patients",
    );
    expect(() => clinic.desk.mergePatients(ids.bram, ids.bram)).toThrow(
      "a merge takes two different patients",
    );
  });
});

describe("deleting a patient for good", () => {
  test("takes the appointments along, leaves no trace, and is in the ledger", () => {
    const open = openClinic();
    const { ids, clinic } = open;
    const id = open.bookIn(DAY);
    clinic.desk.archivePatient(ids.ada);
    expect(clinic.desk.deletePatientForGood(ids.ada)).toEqual([id]);
    expect(lastEntry(open, id)).toMatchObject({ facts: ["deleted"], version: 2, record: { id } });
    expect(lastEntry(open, ids.ada)).toMatchObject({ facts: ["deleted"], record: { first_name: "Ada" } });
    expect(clinic.desk.appointments()).toEqual([]);
    expect(open.get("/patients/deleted").json["total_entries"]).toBe(0);
    expect(() => clinic.desk.markArrived(id)).toThrow("there is no appointment");
  });

  test("is refused for a patient who is not archived", () => {
    const { clinic, ids } = openClinic();
    expect(() => clinic.desk.deletePatientForGood(ids.ada)).toThrow("archived before");
  });
});

test("acts on strangers throw", () => {
  const open = openClinic();
  const { desk } = open.clinic;
  expect(() => desk.renamePatient("1", "No", "Body")).toThrow("there is no patient 1");
  const booking = { practitionerId: "1", businessId: "1", startsAt: 0 };
  expect(() => desk.book({ ...booking, patientId: "1", appointmentTypeId: open.ids.type })).toThrow(
    "no patient",
  );
  expect(() => desk.book({ ...booking, patientId: open.ids.ada, appointmentTypeId: "1" })).toThrow(
    "no appointment type",
  );
});

test("bulk acts write every record at one instant", () => {
  const open = openClinic();
  const ids = [open.bookIn(DAY), open.bookIn(DAY + HOUR)];
  open.clock.now += 60_000;
  open.clinic.desk.bulkMove(ids, HOUR);
  open.clinic.desk.bulkCancel(ids, { reason: 50, note: "Practitioner unwell" });
  const own = open.clinic.ledger.entries.filter(
    (entry) => entry.version > 1 && entry.resource === "individual_appointments",
  );
  expect(own.map((entry) => entry.facts)).toEqual([
    ["rescheduled"],
    ["rescheduled"],
    ["cancelled"],
    ["cancelled"],
  ]);
  expect(new Set(own.map((entry) => entry.record["updated_at"])).size).toBe(1);
});

describe("noise", () => {
  test("moves a record without a fact", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const id = open.bookIn(DAY);
    open.clock.now += 60_000;
    desk.sendReminders([id]);
    expect(lastEntry(open, id)).toMatchObject({
      facts: [],
      noise: true,
      record: { email_reminder_sent: true, sms_reminder_sent: true, updated_at: "2026-11-23T00:01:00Z" },
    });
    open.clock.now += 60_000;
    desk.touch(id);
    expect(lastEntry(open, id)).toMatchObject({
      noise: true,
      record: { updated_at: "2026-11-23T00:02:00Z" },
    });
  });

  test("that is derived from other records leaves updated_at alone", () => {
    const open = openClinic();
    const { desk } = open.clinic;
    const id = open.bookIn(DAY);
    open.clock.now += 60_000;
    desk.setInvoiceStatus(id, 20);
    desk.setTreatmentNoteStatus(id, 90);
    expect(lastEntry(open, id)).toMatchObject({
      noise: true,
      record: { invoice_status: 20, treatment_note_status: 90, updated_at: "2026-11-23T00:00:00Z" },
    });
  });
});
