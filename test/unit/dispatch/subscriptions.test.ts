import { expect, test } from "vitest";

import { isSubscribed } from "../../../src/dispatch/subscriptions.ts";

const moved = { subject: "appointment", transitions: ["rescheduled", "updated"] };

function endpoint(events: readonly string[], accounts?: readonly string[]) {
  return { events, accounts };
}

test.each([
  [["*"], true],
  [["appointment.*"], true],
  [["appointment.rescheduled"], true],
  [["appointment.updated"], true],
  [["patient.merged", "appointment.updated"], true],
  [["appointment.cancelled"], false],
  [["patient.*"], false],
  [["patient.updated"], false],
  [[], false],
] as const)("an endpoint that asks for %j wants a moved appointment: %j", (events, wanted) => {
  expect(isSubscribed(endpoint(events), "northside", moved)).toBe(wanted);
});

test("an endpoint of some accounts wants their events alone, one of none named wants all", () => {
  expect(isSubscribed(endpoint(["*"], ["northside", "southbank"]), "southbank", moved)).toBe(true);
  expect(isSubscribed(endpoint(["*"], ["northside"]), "southbank", moved)).toBe(false);
  expect(isSubscribed(endpoint(["*"]), "southbank", moved)).toBe(true);
});

test("a name that only begins like the account is another account", () => {
  expect(isSubscribed(endpoint(["*"], ["north"]), "northside", moved)).toBe(false);
});
