import { describe, expect, test } from "vitest";

import { type AdoptContext, type Observation, type Snapshot, adopt } from "../../../src/diff/adopt.ts";
import { patientsInSnapshot } from "../../../src/diff/forgotten.ts";
import { linkedPatients } from "../../../src/diff/patient-links.ts";
import { namedValues } from "../../../src/diff/values.ts";
import { type ResourceName, resources } from "../../../src/resources/registry.ts";

const T = Date.parse("2026-11-22T23:47:31Z") / 1_000;
const BASE = "https://api.au1.cliniko.com/v1";
const link = (path: string): object => ({ links: { self: `${BASE}/${path}` } });

interface Told {
  readonly snapshot: Snapshot;
  readonly type: string | undefined;
  readonly transitions: readonly string[];
  readonly changed: readonly string[];
  readonly object: Readonly<Record<string, unknown>>;
  readonly previous: Readonly<Record<string, unknown>>;
}

/** Takes over one version of a record after the other; the answer tells of the last. */
function follow(name: ResourceName, ...records: readonly object[]): Told | undefined {
  const context: AdoptContext = {
    account: "northside",
    resource: name,
    projection: resources[name],
    identityKey: Buffer.alloc(32, 7),
    baselineStartedAt: undefined,
  };
  let snapshot: Snapshot | undefined;
  let told: Told | undefined;
  for (const [index, record] of records.entries()) {
    const at = T + index * 60;
    const own = { id: "42", links: { self: `${BASE}/${name}/42` }, ...record };
    const times = { createdAt: T, updatedAt: at, unchangedUntil: at - 5, readAt: at + 1 };
    const observation: Observation = { id: "42", record: own, ...times };
    const adoption = adopt(context, snapshot, observation);
    told = undefined;
    if (adoption.kind !== "adopted") continue;
    ({ snapshot } = adoption);
    const { type, data } = adoption.event ?? {};
    const { transitions = [], changed = [], object, previous = {} } = data ?? {};
    told = { snapshot, type, transitions, changed, object: object ?? {}, previous };
  }
  return told;
}

describe("what lets anybody in", () => {
  const message = { content: "Your code is 731946", content_subject: "731946", to: "0491 570 156" };

  test.each([11, 25, 42, 43, 44, 45, 46, 47, "45", null, undefined])(
    "is neither kept nor told of a message of category %s",
    (category_code) => {
      const { object, snapshot } = follow("communications", { category_code, ...message }) ?? {};
      expect(object).toMatchObject({ content: null, content_subject: null, to: "0491 570 156" });
      const kept = namedValues(resources.communications, snapshot ?? neverKnown());
      expect([kept?.get("content"), kept?.get("content_subject")]).toEqual([null, null]);
    },
  );

  test.each([1, 12, 15, 41, 48, 77, "8"])("is not what a message of category %s says", (category_code) => {
    const { object, snapshot } = follow("communications", { category_code, ...message }) ?? {};
    expect(object).toMatchObject(message);
    expect(namedValues(resources.communications, snapshot ?? neverKnown())?.get("content")).not.toBeNull();
  });

  test("is not told of a message that turns out to be one", () => {
    const one = { category_code: 1, ...message };
    const { object, previous } = follow("communications", one, { ...one, category_code: 45 }) ?? {};
    expect(JSON.stringify([object, previous])).not.toContain("731946");
  });
});

describe("a name that goes away", () => {
  const visit = { starts_at: "2026-11-24T01:00:00Z", notes: "left knee", patient_name: "Ada Quill" };
  const named = { ...visit, patient: link("patients/7") };

  test.each([visit, { ...visit, patient: null }, { ...visit, patient: {} }])(
    "takes along what was written of them, and stays away: %j",
    (nameless) => {
      const gone = follow("individual_appointments", named, nameless);
      expect(gone).toMatchObject({
        type: "appointment.updated",
        transitions: ["updated", "anonymised"],
        changed: ["patient"],
        previous: { patient: link("patients/7") },
        object: { patient: null, notes: null },
      });
      expect(gone?.object).not.toHaveProperty("patient_name");
      expect(patientsInSnapshot(resources.individual_appointments, gone?.snapshot ?? neverKnown())).toEqual(
        [],
      );
      // As long as it names nobody, what is written is nobody's.
      expect(
        follow("individual_appointments", named, nameless, { ...nameless, notes: "right knee" }),
      ).toBeUndefined();
      const moved = { ...nameless, starts_at: "2026-11-25T01:00:00Z" };
      expect(follow("individual_appointments", named, nameless, moved)).toMatchObject({
        transitions: ["rescheduled"],
        object: { notes: null },
      });
    },
  );

  test("is another matter than a name in its place, and may come back", () => {
    const other = { ...visit, patient: link("patients/8") };
    expect(follow("individual_appointments", named, other)).toMatchObject({
      transitions: ["updated"],
      previous: { patient: link("patients/7") },
    });
    expect(follow("individual_appointments", named, visit, other)).toMatchObject({
      transitions: ["updated"],
      changed: ["patient", "notes"],
      previous: { patient: null, notes: null },
      object: { notes: "left knee" },
    });
  });

  test("of a record that never had one is nothing", () => {
    const memo = { category_code: 6, to: "desk@example.com" };
    const next = { ...memo, to: "owner@example.com" };
    expect(follow("communications", memo, next)).toMatchObject({ transitions: ["updated"], object: next });
  });
});

describe("a referrer", () => {
  const { referral_sources: of } = resources;
  const source = { patient: link("patients/7"), links: { self: `${BASE}/patients/7/referral_source` } };

  test("is a patient or a contact, and only a patient is one", () => {
    const [patient, contact] = [link("patients/8"), link("contacts/8")];
    expect(linkedPatients(of, { ...source, referrer: patient })).toEqual(["7", "8"]);
    expect(linkedPatients(of, { ...source, referrer: contact })).toEqual(["7"]);
    const by = (referrer: object): Told | undefined => follow("referral_sources", { ...source, referrer });
    expect(patientsInSnapshot(of, by(patient)?.snapshot ?? neverKnown())).toEqual(["7", "8"]);
    expect(patientsInSnapshot(of, by(contact)?.snapshot ?? neverKnown())).toEqual(["7"]);
    // The same number of another list is somebody else.
    const changed = follow(
      "referral_sources",
      { ...source, referrer: contact },
      { ...source, referrer: patient },
    );
    expect(changed).toMatchObject({ changed: ["referrer"], previous: { referrer: contact } });
  });

  test("that is taken away is an edit, and nobody is anonymised", () => {
    const before = { ...source, referrer: link("patients/8"), notes: "A friend" };
    expect(follow("referral_sources", before, { ...source, notes: "A friend" })).toMatchObject({
      transitions: ["updated"],
      changed: ["referrer"],
      object: { notes: "A friend" },
    });
  });
});

function neverKnown(): never {
  throw new Error("the record is known");
}
