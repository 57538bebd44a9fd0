import { expect, test } from "vitest";

import { isSubscribed } from "../../../src/dispatch/routing/subscriptions.ts";

const moved = { subject: "appointment", transitions: ["rescheduled", "updated"] };
const failing = { subject: "endpoint", transitions: ["failing"] };

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
  [["endpoint.*"], false],
  [[], false],
] as const)("an endpoint that asks for %j wants a moved appointment: %j", (events, wanted) => {
  expect(isSubscribed(endpoint(events), "northside", moved)).toBe(wanted);
});

test.each([
  [["endpoint.*"], true],
  [["endpoint.failing"], true],
  [["*", "endpoint.failing"], true],
  [["endpoint.disabled"], false],
  [["*"], false],
  [["appointment.*", "connection.*"], false],
] as const)("an endpoint that asks for %j wants to know that one is failing: %j", (events, wanted) => {
  expect(isSubscribed(endpoint(events), "_service", failing)).toBe(wanted);
});

test("everything that is told of clinics is what * asks for, their connections too", () => {
  const degraded = { subject: "connection", transitions: ["degraded"] };

  expect(isSubscribed(endpoint(["*"]), "northside", degraded)).toBe(true);
});

test("an endpoint of some accounts wants their events alone, one of none named wants all", () => {
  expect(isSubscribed(endpoint(["*"], ["northside", "southbank"]), "southbank", moved)).toBe(true);
  expect(isSubscribed(endpoint(["*"], ["northside"]), "southbank", moved)).toBe(false);
  expect(isSubscribed(endpoint(["*"]), "southbank", moved)).toBe(true);
});

test("what the service tells of itself comes whatever the accounts, another account's events do not", () => {
  const both = endpoint(["endpoint.*", "appointment.*"], ["northside"]);

  expect(isSubscribed(both, "_service", failing)).toBe(true);
  expect(isSubscribed(both, "southbank", moved)).toBe(false);
});

test("a name that only begins like the account is another account", () => {
  expect(isSubscribed(endpoint(["*"], ["north"]), "northside", moved)).toBe(false);
});
