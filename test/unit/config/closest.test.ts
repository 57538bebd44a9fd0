import { expect, test } from "vitest";

import { closest } from "../../../src/config/closest.ts";

test.each([
  ["evnts", ["events", "accounts"], "events"],
  ["EVENTS", ["events", "accounts"], "events"],
  ["appointment.canceled", ["appointment.cancelled", "appointment.created"], "appointment.cancelled"],
  ["patient.merge", ["patient.merged", "patient.created"], "patient.merged"],
  ["", ["a"], "a"],
] as const)("for %j of %j, %j is meant", (typed, candidates, meant) => {
  expect(closest(typed, candidates)).toBe(meant);
});

test("of two that are equally near, the first is meant", () => {
  expect(closest("cat", ["bat", "hat"])).toBe("bat");
});

test("nothing is meant when nothing is near, or there is nothing to mean", () => {
  expect(closest("sandwiches", ["events", "accounts"])).toBeUndefined();
  expect(closest("events", [])).toBeUndefined();
});
