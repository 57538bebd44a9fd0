import { describe, expect, test } from "vitest";
import { auditDeliveries, type AuditOptions } from "../../../src/sandbox/audit/audit.ts";
import type { AuditReport } from "../../../src/sandbox/audit/report.ts";
import type { LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import { openClass, type OpenClass } from "./class-fixture.ts";
import { DAY, HOUR } from "./clinic-fixture.ts";
import { tell, tellEverything } from "./reporter.ts";

const ALL = ["individual_appointments", "patients", "group_appointments", "attendees"] as const;

interface Story {
  readonly scene: OpenClass;
  readonly entries: readonly LedgerEntry[];
  readonly audit: (options?: Partial<AuditOptions>) => AuditReport;
}

function tellStory(): Story {
  const scene = openClass();
  const { open, group, place } = scene;
  const { desk, ledger } = open.clinic;
  const index = ledger.entries.length;
  desk.addToGroup(group, open.ids.bram);
  desk.moveGroup(group, open.clock.now + 2 * DAY);
  desk.markPlaceArrived(place);
  desk.markPlaceDidNotArrive(place);
  desk.cancelPlace(place, { reason: 10 });
  desk.archiveGroup(group);
  desk.cancel(open.bookIn(HOUR), { reason: 10 });
  return {
    scene,
    entries: ledger.entries.slice(index),
    audit: (options) =>
      auditDeliveries({
        entries: ledger.entries,
        deliveries: tellEverything(ledger.entries, index),
        from: { index },
        resources: ALL,
        ...options,
      }),
  };
}

test("a sender who tells of classes and places too gets a clean audit of all of it", () => {
  expect(tellStory().audit()).toMatchObject({ transitions: 10, covered: 10, ignored: 0, clean: true });
});

test("by default classes and places are nobody's business: neither owed nor judged", () => {
  const { audit, scene } = tellStory();
  const resources = ["individual_appointments", "patients"] as const;
  expect(audit({ resources })).toMatchObject({ transitions: 2, covered: 2, ignored: 8, clean: true });
  const { entries } = scene.open.clinic.ledger;
  const report = auditDeliveries({ entries, deliveries: [], from: { index: entries.length } });
  expect(report).toMatchObject({ transitions: 0, clean: true });
});

test("held to account, a sender who keeps silent about them loses them", () => {
  const { audit } = tellStory();
  const { lost } = audit({ deliveries: [], resources: ["attendees"] });
  expect(new Set(lost.flatMap((entry) => entry.facts))).toEqual(
    new Set(["added", "arrived", "did_not_arrive", "arrival_reverted", "cancelled", "archived"]),
  );
});

test("an event about the attendee of an individual appointment is invented", () => {
  const { audit, entries, scene } = tellStory();
  const mirror = entries.find((entry) => entry.resource === "attendees" && entry.noise);
  if (mirror === undefined) throw new Error("the story has no such attendee");
  const told = tell(mirror, 1, (event) => {
    event.type = "attendee.added";
    event.data.transitions.push("added");
  });
  const last = scene.open.clinic.ledger.entries.length;
  expect(audit({ deliveries: [told], from: { index: last - 4 } }).invented).toHaveLength(1);
});

describe("coalesced", () => {
  test("a place taken and cancelled between two polls is met as added, with the cancellation beside it", () => {
    const { open, group } = openClass();
    const { desk, ledger } = open.clinic;
    const from = { index: ledger.entries.length };
    desk.cancelPlace(desk.addToGroup(group, open.ids.bram), { reason: 10 });
    const entry = ledger.entries.findLast((one) => one.facts.includes("cancelled"));
    if (entry === undefined) throw new Error("nothing was cancelled");
    const told = (transitions: string[]) =>
      tell(entry, 1, (event) => {
        Object.assign(event, { type: "attendee.added", data: { ...event.data, transitions } });
      });
    const audit = (transitions: string[]) =>
      auditDeliveries({ entries: ledger.entries, deliveries: [told(transitions)], from, resources: ALL });
    expect(audit(["added", "cancelled"])).toMatchObject({ clean: true, coalesced: 1 });
    expect(audit(["added"]).clean).toBe(false);
  });

  test("an arrival that was taken back in between need not be told", () => {
    const { open, place } = openClass();
    const { desk, ledger } = open.clinic;
    const from = { index: ledger.entries.length };
    desk.markPlaceArrived(place);
    desk.clearPlace(place);
    const audit = () =>
      auditDeliveries({ entries: ledger.entries, deliveries: [], from, resources: ["attendees"] });
    expect(audit()).toMatchObject({ clean: true, coalesced: 2 });
    desk.markPlaceDidNotArrive(place);
    expect(audit().clean).toBe(false);
  });
});
