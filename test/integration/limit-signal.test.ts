import { getEventListeners, once } from "node:events";

import { expect, test } from "vitest";

import { limitSignal } from "../../src/shared/limit-signal.ts";
import { collectGarbage } from "../support/collect-garbage.ts";

test("it fires when its time is up, whatever is collected meanwhile, and not before", async () => {
  const startedAt = performance.now();
  const fired = new Promise<void>((resolve) => {
    // Nothing but the wait itself holds on to it.
    limitSignal([], 120).signal.addEventListener("abort", () => resolve());
  });
  await using _collecting = collectGarbage(5);
  await fired;

  expect(performance.now() - startedAt).toBeGreaterThan(110);
});

test("it fires with the first of its signals, also of one that has fired already", async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  using limited = limitSignal([one.signal, other.signal], 60_000);
  expect(limited.signal.aborted).toBe(false);
  const fired = once(limited.signal, "abort");
  other.abort();
  await fired;
  using late = limitSignal([one.signal, other.signal]);

  expect(late.signal.aborted).toBe(true);
});

test("it leaves nothing behind on the signals that it was made of", () => {
  const outer = new AbortController();
  for (let round = 0; round < 20; round += 1) {
    using limited = limitSignal([outer.signal], 60_000);
    expect(getEventListeners(outer.signal, "abort")).toHaveLength(1);
    expect(limited.signal.aborted).toBe(false);
  }

  expect(getEventListeners(outer.signal, "abort")).toEqual([]);
});

test("many that hang on one signal are no leak", async () => {
  const outer = new AbortController();
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  const limited = Array.from({ length: 50 }, () => limitSignal([outer.signal]));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);

  expect(warnings).toEqual([]);
  outer.abort();
  expect(limited.every(({ signal }) => signal.aborted)).toBe(true);
});
