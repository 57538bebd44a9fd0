import { describe, expect, test } from "vitest";

import {
  chooseAll,
  chooseSubject,
  chooseType,
  findTypes,
  groupBySubject,
  isChosen,
} from "../../../../dashboard/pages/endpoints/form/event-choice.ts";
import { eventCatalogue } from "../../../../src/catalogue/event-catalogue.ts";

const types = eventCatalogue.map(({ type, subject, title, when }) => ({ type, subject, title, when }));
const patient = groupBySubject(types).find(({ subject }) => subject === "patient") ?? {
  subject: "",
  types: [],
};

test("every type is in the group of its subject", () => {
  const groups = groupBySubject(types);
  expect(groups.flatMap((group) => group.types)).toHaveLength(types.length);
  expect(groups.every((group) => group.types.every(({ type }) => type.startsWith(`${group.subject}.`)))).toBe(
    true,
  );
});

test("types are found by their names, by what a person says, and not by anything else", () => {
  const found = (text: string): readonly string[] => findTypes(types, text).map(({ type }) => type);
  expect(found("patient.merged")).toEqual(["patient.merged"]);
  expect(found("No-show")).toContain("appointment.did_not_arrive");
  expect(found("group appointment resched")).toEqual(["group_appointment.rescheduled"]);
  expect(found("sandwich")).toEqual([]);
  expect(found(" ")).toHaveLength(types.length);
});

describe("what is chosen", () => {
  test("is everything, a whole subject, or one type", () => {
    expect(isChosen(["*"], "patient.merged")).toBe(true);
    expect(isChosen(["patient.*"], "patient.merged")).toBe(true);
    expect(isChosen(["patient.merged"], "patient.merged")).toBe(true);
    expect(isChosen(["appointment.*", "patient.created"], "patient.merged")).toBe(false);
    // `appointment.*` is not the beginning of another subject's name.
    expect(isChosen(["appointment.*"], "group_appointment.created")).toBe(false);
  });

  test("is one pattern when it is everything", () => {
    expect(chooseAll(true)).toEqual(["*"]);
    expect(chooseAll(false)).toEqual([]);
  });

  test("of a subject takes the place of its single types, and leaves those of others", () => {
    expect(chooseSubject(["patient.created", "attendee.added"], "patient", true)).toEqual([
      "attendee.added",
      "patient.*",
    ]);
    expect(chooseSubject(["patient.*", "attendee.added"], "patient", false)).toEqual(["attendee.added"]);
  });

  test("keeps the others of a subject when one of it is taken out", () => {
    const left = chooseType(["patient.*"], patient, "patient.merged", false);
    expect(left).not.toContain("patient.*");
    expect(left).not.toContain("patient.merged");
    expect(left).toHaveLength(patient.types.length - 1);
    expect(chooseType(left, patient, "patient.merged", true)).toHaveLength(patient.types.length);
  });

  test("has each type once", () => {
    expect(chooseType(["patient.merged"], patient, "patient.merged", true)).toEqual(["patient.merged"]);
  });
});
