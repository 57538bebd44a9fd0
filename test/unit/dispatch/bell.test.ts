import { expect, test } from "vitest";

import { createBell } from "../../../src/dispatch/worker/bell.ts";

test("a ring wakes whoever waits, without a time limit too", async () => {
  const bell = createBell();
  const heard = bell.heard(undefined);
  bell.ring();

  await heard;
  const again = bell.heard(3_600_000);
  bell.ring();
  await again;
});

test("a ring that nobody waits for is heard by the next wait, and by that one alone", async () => {
  const bell = createBell();
  bell.ring();
  bell.ring();
  await bell.heard(undefined);

  const startedAt = performance.now();
  await bell.heard(20);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(18);
});

test("without a ring a wait ends when its time is over", async () => {
  const startedAt = performance.now();
  await createBell().heard(20);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(18);
});
