import { describe, expect, test } from "vitest";
import { auditDeliveries, type AuditOptions } from "../../../src/sandbox/audit/audit.ts";
import type { AuditReport } from "../../../src/sandbox/audit/report.ts";
import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import { DAY, HOUR, MINUTE, openClinic, START, type OpenClinic } from "./clinic-fixture.ts";
import { tell } from "./reporter.ts";

interface Scene {
  readonly open: OpenClinic;
  /** Booked before watching began. */
  readonly id: string;
  /** Audits events that each show the last state of the record at the time they are added. */
  readonly audit: (more?: Partial<AuditOptions>) => AuditReport;
  readonly deliver: (type: string, transitions: string[]) => void;
}

function setScene(): Scene {
  const open = openClinic();
  const id = open.bookIn(DAY);
  const { entries } = open.clinic.ledger;
  const from = entries.length;
  const deliveries: ReturnType<typeof tell>[] = [];
  const last = (): LedgerEntry => {
    const entry = entries.findLast((one) => one.id === id);
    if (entry === undefined) throw new Error("nothing was written");
    return entry;
  };
  open.clock.now += MINUTE;
  return {
    open,
    id,
    deliver: (type, transitions) => {
      deliveries.push(
        tell(last(), deliveries.length + 1, (event) => {
          event.type = `appointment.${type}`;
          event.data.transitions = transitions;
        }),
      );
    },
    audit: (more) => auditDeliveries({ entries, deliveries, from: { index: from }, ...more }),
  };
}

describe("several changes between two polls", () => {
  test("are one event with all their facts", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.move(id, START + 3 * DAY);
    open.clinic.desk.editNote(id, "new");
    open.clinic.desk.cancel(id, { reason: 10 });
    deliver("cancelled", ["cancelled", "rescheduled", "updated"]);
    expect(audit()).toMatchObject({ clean: true, transitions: 3, covered: 1, coalesced: 2, delivered: 1 });
  });

  test("that leave a fact out lose the change it belongs to", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.move(id, START + 3 * DAY);
    open.clinic.desk.cancel(id, { reason: 10 });
    deliver("cancelled", ["cancelled"]);
    const report = audit();
    expect(report.lost).toMatchObject([{ facts: ["rescheduled"] }]);
    expect(report).toMatchObject({ covered: 1, coalesced: 0, wrong: [] });
  });

  test("that leave the last fact out, or add one, are wrong", () => {
    const scene = setScene();
    scene.open.clinic.desk.move(scene.id, START + 3 * DAY);
    scene.open.clinic.desk.cancel(scene.id, { reason: 10 });
    scene.deliver("rescheduled", ["rescheduled"]);
    expect(scene.audit().wrong).toHaveLength(1);
    const other = setScene();
    other.open.clinic.desk.move(other.id, START + 3 * DAY);
    other.open.clinic.desk.move(other.id, START + 4 * DAY);
    other.deliver("archived", ["archived", "rescheduled"]);
    expect(other.audit().wrong).toHaveLength(1);
  });

  test("of the practitioner, there and on, are told by the change alone", () => {
    const { open, id, deliver, audit } = setScene();
    const third = open.clinic.plant.practitioner();
    open.clinic.desk.changePractitioner(id, open.ids.otherPractitioner);
    open.clinic.desk.changePractitioner(id, third);
    deliver("updated", ["updated", "practitioner_changed"]);
    expect(audit().clean).toBe(true);
  });

  test("of the practitioner alone are an update all the same", () => {
    const { open, id, deliver, audit } = setScene();
    const third = open.clinic.plant.practitioner();
    open.clinic.desk.changePractitioner(id, open.ids.otherPractitioner);
    open.clinic.desk.changePractitioner(id, third);
    deliver("practitioner_changed", ["practitioner_changed"]);
    expect(audit().wrong).toMatchObject([
      { reason: "transitions practitioner_changed where practitioner_changed, updated happened" },
    ]);
  });

  test("lose a note that is told as a mere move", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.editNote(id, "new");
    open.clinic.desk.move(id, START + 3 * DAY);
    deliver("rescheduled", ["rescheduled"]);
    expect(audit().lost).toMatchObject([{ facts: ["updated"] }]);
  });

  test("with a move explain another practitioner and business without a mere update", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.changePractitioner(id, open.ids.otherPractitioner);
    open.clinic.desk.change(id, { startsAt: START + 3 * DAY, businessId: open.clinic.plant.business() });
    deliver("rescheduled", ["rescheduled", "practitioner_changed", "business_changed"]);
    expect(audit()).toMatchObject({ clean: true, coalesced: 1 });
  });
});

describe("a change that is undone before anybody looks", () => {
  test("is no loss when nothing is told of it", () => {
    const { open, id, audit } = setScene();
    open.clinic.desk.move(id, START + 3 * DAY);
    open.clinic.desk.move(id, START + DAY);
    expect(audit()).toMatchObject({ clean: true, transitions: 2, coalesced: 2, delivered: 0 });
  });

  test.each<[string, (desk: OpenClinic["clinic"]["desk"], id: string) => void]>([
    ["an arrival", (desk, id) => (desk.markArrived(id), desk.clearArrival(id))],
    ["a no-show", (desk, id) => (desk.markDidNotArrive(id), desk.clearDidNotArrive(id))],
    ["a cancellation", (desk, id) => (desk.cancel(id, { reason: 10 }), desk.reinstate(id))],
    ["an archiving", (desk, id) => (desk.archive(id), desk.unarchiveAppointment(id))],
    ["a business", changeBusinessAndBack],
    ["a practitioner", changePractitionerAndBack],
    ["a note", (desk, id) => (desk.editNote(id, "new"), desk.editNote(id, null))],
  ])("need not be told with what follows: %s", (_, act) => {
    const { open, id, deliver, audit } = setScene();
    act(open.clinic.desk, id);
    expect(audit().clean).toBe(true);
    open.clinic.desk.move(id, START + 3 * DAY);
    deliver("rescheduled", ["rescheduled"]);
    expect(audit()).toMatchObject({ clean: true, transitions: 3, coalesced: 2 });
  });

  test("is told when it is not undone: a no-show taken back, told before", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.markDidNotArrive(id);
    deliver("did_not_arrive", ["did_not_arrive"]);
    open.clock.now += MINUTE;
    open.clinic.desk.clearDidNotArrive(id);
    expect(audit().lost).toMatchObject([{ facts: ["did_not_arrive_reverted"] }]);
    deliver("did_not_arrive_reverted", ["did_not_arrive_reverted"]);
    expect(audit().clean).toBe(true);
  });

  test("does not hide a later change that is never told", () => {
    const { open, id, audit } = setScene();
    open.clinic.desk.move(id, START + 3 * DAY);
    open.clinic.desk.move(id, START + DAY);
    open.clinic.desk.cancel(id, { reason: 10 });
    expect(audit().lost).toHaveLength(3);
  });
});

test("two writes in one second that end where they began are one state to a reader", () => {
  const { open, id, deliver, audit } = setScene();
  open.clinic.desk.move(id, START + 3 * DAY);
  deliver("rescheduled", ["rescheduled"]);
  open.clinic.desk.move(id, START + DAY);
  open.clinic.desk.move(id, START + 3 * DAY);
  expect(audit()).toMatchObject({ clean: true, coalesced: 2, transitions: 3 });
});

describe("a record booked and cancelled between two polls", () => {
  test("is met as created, with the cancellation beside it", () => {
    const { open, audit } = setScene();
    const id = open.bookIn(2 * DAY);
    open.clinic.desk.move(id, START + 5 * DAY);
    open.clinic.desk.cancel(id, { reason: 10 });
    const last = open.clinic.ledger.entries.at(-1);
    const told = (transitions: string[], type = "created") =>
      last &&
      tell(last, 1, (event) =>
        Object.assign(event, { type: `appointment.${type}`, data: { ...event.data, transitions } }),
      );
    const auditOf = (delivery: ReturnType<typeof told>): AuditReport =>
      audit({ deliveries: delivery ? [delivery] : [] });
    expect(auditOf(told(["created", "cancelled"]))).toMatchObject({ clean: true, coalesced: 2 });
    expect(auditOf(told(["created", "cancelled"], "cancelled")).clean).toBe(true);
    expect(auditOf(told(["created"])).wrong).toHaveLength(1);
    expect(auditOf(told(["cancelled"], "cancelled")).lost).toMatchObject([{ facts: ["created"] }]);
  });
});

describe("a record deleted for good", () => {
  test("is lost when nobody tells of it, and excluded where that detection is not there", () => {
    const { audit, id, open } = deleteAfter(1000);
    const report = audit();
    expect(new Set(report.lost.map((entry) => entry.id))).toEqual(new Set([id, open.ids.ada]));
    expect(audit({ detectsHardDeletes: false })).toMatchObject({ clean: true, transitions: 0, excluded: 4 });
  });

  test("excuses only what happened just before", () => {
    const { audit, id } = deleteAfter(HOUR);
    expect(audit({ detectsHardDeletes: false }).lost).toMatchObject([{ id, facts: ["updated"] }]);
    expect(audit({ detectsHardDeletes: false, swallowedWithinMs: 2 * HOUR }).clean).toBe(true);
  });

  test.each([[true], [false]])("is told with the last state or without any: %s", (withObject) => {
    const { audit, open } = deleteAfter(1000);
    const { entries } = open.clinic.ledger;
    const deletions = entries.filter((entry) => entry.facts.includes("deleted"));
    const deliveries = deletions.map((entry) =>
      tell(entry, 1, ({ data }) => {
        if (!withObject) data.object = null;
      }),
    );
    expect(audit({ deliveries })).toMatchObject({ clean: true, covered: 2, coalesced: 2 });
  });

  test("before anybody knew of it is no loss", () => {
    const { open, audit } = setScene();
    const patientId = open.clinic.desk.registerPatient({ first_name: "Brief", last_name: "Visit" });
    open.clinic.desk.archivePatient(patientId);
    open.clinic.desk.deletePatientForGood(patientId);
    expect(audit()).toMatchObject({ clean: true, coalesced: 3 });
  });

  test("is not to be told of a record that was only archived", () => {
    const { open, id, deliver, audit } = setScene();
    open.clinic.desk.archive(id);
    deliver("deleted", ["deleted"]);
    const report = audit();
    expect(report.invented).toHaveLength(1);
    expect(report.lost).toMatchObject([{ facts: ["archived"] }]);
  });
});

test("a change during the first sync may be told as a mere update, once", () => {
  const { open, id, deliver, audit } = setScene();
  open.clinic.desk.cancel(id, { reason: 10 });
  const baselineUntil = open.clock.now;
  deliver("updated", ["updated"]);
  expect(audit().wrong).toHaveLength(1);
  expect(audit({ baselineUntil }).clean).toBe(true);
  open.clock.now += MINUTE;
  open.clinic.desk.archive(id);
  deliver("updated", ["updated"]);
  expect(audit({ baselineUntil: Infinity }).wrong).toHaveLength(1);
});

function changePractitionerAndBack(desk: OpenClinic["clinic"]["desk"], id: string): void {
  const [first, second] = desk.practitioners();
  desk.changePractitioner(id, second?.id ?? "");
  desk.changePractitioner(id, first?.id ?? "");
}

function changeBusinessAndBack(desk: OpenClinic["clinic"]["desk"], id: string): void {
  const [row] = desk.appointments().filter((one) => one.id === id);
  const other = desk.businesses().find((business) => business.id !== row?.business_id);
  if (row === undefined) throw new Error("no such appointment");
  desk.change(id, { businessId: other?.id ?? "another" });
  desk.change(id, { businessId: row.business_id });
}

function deleteAfter(ms: number): Scene {
  const scene = setScene();
  scene.open.clinic.desk.editNote(scene.id, "shortly before");
  scene.open.clock.now += ms;
  scene.open.clinic.desk.archivePatient(scene.open.ids.ada);
  scene.open.clinic.desk.deletePatientForGood(scene.open.ids.ada);
  return scene;
}
