import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createRecentBodies } from "../../../src/store/events/recent-bodies.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Counts what is read. `broken`: the next reading fails. */
function setUp() {
  const asked: string[] = [];
  const state = { broken: false };
  const read = createRecentBodies(async (account, ids) => {
    asked.push(`${account} ${ids.join(" ")}`);
    if (!state.broken) return ids.map((id) => (id === "gone" ? null : Buffer.from(`${account} ${id}`)));
    state.broken = false;
    throw new Error("Redis is away");
  });
  const texts = async (account: string, ...ids: readonly string[]): Promise<(string | undefined)[]> =>
    (await read(account, ids)).map((body) => body?.toString());
  return { asked, state, texts };
}

test("what many ask for in one moment is read once, and of another account's for itself", async () => {
  const { asked, texts } = setUp();
  const found = await Promise.all([
    texts("northside", "evt_1"),
    texts("northside", "evt_1", "gone"),
    texts("northside", "gone", "evt_2", "evt_1"),
    texts("southbank", "evt_1"),
  ]);

  expect(found).toEqual([
    ["northside evt_1"],
    ["northside evt_1", undefined],
    [undefined, "northside evt_2", "northside evt_1"],
    ["southbank evt_1"],
  ]);
  expect(asked).toEqual(["northside evt_1", "northside gone", "northside evt_2", "southbank evt_1"]);
});

test("a moment later it is read again: it may have been erased", async () => {
  const { asked, texts } = setUp();
  await texts("northside", "evt_1");
  await vi.advanceTimersByTimeAsync(20);
  await texts("northside", "evt_1");
  expect(asked).toHaveLength(2);
});

test("what could not be read is read again by the next who asks", async () => {
  const { asked, state, texts } = setUp();
  state.broken = true;
  await expect(texts("northside", "evt_1")).rejects.toThrow("away");
  expect(await texts("northside", "evt_1")).toEqual(["northside evt_1"]);
  expect(asked).toHaveLength(2);
});
