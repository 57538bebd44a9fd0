import { expect, test } from "vitest";

import { type Clock, createClock, givenClock } from "../../src/shared/clock.ts";
import { elapsedMs } from "../../src/shared/elapsed.ts";

const NOW = Date.parse("2026-11-28T10:00:00Z");
const HOUR = 3_600_000;

interface World {
  readonly clock: Clock;
  /** Goes on with all clocks. */
  pass(ms: number): void;
  /** Ahead of the right time, ms. */
  machineMs: number;
  redisMs: number;
  look(): ReturnType<Clock["look"]>;
}

function setUp(): World {
  let passed = 0;
  const world: World = {
    machineMs: 0,
    redisMs: 0,
    pass: (ms) => {
      passed += ms;
    },
    clock: createClock({ machineNow: () => NOW + passed + world.machineMs, monotonicMs: () => 77 + passed }),
    look: async () => await world.clock.look(async () => NOW + passed + world.redisMs),
  };
  return world;
}

test("clocks that agree are this machine's, to the millisecond", async () => {
  const world = setUp();
  world.machineMs = 700;
  expect(await world.look()).toEqual([]);
  world.pass(5_000);

  expect(world.clock.now()).toBe(NOW + 5_700);
  world.pass(2_000);
  expect(await world.look()).toEqual([]);
});

test.each([HOUR, 10 * HOUR, -HOUR, -10 * HOUR])(
  "a machine whose clock is %i ms ahead from the first goes by Redis's",
  async (aheadMs) => {
    const world = setUp();
    world.machineMs = aheadMs;
    await world.look();
    world.pass(13_000);

    expect(world.clock.now()).toBe(NOW + 13_000);
    expect(world.clock.machineNow()).toBe(NOW + 13_000 + aheadMs);
  },
);

test.each([HOUR, -HOUR, 10 * HOUR, -10 * HOUR, 1_500, -1_500])(
  "a machine's clock that is set by %i ms between two looks is seen through at once",
  async (byMs) => {
    const world = setUp();
    await world.look();
    world.pass(1_000);
    world.machineMs = byMs;

    expect(world.clock.now()).toBe(NOW + 1_000);
    const steps = await world.look();
    expect(steps).toEqual(Math.abs(byMs) > 2_000 ? [{ whose: "machine", byMs }] : []);
    expect(world.clock.now()).toBe(NOW + 1_000);
  },
);

test.each([HOUR, -HOUR])("where Redis's clock is set by %i ms with it, both are gone by", async (byMs) => {
  const world = setUp();
  await world.look();
  world.machineMs = byMs;
  world.redisMs = byMs;

  expect(await world.look()).toEqual([
    { whose: "machine", byMs },
    { whose: "shared", byMs },
  ]);
  expect(world.clock.now()).toBe(NOW + byMs);
  expect(await world.look()).toEqual([]);
});

test("Redis's clock alone, set back, is gone by, since every process does", async () => {
  const world = setUp();
  await world.look();
  world.redisMs = -HOUR;

  expect(await world.look()).toEqual([{ whose: "shared", byMs: -HOUR }]);
  expect(world.clock.now()).toBe(NOW - HOUR);
});

test("an answer of Redis's that took seconds changes nothing", async () => {
  const world = setUp();
  await world.look();
  const steps = await world.clock.look(async () => {
    world.pass(5_000);
    return NOW - HOUR;
  });

  expect(steps).toEqual([]);
  expect(world.clock.now()).toBe(NOW + 5_000);
});

test("a clock that is given is compared with none", async () => {
  const clock = givenClock(() => 42);

  expect(await clock.look(async () => NOW)).toEqual([]);
  expect([clock.now(), clock.machineNow()]).toEqual([42, 42]);
});

test.each([
  [0, 0],
  [-1_000, 1_000],
  [-HOUR, HOUR],
  [1, 0],
  [5_000, 0],
  [5_001, Infinity],
  [10 * HOUR, Infinity],
])("what was stamped %i ms from now was %s ms ago", (fromNow, ago) => {
  expect(elapsedMs(NOW, NOW + fromNow)).toBe(ago);
});
