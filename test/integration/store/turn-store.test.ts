import { expect } from "vitest";

import { createLeases } from "../../../src/store/detection/lease.ts";
import { createReadingStore } from "../../../src/store/detection/reading-store.ts";
import type { Run } from "../../../src/store/detection/run-log.ts";
import { createRunLog } from "../../../src/store/detection/run-log.ts";
import { createScheduleStore } from "../../../src/store/detection/schedule-store.ts";
import { createTurns } from "../../../src/store/detection/turn-store.ts";
import { test } from "../../support/redis-test.ts";

const PLACE = ["northside", "patients"] as const;
const SCOPE = {
  account: PLACE[0],
  resource: PLACE[1],
  atMost: { count: 2, resources: ["patients", "attendees", "businesses"] },
};
const TTL_MS = 60_000;
const NOW = Date.UTC(2027, 2, 1);
const RUN: Run = {
  kind: "scan",
  at: NOW,
  outcome: "completed",
  detail: undefined,
  durationMs: 212,
  requests: 1,
  records: 2,
  events: 0,
};

test("a turn begins with all that stands there", async ({ redis, keys }) => {
  const turns = createTurns(redis, keys, TTL_MS, () => NOW);
  const reading = createReadingStore(redis, keys);
  expect(await turns.begin(SCOPE, 0)).toMatchObject({ cursor: undefined, schedule: undefined, rereads: [] });
  await redis.del(keys.lease(...PLACE));

  await redis.hset(keys.cursor(...PLACE), "phase", "live", "watermark", 1_700_000_000);
  await redis.hset(keys.schedule(...PLACE), "misses", 4, "last_hit", NOW);
  await redis.hset(keys.connection(PLACE[0]), "version", 7, "baseline:patients", 1);
  await redis.sadd(keys.rereads(PLACE[0]), "patients/11", "attendees/12");
  await reading.update(...PLACE, { plan: "by updated_at", firstSyncAt: 5 });
  await reading.suspect(...PLACE, ["21"]);
  const failing = {
    step: "walk",
    failingSince: 1,
    failures: 2,
    triedAt: 3,
    pauseMs: 4,
    kind: "x",
    detail: "y",
  };
  await reading.stepFailed(...PLACE, failing);

  expect(await turns.begin(SCOPE, 7)).toMatchObject({
    lease: { account: "northside", resource: "patients", epoch: 2, chain: { commits: 0 } },
    connection: { version: 7, baselines: new Set(["patients"]) },
    cursor: { phase: "live", watermark: 1_700_000_000 },
    state: await reading.read(...PLACE),
    schedule: { misses: 4, lastHitMs: NOW },
    failingSteps: [failing],
    suspects: new Map([["21", 0]]),
    rereads: ["11"],
  });
});

test("a connection that is not what it was is told, and nothing is held then; undefined compares nothing", async ({
  redis,
  keys,
}) => {
  const turns = createTurns(redis, keys, TTL_MS, () => NOW);
  await redis.hset(keys.connection(PLACE[0]), "version", 7);

  expect(await turns.begin(SCOPE, 6)).toBe("moved");
  expect(await redis.exists(keys.lease(...PLACE))).toBe(0);
  expect(await turns.begin(SCOPE, undefined)).toMatchObject({ connection: { version: 7 } });
});

test("one turn of a resource at a time, and so many of an account, whoever holds them", async ({
  redis,
  keys,
}) => {
  const turns = createTurns(redis, keys, TTL_MS, () => NOW);
  const leases = createLeases(redis, keys, TTL_MS);
  const first = await turns.begin(SCOPE, undefined);
  if (typeof first === "string") throw new Error("it is free");
  expect(await turns.begin(SCOPE, undefined)).toBe("busy");
  expect(await leases.acquire(...PLACE)).toBeUndefined();

  const other = await leases.acquire("northside", "attendees", SCOPE.atMost);
  expect(other).toBeDefined();
  expect(await turns.begin({ ...SCOPE, resource: "businesses" }, undefined)).toBe("busy");
  // Another account's do not count.
  expect(await turns.begin({ ...SCOPE, account: "southside" }, undefined)).toMatchObject({ rereads: [] });

  await turns.end(first.lease, {});
  expect(await turns.begin({ ...SCOPE, resource: "businesses" }, undefined)).toMatchObject({ rereads: [] });
});

test("a turn ends with what it leaves, and gives back its own lease alone", async ({ redis, keys }) => {
  const turns = createTurns(redis, keys, TTL_MS, () => NOW);
  const opening = await turns.begin(SCOPE, undefined);
  if (typeof opening === "string") throw new Error("it is free");
  const state = { misses: 3, lastHitMs: undefined };
  await redis.hset(keys.connection(PLACE[0]), "version", 9);

  const notes = { outcome: { hourOfWeek: 9, changes: 2, state }, run: RUN };
  expect(await turns.end(opening.lease, notes)).toEqual({ version: 9, wasHeld: true });
  expect(await redis.exists(keys.lease(...PLACE))).toBe(0);
  expect(await createRunLog(redis, keys).read(...PLACE)).toEqual([RUN]);
  const learnt = await createScheduleStore(redis, keys, () => NOW).read(...PLACE);
  expect(learnt.state).toEqual(state);
  expect(learnt.changesByHour[9]).toBeCloseTo(2, 6);

  // Without anything to leave nothing is written; and a lease that somebody else took meanwhile stays theirs.
  const next = await turns.begin(SCOPE, undefined);
  if (typeof next === "string") throw new Error("it is free");
  expect(await turns.end(opening.lease, {})).toEqual({ version: 9, wasHeld: false });
  expect(await redis.exists(keys.lease(...PLACE))).toBe(1);
  expect((await createScheduleStore(redis, keys, () => NOW).read(...PLACE)).state).toEqual(state);
});
