import { expect, test } from "vitest";

import { compare, project } from "../../../src/diff/compare.ts";
import { formerValues } from "../../../src/diff/former-values.ts";
import type { Change } from "../../../src/diff/compare.ts";
import { resources } from "../../../src/resources/registry.ts";
import { snapshotOf } from "../../support/stored-things.ts";

const CASES = resources.patient_cases;
const { closed: _closed, closed_at: _closedAt, ...ordinary } = CASES.sample;
const AT = "2026-11-20T03:00:00Z";

/** What is told of a case that was served so and is served otherwise. */
function told(before: object, after: object): Change | undefined {
  const was = project(CASES, { ...ordinary, ...before });
  const is = project(CASES, { ...ordinary, ...after });
  const snapshot = snapshotOf(was, { projectionVersion: CASES.version });
  return compare(CASES, formerValues(CASES, snapshot, is), is);
}

test("the newer field decides where it is served, whatever the older one says", () => {
  expect(told({ closed: false, closed_at: null }, { closed: true, closed_at: null })).toBeUndefined();
  expect(told({ closed: false, closed_at: null }, { closed: false, closed_at: AT })?.type).toBe("closed");
  expect(told({ closed: true, closed_at: AT }, { closed: true, closed_at: null })?.type).toBe("reopened");
});

test("where it is left out the older one does", () => {
  expect(told({ closed: false }, { closed: true })?.type).toBe("closed");
  expect(told({ closed: true }, { closed: false })?.type).toBe("reopened");
  expect(told({ closed: true }, {})?.type).toBe("reopened");
  expect(told({}, { closed: false })).toBeUndefined();
});

test("an account that begins to serve the newer one tells nothing by it, and what it changes in the same moment", () => {
  expect(told({ closed: true }, { closed: true, closed_at: AT })).toBeUndefined();
  expect(told({ closed: false }, { closed: false, closed_at: null })).toBeUndefined();
  expect(told({ closed: true }, { closed: false, closed_at: null })?.type).toBe("reopened");
  expect(told({ closed: true }, { closed: true, closed_at: AT, name: "Right knee" })).toMatchObject({
    type: "updated",
    changed: ["name"],
  });
});

test("what an earlier release kept is compared in what it knew", () => {
  const names = CASES.former?.[1] ?? [];
  const values = project(CASES, { ...ordinary, closed: true });
  const known = names.map((name) => values[Object.keys(CASES.fields).indexOf(name)] ?? null);
  const snapshot = snapshotOf(known, { projectionVersion: 1 });
  expect(compare(CASES, formerValues(CASES, snapshot, values), values)).toBeUndefined();
});
