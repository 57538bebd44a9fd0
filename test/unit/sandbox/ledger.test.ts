import { expect, test } from "vitest";
import { type LedgerEntry } from "../../../src/sandbox/audit/ledger.ts";
import { DAY, openClinic } from "./clinic-fixture.ts";

test("acts at the desk and through the API end in the same ledger, numbered per record", () => {
  const open = openClinic();
  const id = open.bookIn(DAY);
  open.clock.now += 1500;
  open.call("PATCH", `/individual_appointments/${id}`, { notes: "from the API" });
  open.call("PATCH", `/individual_appointments/${id}/cancel`, { cancellation_reason: 30 });
  open.clinic.desk.archive(id);
  const entries = open.clinic.ledger.entries.filter((entry) => entry.id === id);
  expect(entries.map(({ version, facts }) => [version, ...facts])).toEqual([
    [1, "created"],
    [2, "updated"],
    [3, "cancelled"],
    [4, "archived"],
  ]);
  expect(entries[1]).toMatchObject({
    at: open.clock.now,
    visibleAt: open.clock.now,
    resource: "individual_appointments",
    noise: false,
    baseline: false,
  });
});

test("an entry holds the record exactly as it is served, frozen to the bottom", () => {
  const open = openClinic();
  const id = open.bookIn(DAY);
  const entry = open.clinic.ledger.entries.at(-1);
  expect(entry?.record).toEqual(open.get(`/individual_appointments/${id}`).json);
  expect(Object.isFrozen(entry)).toBe(true);
  expect(Object.isFrozen(entry?.facts)).toBe(true);
  expect(Object.isFrozen(entry?.record)).toBe(true);
  expect(Object.isFrozen(entry?.record["patient"])).toBe(true);
  const inner = entry?.record["patient"] as { links: object };
  expect(Object.isFrozen(inner.links)).toBe(true);
});

test("planted records are the baseline: no facts, and not noise", () => {
  const { clinic, ids } = openClinic();
  const patients = clinic.ledger.entries.filter(({ resource }) => resource === "patients");
  expect(patients.map(({ id, facts, baseline, noise }) => ({ id, facts, baseline, noise }))).toEqual(
    [ids.ada, ids.bram].map((id) => ({ id, facts: [], baseline: true, noise: false })),
  );
});

test("a refused write leaves no entry", () => {
  const open = openClinic();
  const before = open.clinic.ledger.entries.length;
  open.call("POST", "/individual_appointments", {});
  open.call("POST", "/patients", { first_name: "Only" });
  expect(open.clinic.ledger.entries).toHaveLength(before);
});

test("a listener hears every entry until it leaves", () => {
  const open = openClinic();
  const planted = open.clinic.ledger.entries.length;
  const heard: LedgerEntry[] = [];
  const leave = open.clinic.ledger.subscribe((entry) => {
    if (entry.resource === "individual_appointments") heard.push(entry);
  });
  const id = open.bookIn(DAY);
  open.clinic.desk.markArrived(id);
  leave();
  open.clinic.desk.archive(id);
  expect(heard.map((entry) => entry.facts)).toEqual([["created"], ["arrived"]]);
  // Its attendee is written before it, each time.
  expect(heard.map((entry) => entry.index - planted)).toEqual([1, 3]);
});
