import { expect, test } from "vitest";

import { type Snapshot, adopt } from "../../../src/diff/adopt.ts";
import { compare, project } from "../../../src/diff/compare.ts";
import { eventRefuses, recordRefuses, snapshotRefuses } from "../../../src/diff/consent.ts";
import {
  patientsInSnapshot,
  snapshotWithoutPatient,
  survivorInSnapshot,
  withoutParticipants,
  withoutPatient,
} from "../../../src/diff/forgotten.ts";
import { fingerprintOf } from "../../../src/diff/identity.ts";
import { linkedPatients, patientsOf } from "../../../src/diff/patient-links.ts";
import { resources } from "../../../src/resources/registry.ts";
import { realBooking } from "../../fixtures/real-booking.ts";
import { eventOf, snapshotOf } from "../../support/stored-things.ts";

const KEY = Buffer.alloc(32, 7);
const projection = resources.individual_appointments;
const link = (path: string): object => ({ links: { self: `https://api.au1.cliniko.com/v1/${path}` } });
const visit: Readonly<Record<string, unknown>> = {
  ...realBooking(),
  patient: link("patients/42"),
  notes: "left knee",
  cancellation_note: "rang",
};

function snapshotFor(record: Readonly<Record<string, unknown>>): Snapshot {
  const values = project(projection, record);
  return snapshotOf(values, { fingerprint: fingerprintOf(KEY, values), sequence: 4, updatedAt: 1 });
}

test("of a forgotten patient's visit only what is known to be impersonal stays", () => {
  const kept = withoutPatient(projection, { ...visit, patient_name: "Ada", a_new_field: "Ada" });

  expect(kept).toMatchObject({
    starts_at: visit["starts_at"],
    patient: null,
    notes: null,
    cancellation_note: null,
  });
  expect(Object.keys(kept)).not.toContain("patient_name");
  expect(JSON.stringify(kept)).not.toMatch(/Ada|left knee|rang|patients\/42/);
});

test("what is remembered after forgetting is what the next reading finds: no change is invented", () => {
  const before = snapshotFor(visit);
  const after = snapshotWithoutPatient(KEY, projection, before);
  if (after === "unknown_version") throw new Error("the version is known");
  const observation = {
    ...{ id: "7", createdAt: 1, updatedAt: 1, unchangedUntil: 1, readAt: 2 },
    record: withoutPatient(projection, visit),
  };
  const context = {
    ...{ account: "northside", resource: "individual_appointments", projection, identityKey: KEY },
    baselineStartedAt: undefined,
  };

  expect(adopt(context, after, observation)).toEqual({ kind: "unchanged" });
  expect(adopt(context, before, observation)).toMatchObject({ kind: "adopted" });
  expect(after.sequence).toBe(4);
  expect(patientsInSnapshot(projection, before)).toEqual(["42"]);
  expect(patientsInSnapshot(projection, after)).toEqual([]);
});

test("a snapshot of a version whose fields are not known is left alone, and one of a known former version is not", () => {
  const former = { ...projection, version: 2, former: { 1: ["patient", "starts_at", "notes"] } };
  const old = snapshotOf(["42", 1_763_781_291, "left knee"], { projectionVersion: 1 });
  const kept = snapshotWithoutPatient(KEY, former, old);

  expect(snapshotWithoutPatient(KEY, projection, { ...old, projectionVersion: 9 })).toBe("unknown_version");
  expect(patientsInSnapshot(projection, { ...old, projectionVersion: 9 })).toBe("unknown_version");
  expect(patientsInSnapshot(former, old)).toEqual(["42"]);
  expect(kept === "unknown_version" ? [] : kept.values()).toEqual([null, 1_763_781_291, null]);
});

test("a class goes without those who are left out, and is the same record where there is none of them", () => {
  const record = { id: "9", patient_ids: ["1", "42"] };

  expect(withoutParticipants(record, (id) => id === "42")).toEqual({ id: "9", patient_ids: ["1"] });
  expect(withoutParticipants(record, (id) => id === "5")).toBe(record);
  expect(withoutParticipants({ id: "9" }, () => true)).toEqual({ id: "9" });
});

test("an event is of its subject, of whom it is for, and of whom it was for", () => {
  const moved = eventOf({
    data: {
      ...eventOf().data,
      object: { patient: link("patients/42") },
      previous: { patient: link("patients/7") },
    },
  });
  const gone = eventOf({
    data: {
      object: null,
      previous: { patient: { links: { self: "/patients/42" } } },
      changed: [],
      transitions: [],
    },
  });

  expect(patientsOf(eventOf({ subject: { type: "patient", id: "42" } }))).toEqual(["42"]);
  expect(patientsOf(moved)).toEqual(["42", "7"]);
  expect(patientsOf(gone)).toEqual(["42"]);
  expect(patientsOf(eventOf({ data: { object: {}, previous: {}, changed: [], transitions: [] } }))).toEqual(
    [],
  );
  expect(linkedPatients(projection, { patient: "not a link" })).toEqual([]);
});

test("only a plain no is a refusal: not asked is none", () => {
  const of = (accepted: boolean | null): Snapshot =>
    snapshotOf(project(resources.patients, { accepted_privacy_policy: accepted }));

  expect([true, null, false].map((accepted) => recordRefuses({ accepted_privacy_policy: accepted }))).toEqual(
    [false, false, true],
  );
  expect([true, null, false].map((accepted) => snapshotRefuses(of(accepted)))).toEqual([false, false, true]);
  expect(snapshotRefuses(snapshotOf([], { deletedAt: 1, withheld: true }))).toBe(true);
  expect(snapshotRefuses(snapshotOf([], { deletedAt: 1 }))).toBe(false);
  expect(snapshotRefuses({ ...of(false), projectionVersion: 99 })).toBeUndefined();
  const previous = { accepted_privacy_policy: false };
  expect(eventRefuses(eventOf({ data: { object: null, previous, changed: [], transitions: [] } }))).toBe(
    true,
  );
});

test("the survivor of a merge can be read off the one that was merged into it", () => {
  const values = project(resources.patients, { merged_with_patient: link("patients/42") });

  expect(survivorInSnapshot(resources.patients, snapshotOf(values))).toBe("42");
  expect(survivorInSnapshot(resources.patients, snapshotOf(project(resources.patients, {})))).toBeUndefined();
  expect(compare(resources.patients, values, values)).toBeUndefined();
});
