import { expect, test } from "vitest";

import type { RedisSettings } from "../../../src/store/redis/redis-facts.ts";
import { judgeRedisNow } from "../../../src/store/redis/redis-warnings.ts";

const SAFE: RedisSettings = { policy: "noeviction", appendOnly: true, fsync: "everysec", saves: true };
const UNTOLD: RedisSettings = {
  policy: undefined,
  appendOnly: undefined,
  fsync: undefined,
  saves: undefined,
};
const WELL = { usedBytes: 1_000, maxBytes: 0, persisted: true };

test.each([
  ["nothing is wrong", WELL, SAFE, []],
  ["nothing is told", { usedBytes: undefined, maxBytes: undefined, persisted: true }, UNTOLD, []],
  ["less than four fifths of the memory are used", { ...WELL, usedBytes: 800, maxBytes: 1_000 }, SAFE, []],
  [
    "the memory is nearly full",
    { ...WELL, usedBytes: 801, maxBytes: 1_000 },
    SAFE,
    [/^80 % .* nothing can be written/],
  ],
  [
    "it may evict, and soon will",
    { ...WELL, usedBytes: 950, maxBytes: 1_000 },
    { ...SAFE, policy: "allkeys-lru" },
    [/^maxmemory-policy is allkeys-lru/, /^95 % .* it drops what we keep/],
  ],
  ["its last write failed", { ...WELL, persisted: false }, SAFE, [/did not reach the disk/]],
  ["it appends nothing", WELL, { ...SAFE, appendOnly: false }, [/a crash loses/]],
  [
    "it keeps nothing at all",
    WELL,
    { ...SAFE, appendOnly: false, saves: false },
    [/a restart loses everything/],
  ],
  ["it appends without flushing", WELL, { ...SAFE, fsync: "no" }, [/^appendfsync is no/]],
  ["it flushes what it does not write", WELL, { ...SAFE, appendOnly: false, fsync: "no" }, [/a crash loses/]],
])("when %s, so it is said", (_when, facts, settings, expected) => {
  const warnings = judgeRedisNow(facts, settings);

  expect(warnings.map(({ message }) => message)).toEqual(
    expected.map((pattern) => expect.stringMatching(pattern) as string),
  );
  for (const { remedy } of warnings) expect(remedy.length).toBeGreaterThan(8);
});
