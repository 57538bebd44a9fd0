import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compare, project } from "../../../src/diff/compare.ts";
import { EVENT_TYPES, matchesPattern } from "../../../src/diff/event-types.ts";
import { resources } from "../../../src/resources/registry.ts";
import type { Projection } from "../../../src/resources/resource.ts";
import { realBooking } from "../../fixtures/real-booking.ts";

const appointments = resources.individual_appointments;
const patients = resources.patients;
const T1 = "2024-04-05T00:00:00Z";
const T2 = "2024-04-06T00:00:00Z";
const practitioner = { links: { self: "https://api.au4.cliniko.com/v1/practitioners/99" } };
const business = { links: { self: "https://api.au4.cliniko.com/v1/businesses/98" } };

type Fields = Readonly<Record<string, unknown>>;

function between(before: Fields, after: Fields): ReturnType<typeof compare> {
  return compare(
    appointments,
    project(appointments, { ...realBooking(), ...before }),
    project(appointments, { ...realBooking(), ...after }),
  );
}

describe("one transition has one type, the most telling, and all its facts", () => {
  test.each<[string, Fields, Fields, string[]]>([
    ["a move", {}, { starts_at: T1, ends_at: T2 }, ["rescheduled"]],
    ["a longer visit", {}, { ends_at: T2 }, ["rescheduled"]],
    ["another practitioner", {}, { practitioner }, ["updated", "practitioner_changed"]],
    ["another business", {}, { business }, ["updated", "business_changed"]],
    [
      "a move to another practitioner",
      {},
      { starts_at: T1, practitioner },
      ["rescheduled", "practitioner_changed"],
    ],
    ["a note", {}, { notes: "knee" }, ["updated"]],
    ["a move and a note", {}, { starts_at: T1, notes: "knee" }, ["rescheduled", "updated"]],
    [
      "a cancellation",
      {},
      { cancelled_at: T1, cancellation_reason: 30, cancellation_note: "flu" },
      ["cancelled"],
    ],
    [
      "a late word on a cancellation",
      { cancelled_at: T1 },
      { cancelled_at: T1, cancellation_note: "flu" },
      ["updated"],
    ],
    ["a move that was then cancelled", {}, { starts_at: T1, cancelled_at: T1 }, ["cancelled", "rescheduled"]],
    ["a reinstatement", { cancelled_at: T1 }, {}, ["reinstated"]],
    ["a no-show", {}, { did_not_arrive: true }, ["did_not_arrive"]],
    ["a no-show taken back", { did_not_arrive: true }, { did_not_arrive: null }, ["did_not_arrive_reverted"]],
    ["an arrival", {}, { patient_arrived: true }, ["arrived"]],
    ["an arrival taken back", { patient_arrived: true }, { patient_arrived: false }, ["arrival_reverted"]],
    [
      "a no-show who came after all",
      { did_not_arrive: true },
      { did_not_arrive: false, patient_arrived: true },
      ["did_not_arrive_reverted", "arrived"],
    ],
    ["an archived visit", {}, { archived_at: T1 }, ["archived"]],
    ["archiving with the legacy mirror", {}, { archived_at: T1, deleted_at: T1 }, ["archived"]],
    ["an archived visit brought back", { archived_at: T1 }, {}, ["unarchived"]],
    [
      "a cancelled visit that is archived",
      { cancelled_at: T1 },
      { cancelled_at: T1, archived_at: T2 },
      ["archived"],
    ],
    ["a deletion", {}, { deleted_at: T1 }, ["deleted"]],
    ["a deletion after archiving", { archived_at: T1 }, { archived_at: T1, deleted_at: T2 }, ["deleted"]],
    ["a deletion undone", { deleted_at: T1 }, {}, ["restored"]],
  ])("%s", (_name, before, after, transitions) => {
    expect(between(before, after)).toMatchObject({ type: transitions[0], transitions });
  });
});

test("a merged duplicate is merged before it is archived", () => {
  const survivor = { links: { self: "https://api.au4.cliniko.com/v1/patients/7" } };
  const before = project(patients, { first_name: "Ada" });
  const after = project(patients, {
    first_name: "Ada",
    merged_at: T1,
    archived_at: T1,
    merged_with_patient: survivor,
  });
  expect(compare(patients, before, after)).toMatchObject({
    type: "merged",
    transitions: ["merged", "archived"],
  });
});

test("a record first seen cancelled is created, and says that it is cancelled", () => {
  const values = project(appointments, { ...realBooking(), cancelled_at: T1 });
  expect(compare(appointments, undefined, values)).toEqual({
    type: "created",
    transitions: ["created", "cancelled"],
    changed: [],
  });
});

test("null, empty, absent and {} are one thing; order of keys, shard and noise are nothing", () => {
  const booking = realBooking();
  const { cancellation_note: _note, notes: _notes, deleted_at: _deleted, ...rest } = booking;
  const respelt = Object.fromEntries(
    Object.entries({
      ...rest,
      archived_at: "",
      patient_case: null,
      repeated_from: {},
      repeat_rule: null,
      did_not_arrive: null,
      patient_arrived: null,
      cancellation_reason_description: null,
      email_reminder_sent: true,
      sms_reminder_sent: true,
      invoice_status: 20,
      treatment_note_status: 90,
      has_patient_appointment_notes: true,
      patient_name: "Ada Quill-Marsh",
      telehealth_url: null,
      updated_at: T2,
    }).toReversed(),
  );
  const moved = JSON.parse(JSON.stringify(respelt).replaceAll("api.au4.", "api.uk2.")) as Fields;
  expect(between({}, moved)).toBeUndefined();
  // The twin: the same with one watched field changed is seen.
  expect(between({}, { ...moved, starts_at: T1 })).toMatchObject({ type: "rescheduled" });
});

const INVERSE = new Map([
  ["cancelled", "reinstated"],
  ["archived", "unarchived"],
  ["deleted", "restored"],
  ["did_not_arrive", "did_not_arrive_reverted"],
  ["arrived", "arrival_reverted"],
  ["rescheduled", "rescheduled"],
  ["updated", "updated"],
  ["practitioner_changed", "practitioner_changed"],
  ["business_changed", "business_changed"],
]);
for (const [there, back] of [...INVERSE]) INVERSE.set(back, there);

const state = fc.record({
  starts_at: fc.constantFrom(T1, T2),
  practitioner: fc.constantFrom(practitioner, business),
  notes: fc.constantFrom(null, "", "knee", "hip"),
  cancelled_at: fc.constantFrom(null, T1, T2),
  archived_at: fc.constantFrom(null, T1, T2),
  deleted_at: fc.constantFrom(null, T1),
  did_not_arrive: fc.constantFrom(null, false, true),
  patient_arrived: fc.constantFrom(null, false, true),
});

test("I16: every difference has exactly one type, equal versions none, and there and back are inverse", () => {
  fc.assert(
    fc.property(state, state, (left, right) => {
      const there = between(left, right);
      const back = between(right, left);
      const leftValues = project(appointments, { ...realBooking(), ...left });
      const rightValues = project(appointments, { ...realBooking(), ...right });
      const equal = JSON.stringify(leftValues) === JSON.stringify(rightValues);
      expect(there === undefined).toBe(equal);
      expect(back === undefined).toBe(equal);
      if (!there || !back) return;
      expect(appointments.transitions).toContain(there.type);
      expect(EVENT_TYPES).toContain(`appointment.${there.type}`);
      expect(there.transitions[0]).toBe(there.type);
      expect(new Set(there.transitions).size).toBe(there.transitions.length);
      expect(there.transitions.map((fact) => INVERSE.get(fact)).toSorted()).toEqual(
        back.transitions.toSorted(),
      );
      expect(there.changed).toEqual(back.changed);
    }),
    { numRuns: 2_000 },
  );
});

test("what changed, applied to the former version, gives the present one", () => {
  fc.assert(
    fc.property(state, state, (left, right) => {
      const names = Object.keys(appointments.fields);
      const before = project(appointments, { ...realBooking(), ...left });
      const after = project(appointments, { ...realBooking(), ...right });
      const changed = between(left, right)?.changed ?? [];
      expect(
        before.map((value, index) => (changed.includes(names[index] ?? "") ? after[index] : value)),
      ).toEqual(after);
    }),
  );
});

test("a pattern matches any fact of an event, its subject's star, or everything", () => {
  const facts = ["cancelled", "rescheduled"];
  expect(matchesPattern("*", "appointment", facts)).toBe(true);
  expect(matchesPattern("appointment.*", "appointment", facts)).toBe(true);
  expect(matchesPattern("appointment.rescheduled", "appointment", facts)).toBe(true);
  expect(matchesPattern("appointment.arrived", "appointment", facts)).toBe(false);
  expect(matchesPattern("patient.*", "appointment", facts)).toBe(false);
});

test("the catalogue has every type of the design for appointments and patients", () => {
  expect(EVENT_TYPES.filter((type) => type.startsWith("appointment.")).toSorted()).toEqual(
    [
      ...["created", "updated", "rescheduled", "cancelled", "reinstated", "arrived", "arrival_reverted"],
      ...["did_not_arrive", "did_not_arrive_reverted", "archived", "unarchived", "deleted", "restored"],
    ]
      .map((name) => `appointment.${name}`)
      .toSorted(),
  );
  expect(EVENT_TYPES.filter((type) => type.startsWith("patient.")).toSorted()).toEqual(
    ["created", "updated", "archived", "unarchived", "merged", "deleted", "restored"]
      .map((name) => `patient.${name}`)
      .toSorted(),
  );
});

test("a projection that was raised names the fields of every version before", () => {
  const all: readonly Projection[] = Object.values(resources);
  for (const { version, former = {} } of all) {
    const before = Array.from({ length: version - 1 }, (_, index) => index + 1);
    expect(before.filter((one) => former[one] === undefined)).toEqual([]);
  }
});
