import { expect } from "vitest";

import { MOST_KEPT_BYTES, createKeptBytes } from "../../../src/store/access/kept-bytes.ts";
import { test } from "../../support/redis-test.ts";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-11-28T10:30:00Z");

test("what was left behind counts for a day, by the hour, and for its token alone", async ({
  redis,
  keys,
}) => {
  let now = START;
  const kept = createKeptBytes(redis, keys, () => now);
  await kept.note("a", MOST_KEPT_BYTES / 2);
  now += 3 * HOUR_MS;
  await kept.note("a", MOST_KEPT_BYTES / 2 - 1);
  expect(await kept.fullUntil("a")).toBeUndefined();
  await kept.note("a", 1);

  const until = Date.parse("2026-11-29T10:00:00Z");
  expect(await kept.fullUntil("a")).toBe(until);
  expect(await kept.fullUntil("b")).toBeUndefined();
  now = until - 1;
  expect(await kept.fullUntil("a")).toBe(until);
  now = until;
  expect(await kept.fullUntil("a")).toBeUndefined();
});

test("it is until so much has gone that there is room, and no longer than a day", async ({ redis, keys }) => {
  let now = START;
  const kept = createKeptBytes(redis, keys, () => now);
  await kept.note("a", 10);
  now += HOUR_MS;
  await kept.note("a", MOST_KEPT_BYTES * 3);
  expect(await kept.fullUntil("a")).toBe(Date.parse("2026-11-29T11:00:00Z"));

  // A clock that was set back by days: what it will stamp again is no reason to wait for days.
  now = START - 72 * HOUR_MS;
  expect(await kept.fullUntil("a")).toBe(Date.parse("2026-11-26T10:00:00Z"));
});

test("it forgets hours that count no more, and itself when nothing comes for a day", async ({
  redis,
  keys,
}) => {
  let now = START;
  const kept = createKeptBytes(redis, keys, () => now);
  for (let hour = 0; hour < 60; hour += 1) {
    await kept.note("a", 1);
    now += HOUR_MS;
  }
  expect(await redis.hlen(keys.kept("a"))).toBeLessThanOrEqual(25);
  expect(await redis.pttl(keys.kept("a"))).toBeGreaterThan(24 * HOUR_MS);
  expect(await redis.pttl(keys.kept("a"))).toBeLessThanOrEqual(25 * HOUR_MS);
});
