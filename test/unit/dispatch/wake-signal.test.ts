import { expect, test } from "vitest";

import { createWakeSignal } from "../../../src/dispatch/worker/wake-signal.ts";

test("a ring wakes whoever waits, without a time limit too", async () => {
  const wakeSignal = createWakeSignal();
  const waiting = wakeSignal.wait(undefined);
  wakeSignal.wake();

  await waiting;
  const again = wakeSignal.wait(3_600_000);
  wakeSignal.wake();
  await again;
});

test("a wake that nobody waits for ends the next wait, and that one alone", async () => {
  const wakeSignal = createWakeSignal();
  wakeSignal.wake();
  wakeSignal.wake();
  await wakeSignal.wait(undefined);

  const startedAt = performance.now();
  await wakeSignal.wait(20);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(18);
});

test("without a ring a wait ends when its time is over", async () => {
  const startedAt = performance.now();
  await createWakeSignal().wait(20);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(18);
});
