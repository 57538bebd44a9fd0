import { EventEmitter } from "node:events";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type WatchDeps, startInstallationWatch } from "../../../src/store/detection/installation-watch.ts";
import { createStorageState } from "../../../src/store/redis/storage-state.ts";

const EVERY_MS = 1_000;
const READ_ONLY = "Redis is a read-only replica: it waits for the primary";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watch whose first look was well, and whose next ones last until they are told to end. */
async function startSlow(whose: WatchDeps["whose"] = async () => "ours"): Promise<{
  readonly reason: () => string;
  readonly refuse: (detail: string) => void;
  readonly end: () => void;
}> {
  const storage = createStorageState(Date.now);
  let refuse: (detail: string) => void = () => undefined;
  let end: () => void = () => undefined;
  let isFirst = true;
  const marks: WatchDeps["marks"] = {
    write: async () => {
      if (!isFirst) await new Promise<void>((resolve) => (end = resolve));
      return { kind: "ours", incident: undefined };
    },
    take: async () => undefined,
    record: async (incident) => incident,
    readIncident: async () => undefined,
    remove: async () => undefined,
  };
  await startInstallationWatch(
    {
      redis: Object.assign(new EventEmitter(), { status: "ready" }),
      gate: {
        close: () => undefined,
        open: () => undefined,
        pass: (send) => send(),
        reconnect: () => undefined,
        giveUp: () => undefined,
      },
      policy: { enable: (onRefused) => (refuse = onRefused), succeeded: () => undefined },
      storage,
      marks,
      whose: async () => await (isFirst ? "ours" : whose()),
      keepIdentity: async () => undefined,
      hasLost: async () => undefined,
      now: Date.now,
      onStorage: () => undefined,
      onIncident: () => undefined,
    },
    EVERY_MS,
  );
  isFirst = false;
  return {
    reason: () => storage.read().reason,
    refuse: (detail) => refuse(detail),
    end: () => end(),
  };
}

test("what another connection was refused before a write began makes no outage of a write that takes long", async () => {
  const watch = await startSlow();

  watch.refuse("READONLY You can't write against a read only replica.");
  await vi.advanceTimersByTimeAsync(3 * EVERY_MS);

  expect(watch.reason()).toBe("");
});

test("what is refused while a write is under way is told, and over when a write goes well", async () => {
  const watch = await startSlow();

  await vi.advanceTimersByTimeAsync(EVERY_MS);
  watch.refuse("READONLY You can't write against a read only replica.");
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  expect(watch.reason()).toBe(READ_ONLY);

  watch.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.reason()).toBe("");
});

test("a write that went well ends it, though the look that made it goes on", async () => {
  const watch = await startSlow(async () => await new Promise(() => undefined));

  await vi.advanceTimersByTimeAsync(EVERY_MS);
  watch.refuse("READONLY You can't write against a read only replica.");
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  watch.end();
  await vi.advanceTimersByTimeAsync(EVERY_MS);

  expect(watch.reason()).toBe("");
});
