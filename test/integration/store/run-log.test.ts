import { expect } from "vitest";

import { type Run, createRunLog } from "../../../src/store/detection/run-log.ts";
import { test } from "../../support/redis-test.ts";

const SCOPE = ["northside", "patients"] as const;
const QUIET: Run = {
  kind: "scan",
  at: 1_795_317_304_000,
  outcome: "completed",
  detail: undefined,
  durationMs: 212,
  requests: 1,
  records: 2,
  events: 0,
};

test("what is written is read, the newest first", async ({ redis, keys }) => {
  const runs = createRunLog(redis, keys);
  expect(await runs.read(...SCOPE)).toEqual([]);
  const written: Run[] = [
    QUIET,
    { ...QUIET, at: QUIET.at + 1, events: 3, detail: "first sync" },
    { ...QUIET, at: QUIET.at + 2, outcome: "unavailable", detail: "HTTP 503" },
    { ...QUIET, at: QUIET.at + 3, kind: "sweep", detail: "count" },
    { ...QUIET, at: QUIET.at + 4, kind: "recheck", detail: "suspects" },
  ];
  for (const run of written) await runs.add(...SCOPE, run);

  expect(await runs.read(...SCOPE)).toEqual(written.toReversed());
  expect(await runs.read("northside", "attendees")).toEqual([]);
  expect(await runs.read("southside", "patients")).toEqual([]);
});

test("a thousand scans that find nothing push out neither what found something nor what failed", async ({
  redis,
  keys,
}) => {
  const runs = createRunLog(redis, keys);
  const found = { ...QUIET, events: 1 };
  const failed = { ...QUIET, at: QUIET.at + 1, outcome: "rate_limited" };
  const sweep = { ...QUIET, at: QUIET.at + 2, kind: "sweep" as const };
  for (const run of [found, failed, sweep]) await runs.add(...SCOPE, run);
  for (let number = 0; number < 1_000; number += 1) {
    await runs.add(...SCOPE, { ...QUIET, at: QUIET.at + 10 + number });
  }

  const read = await runs.read(...SCOPE);
  expect(read.map(({ at }) => at - QUIET.at)).toEqual([1_009, 1_008, 1_007, 1_006, 2, 1, 0]);
  expect(read.slice(4)).toEqual([sweep, failed, found]);
});

test("at most twenty are kept, the newest of each class, and for a month", async ({ redis, keys }) => {
  const runs = createRunLog(redis, keys);
  for (let round = 0; round < 30; round += 1) {
    const at = QUIET.at + round * 10;
    await runs.add(...SCOPE, { ...QUIET, at });
    await runs.add(...SCOPE, { ...QUIET, at: at + 1, events: 2 });
    await runs.add(...SCOPE, {
      ...QUIET,
      at: at + 2,
      outcome: "stopped",
      detail: "another worker took over",
    });
    await runs.add(...SCOPE, { ...QUIET, at: at + 3, kind: "sweep" });
    await runs.add(...SCOPE, { ...QUIET, at: at + 4, kind: "recheck" });
  }
  const read = await runs.read(...SCOPE);

  expect(read).toHaveLength(20);
  expect(read[0]?.at).toBe(QUIET.at + 294);
  expect(read.filter(({ events }) => events > 0)).toHaveLength(6);
  for (const kept of ["found", "failed", "scan", "sweep", "recheck"]) {
    const leftMs = await redis.pttl(keys.runs(...SCOPE, kept));
    expect(Math.abs(leftMs - 30 * 86_400_000)).toBeLessThan(60_000);
  }
});

test("a line of another release is passed over", async ({ redis, keys }) => {
  const runs = createRunLog(redis, keys);
  await runs.add(...SCOPE, QUIET);
  await redis.lpush(keys.runs(...SCOPE, "scan"), "{", JSON.stringify(["walk", 1]));

  expect(await runs.read(...SCOPE)).toEqual([QUIET]);
});
