import { expect, test } from "vitest";

import { createDeadline } from "../../../src/dispatch/http/deadline.ts";

test("who waits for a deadline is told once, and who has left is not", () => {
  const deadline = createDeadline();
  const told: string[] = [];
  const leave = (): void => void told.push("left");
  deadline.addEventListener("abort", () => told.push("stayed"));
  deadline.addEventListener("abort", leave);
  deadline.removeEventListener("abort", leave);
  expect(deadline.aborted).toBe(false);

  deadline.abort();
  deadline.abort();

  expect([told, deadline.aborted]).toEqual([["stayed"], true]);
});

test("its signal fires with it, whether it was made before or is made after", () => {
  const deadline = createDeadline();
  const before = deadline.signal();
  expect(before.aborted).toBe(false);
  deadline.abort();
  expect([before.aborted, deadline.signal().aborted, deadline.signal() === before]).toEqual([
    true,
    true,
    true,
  ]);
  const late = createDeadline();
  late.abort();
  expect(late.signal().aborted).toBe(true);
});
