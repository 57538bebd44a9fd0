import { expect, test } from "vitest";
import { createClinic, type Clinic } from "../../../src/sandbox/clinic/clinic.ts";
import { localTimeIn } from "../../../src/sandbox/clinic/local-time.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import { once } from "../../../src/shared/once.ts";
import { DAY, START } from "./clinic-fixture.ts";

/** Nobody writes into it. */
const first = once(() => seeded(1));

function seeded(seed: number): Clinic {
  const clinic = createClinic({ now: () => START, seed: 1 });
  seedClinic(clinic, { seed });
  return clinic;
}

test("a seeded clinic has the people and visits that were asked for, and answers their ids", () => {
  const clinic = createClinic({ now: () => START, seed: 1 });
  const ids = seedClinic(clinic, { practitioners: 2, patients: 30, appointments: 50 });
  const { desk } = clinic;
  expect(desk.practitioners().map((row) => row.id)).toEqual(ids.practitionerIds);
  expect(desk.patients().map((row) => row.id)).toEqual(ids.patientIds);
  expect(desk.appointments().map((row) => row.id)).toEqual(ids.appointmentIds);
  expect([ids.practitionerIds.length, ids.patientIds.length, ids.appointmentIds.length]).toEqual([2, 30, 50]);
  expect(desk.businesses()).toHaveLength(1);
  expect(desk.appointmentTypes().map((row) => row.id)).toEqual(ids.appointmentTypeIds);
});

test("there are classes around now and for a fortnight, with people in them and some marks", () => {
  const clinic = createClinic({ now: () => START, seed: 1 });
  const ids = seedClinic(clinic, { groupAppointments: 20 });
  const { desk } = clinic;
  expect(desk.groupAppointments().map((row) => row.id)).toEqual(ids.groupAppointmentIds);
  expect(ids.groupAppointmentIds).toHaveLength(20);
  const places = desk.attendees().filter((row) => row.booking_kind === "group");
  expect(new Set(places.map((row) => row.id))).toEqual(new Set(ids.placeIds));
  expect(places.length).toBeGreaterThan(60);
  expect(places.some((row) => row.cancelled_at !== null)).toBe(true);
  expect(places.some((row) => row.arrived !== null)).toBe(true);
  for (const row of desk.groupAppointments()) {
    const open = desk.attendeesOf(row.id).filter((one) => one.cancelled_at === null);
    expect(row.patient_ids).toEqual(open.map((one) => one.patient_id));
  }
  for (const row of desk.attendees()) expect(row.updated_at).toBeLessThan(START / 1000);
  expect(desk.attendees()).toHaveLength(desk.appointments().length + places.length);
});

test("a clinic without people has no classes, or empty ones", () => {
  const clinic = createClinic({ now: () => START, seed: 1 });
  expect(seedClinic(clinic, { practitioners: 0, appointments: 0 }).groupAppointmentIds).toEqual([]);
  expect(seedClinic(clinic, { patients: 0, appointments: 0 }).placeIds).toEqual([]);
});

test("the same seed gives the same clinic, another seed another one", () => {
  const records = recordsOf(seeded(3));
  expect(recordsOf(seeded(3))).toBe(records);
  expect(recordsOf(seeded(4))).not.toBe(records);
});

test("the diary reaches from a week back to two weeks ahead, in opening hours, never on Sundays", () => {
  const local = localTimeIn("Australia/Brisbane");
  const starts = first()
    .desk.appointments()
    .map((row) => row.starts_at * 1000);
  expect(Math.min(...starts)).toBeLessThan(START - 5 * DAY);
  expect(Math.min(...starts)).toBeGreaterThan(START - 8 * DAY);
  expect(Math.max(...starts)).toBeGreaterThan(START + 12 * DAY);
  expect(Math.max(...starts)).toBeLessThan(START + 15 * DAY);
  for (const start of starts) {
    expect(local.weekday(start)).not.toBe(0);
    expect(local.minutesAfterMidnight(start)).toBeGreaterThanOrEqual(8 * 60);
    expect(local.minutesAfterMidnight(start)).toBeLessThan(18 * 60);
  }
});

test("there is a bit of everything: notes, cancellations, archived records, arrivals, no-shows", () => {
  const rows = first().desk.appointments();
  const count = (holds: (row: (typeof rows)[number]) => boolean): number => rows.filter(holds).length;
  expect(rows).toHaveLength(400);
  expect(count((row) => row.notes !== null)).toBeGreaterThan(80);
  expect(count((row) => row.cancelled_at !== null)).toBeGreaterThan(15);
  expect(count((row) => row.archived_at !== null)).toBeGreaterThan(5);
  expect(count((row) => row.patient_arrived === true)).toBeGreaterThan(50);
  expect(count((row) => row.did_not_arrive === true)).toBeGreaterThan(3);
});

test("nothing in it happened in the future, and ids grow with creation", () => {
  const { desk, ledger } = first();
  for (const row of [...desk.appointments(), ...desk.patients()]) {
    expect(row.created_at).toBeLessThanOrEqual(row.updated_at);
    expect(row.updated_at).toBeLessThan(START / 1000);
  }
  const ids = desk.appointments().map((row) => BigInt(row.id));
  expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(ledger.entries.every((entry) => entry.baseline && entry.facts.length === 0)).toBe(true);
});

test("nobody in it can be reached: reserved mail domains and telephone numbers", () => {
  for (const row of first().desk.patients()) {
    expect(row.email ?? "x@example.com").toMatch(/@example\.com$/);
    for (const { number } of row.patient_phone_numbers) {
      expect(number).toMatch(/^(0491 57\d \d{3}|\(02\) (5550|7010) \d{4})$/);
    }
  }
});

test("more visits than slots are double bookings", () => {
  const clinic = createClinic({ now: () => START, seed: 1 });
  expect(
    seedClinic(clinic, { practitioners: 1, patients: 5, appointments: 900 }).appointmentIds,
  ).toHaveLength(900);
});

test("local time survives the changes of the clocks", () => {
  const sydney = localTimeIn("Australia/Sydney");
  // Clocks go forward on 2026-10-04 at 2:00.
  const eve = Date.UTC(2026, 9, 3, 3);
  expect(sydney.describe(sydney.at(eve, 0, 9 * 60))).toBe("Saturday 9:00");
  expect(sydney.describe(sydney.at(eve, 1, 9 * 60))).toBe("Sunday 9:00");
  expect(sydney.at(eve, 1, 9 * 60) - sydney.at(eve, 0, 9 * 60)).toBe(23 * 3_600_000);
  expect(sydney.weekday(sydney.at(eve, 2, 0))).toBe(1);
});

function recordsOf(clinic: Clinic): string {
  return JSON.stringify(clinic.ledger.entries);
}
