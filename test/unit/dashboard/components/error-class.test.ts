import { expect, test } from "vitest";

import { NO_ANSWER } from "../../../../src/admin/deliveries/told-failure.ts";
import {
  ERROR_CLASS_WORDS,
  wordsOfErrorClass,
} from "../../../../dashboard/components/status/error-class.tsx";
import { ERROR_CLASSES, OWN_FAULT_CLASSES } from "../../../../src/dispatch/worker/outcome.ts";
import { UNSENT_CLASSES } from "../../../../src/dispatch/worker/settle-attempt.ts";

test("every error class has words, and there are words for no other", () => {
  expect(Object.keys(ERROR_CLASS_WORDS).toSorted()).toEqual(
    [...ERROR_CLASSES, ...UNSENT_CLASSES, NO_ANSWER].toSorted(),
  );
});

test("faults of ours say that they are", () => {
  for (const name of [...OWN_FAULT_CLASSES, ...UNSENT_CLASSES])
    expect(ERROR_CLASS_WORDS[name]).toMatchObject({ ours: true });
  expect(ERROR_CLASS_WORDS["connect"]).not.toHaveProperty("ours");
});

test.for([
  [401, /signature/],
  [302, /final address/],
  [410, /disabled/],
  [503, /overloaded/],
  [418, /own log/],
] as const)("an answer of %i has its own remedy", ([status, remedy]) => {
  expect(wordsOfErrorClass("status", status)).toMatchObject({
    name: `Status ${status}`,
    remedy: expect.stringMatching(remedy),
  });
});

test("what went well has no words, and a class from elsewhere keeps its name", () => {
  expect(wordsOfErrorClass(null)).toBe(undefined);
  expect(wordsOfErrorClass("novel")?.name).toBe("novel");
});
