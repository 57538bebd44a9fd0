import { expect, test } from "vitest";

import type { Failure } from "../../../src/cliniko/outcome.ts";
import { failAgain, isDue, isPausing } from "../../../src/pollers/reconcile/failing-step.ts";
import type { FailingStep } from "../../../src/store/detection/failing-steps.ts";

const NOW = 1_795_317_304_000;
const HOUR_MS = 3_600_000;
const COUNT = { step: "count", longestPauseMs: HOUR_MS };
const TIMEOUT: Failure = { kind: "unavailable", detail: "HTTP 504", status: 504 };

test("the pause doubles with each failure, up to the longest, and remembers the first", () => {
  let failing: FailingStep | undefined;
  const pauses = Array.from({ length: 10 }, (_, index) => {
    failing = failAgain(failing, COUNT, TIMEOUT, NOW + index);
    return failing.pauseMs / 1_000;
  });

  expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  expect(failing).toMatchObject({ failingSince: NOW, failures: 10, triedAt: NOW + 9, detail: "HTTP 504" });
});

test("what is kept of a failure has neither ids nor the upstream's words", () => {
  const refused: Failure = { kind: "bad_filter", detail: "HTTP 400 (request 7): id 1390726 is not for you" };
  const shape: Failure = { kind: "schema_changed", detail: "record 1390726: starts_at is a number" };

  expect(failAgain(undefined, COUNT, refused, NOW).detail).toBe("HTTP 400 (request 7)");
  expect(failAgain(undefined, COUNT, shape, NOW).detail).toBe("starts_at is a number");
});

test("a pause ends when it has passed, and at once when the clock was set back", () => {
  const failing = failAgain(undefined, COUNT, TIMEOUT, NOW);

  expect(isPausing(failing, NOW)).toBe(true);
  expect(isPausing(failing, NOW + 29_999)).toBe(true);
  expect(isPausing(failing, NOW + 30_000)).toBe(false);
  expect(isPausing(failing, NOW - 1)).toBe(false);
  expect([isDue(NOW, HOUR_MS, NOW + HOUR_MS - 1), isDue(NOW, HOUR_MS, NOW + HOUR_MS)]).toEqual([false, true]);
  expect(isDue(NOW + 10 * HOUR_MS, HOUR_MS, NOW)).toBe(true);
});
