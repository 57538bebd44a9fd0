import { expect, test } from "vitest";

import { toldAttempt, toldErrorClass, toldReason } from "../../../src/admin/deliveries/told-failure.ts";
import { ERROR_CLASSES } from "../../../src/dispatch/worker/outcome.ts";
import { UNSENT_CLASSES } from "../../../src/dispatch/worker/settle-attempt.ts";

const SUBSCRIBER = { role: "subscriber" } as const;
const OPERATORS = [{ role: "admin" }, { role: "viewer" }] as const;

test("of all error classes a subscriber is told two", () => {
  const told = ERROR_CLASSES.map((errorClass) => toldErrorClass(SUBSCRIBER, errorClass));

  expect(new Set(told)).toEqual(new Set(["status", "no_answer"]));
  for (const operator of OPERATORS) {
    expect(ERROR_CLASSES.map((errorClass) => toldErrorClass(operator, errorClass))).toEqual(ERROR_CLASSES);
  }
});

test("an attempt without an answer is one and the same to a subscriber, whosever fault it was", () => {
  const without = ERROR_CLASSES.filter((errorClass) => errorClass !== "status");
  const told = without.flatMap((errorClass) =>
    (["unreachable", "refused", "own_fault"] as const).map((outcome) =>
      toldAttempt(SUBSCRIBER, { errorClass, outcome, counts: outcome !== "own_fault" }),
    ),
  );

  for (const each of told) {
    expect(each).toEqual({ errorClass: "no_answer", outcome: "unreachable", counts: true });
  }
  const fault = { errorClass: "proxy", outcome: "own_fault", counts: false } as const;
  expect(toldAttempt({ role: "viewer" }, fault)).toEqual(fault);
});

test("an answer is told as it was, and what was never sent too", () => {
  expect(toldReason(SUBSCRIBER, "status 503")).toBe("status 503");
  expect(toldReason(SUBSCRIBER, "refused_by_guard")).toBe("no_answer");
  expect(toldReason(SUBSCRIBER, undefined)).toBeUndefined();
  const rejected = { errorClass: "status", outcome: "rejected", counts: true } as const;
  expect(toldAttempt(SUBSCRIBER, rejected)).toEqual(rejected);
  for (const errorClass of UNSENT_CLASSES) expect(toldErrorClass(SUBSCRIBER, errorClass)).toBe(errorClass);
});
