import { getEventListeners } from "node:events";
import { expect, test } from "vitest";

import { createSemaphore } from "../../../src/dispatch/worker/semaphore.ts";

const NEVER = new AbortController().signal;

test("as many turns are out as there are, and those who wait get theirs in order", async () => {
  const semaphore = createSemaphore(2);
  const order: string[] = [];
  const waitFor = async (name: string): Promise<() => void> => {
    const release = await semaphore.acquire(NEVER);
    order.push(name);
    if (!release) throw new Error("no turn");
    return release;
  };
  const first = await waitFor("first");
  const second = await waitFor("second");
  const third = waitFor("third");
  const fourth = waitFor("fourth");
  await Promise.resolve();
  expect(order).toEqual(["first", "second"]);

  second();
  const releaseThird = await third;
  expect(order).toEqual(["first", "second", "third"]);
  first();
  releaseThird();
  await fourth;
  expect(order).toEqual(["first", "second", "third", "fourth"]);
});

test("who gives up waiting takes no turn, and keeps nobody else from it", async () => {
  const semaphore = createSemaphore(1);
  const release = await semaphore.acquire(NEVER);
  const leaving = new AbortController();
  const left = semaphore.acquire(leaving.signal);
  const next = semaphore.acquire(NEVER);
  leaving.abort();

  expect(await left).toBeUndefined();
  expect(await semaphore.acquire(leaving.signal)).toBeUndefined();
  release?.();
  expect(await next).toBeTypeOf("function");
});

test("a turn that was waited for leaves nothing on its signal", async () => {
  const semaphore = createSemaphore(1);
  const { signal } = new AbortController();
  const release = await semaphore.acquire(signal);
  const waiting = semaphore.acquire(signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  release?.();
  await waiting;

  expect(getEventListeners(signal, "abort")).toEqual([]);
});
