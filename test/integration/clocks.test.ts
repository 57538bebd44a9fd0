import { expect, test } from "vitest";

import { type ClockWorld, startClockWorld } from "../support/clock-service.ts";
import { eventually } from "../support/harness.ts";

const HOUR = 3_600_000;
/** Requests that show that all four resources are read again and again. */
const SOME = 16;
const FIRST_SYNCS = 4;
const PREFIX = "cliniko-webhooks";

/** What the clock shows, one after another: the first when the process starts. */
test.concurrent.each([
  ["one hour ahead is set right", [HOUR, 0]],
  ["ten hours ahead is set right", [10 * HOUR, 0]],
  ["an hour behind is set right", [-HOUR, 0]],
  ["right is set an hour back", [0, -HOUR]],
  ["right is set ten hours ahead", [0, 10 * HOUR]],
  ["right goes to and fro", [0, HOUR, -HOUR, 10 * HOUR, 0]],
])("a clock that is %s keeps nothing from being read", async (_what, [first = 0, ...others]) => {
  await using world = await startClockWorld();
  const service = await world.start(first);
  await world.asked(SOME);

  for (const shift of others) {
    service.setClock(shift);
    await world.asked(SOME);
  }
  expect(service.lines().some((line) => line.includes("a clock was set"))).toBe(true);
});

test.concurrent("doctor says that a clock was set, and by how much", async () => {
  await using world = await startClockWorld();
  const service = await world.start(0);
  service.setClock(-HOUR);
  await eventually(() => service.lines().some((line) => line.includes("a clock was set")) || undefined);

  expect(await world.command("doctor")).toMatch(/clock +the clock of \S+ was set back by 60 min at 20/);
});

test.concurrent("a clock that is not set is not told of", async () => {
  await using world = await startClockWorld();
  const service = await world.start(0);
  await world.asked(SOME);

  expect(service.lines().filter((line) => line.includes("clock"))).toEqual([]);
  expect(await world.command("doctor")).not.toMatch(/clock was set|was set back/);
});

test.concurrent.for([
  ["behind", -HOUR, "clock_skew"],
  ["ahead", HOUR, "clock_skew"],
  ["right", 0, "live"],
] as const)(
  "of a clinic whose clock is %s that is said, and not that it is read late",
  async ([_what, clinicAheadMs, code], context) => {
    await using world = await startClockWorld({ clinicAheadMs });
    await world.start(0);
    await world.asked(SOME);

    await context.expect
      .poll(async () => await codes(world))
      .toEqual(Array.from({ length: FIRST_SYNCS }, () => code));
  },
);

test.concurrent("a restart with the clock set right reads on at once", async () => {
  await using world = await startClockWorld();
  const ahead = await world.start(10 * HOUR);
  await world.asked(SOME);
  await ahead.kill();

  await world.start(0);
  await world.asked(SOME);
});

test.concurrent("two processes whose clocks are ten hours apart share the reading, and either goes on alone", async () => {
  await using world = await startClockWorld();
  const right = await world.start(0);
  await world.asked(SOME);
  const ahead = await world.start(10 * HOUR);
  const from = Date.now();
  const before = world.clinic.traffic.total;
  await world.asked(5 * SOME);
  // Four resources a second, and nobody's job looked overdue to the other one.
  const perSecond = (world.clinic.traffic.total - before) / ((Date.now() - from) / 1_000);
  expect(perSecond).toBeLessThan(8);

  await ahead.kill();
  await world.asked(SOME);
  const again = await world.start(-10 * HOUR);
  await right.kill();
  await world.asked(SOME);
  expect(again.lines().some((line) => line.includes("the clock of this machine differs"))).toBe(true);
});

test.concurrent("a callback that is to be sent again is, when the clock went back meanwhile", async () => {
  await using world = await startClockWorld();
  const service = await world.start(HOUR);
  await settled(world);
  world.answers.refuses = true;
  move(world);
  await eventually(async () => (await retries(world)) === 1 || undefined);
  service.setClock(0);
  world.answers.refuses = false;

  await eventually(() => world.receiver.callbacks.length > FIRST_SYNCS || undefined);
});

test.concurrent("what slept by a Redis whose clock went back while nothing ran is read, and sent, after the start", async () => {
  await using world = await startClockWorld();
  const first = await world.start(0);
  await settled(world);
  world.answers.refuses = true;
  move(world);
  await eventually(async () => (await retries(world)) === 1 || undefined);
  await first.kill();
  await setBack(world, 10 * HOUR);
  world.answers.refuses = false;

  const second = await world.start(0);
  await world.asked(SOME);
  await eventually(() => world.receiver.callbacks.length > FIRST_SYNCS || undefined);
  expect(second.lines().some((line) => line.includes("redis's clock was set back"))).toBe(true);
});

async function codes(world: ClockWorld): Promise<unknown[]> {
  const { sources } = JSON.parse(await world.command("status", "--json")) as {
    sources: { shown: { code: string }[] };
  };
  return sources.shown.map(({ code }) => code);
}

/** Every resource has told that its first sync is done. */
async function settled({ receiver }: ClockWorld): Promise<void> {
  await eventually(() => receiver.callbacks.length === FIRST_SYNCS || undefined);
}

function move({ clinic }: ClockWorld): void {
  const visit = clinic.desk
    .appointments()
    .find((row) => row.cancelled_at === null && row.archived_at === null);
  clinic.desk.bulkMove([visit?.id ?? ""], HOUR);
}

async function retries({ redis }: ClockWorld): Promise<number> {
  const [key] = await redis.keys(`${PREFIX}:*retry`);
  return key === undefined ? 0 : await redis.zcard(key);
}

/** Everything in Redis as it stands when its clock has gone back by so much. */
async function setBack({ redis }: ClockWorld, ms: number): Promise<void> {
  const ahead = async (key: string, by: number): Promise<void> => {
    for (const id of await redis.zrange(key, "0", "-1")) await redis.zincrby(key, by, id);
  };
  for (const key of await redis.keys(`${PREFIX}:*:delayed`)) await ahead(key, ms * 0x1000);
  for (const key of await redis.keys(`${PREFIX}:*retry`)) await ahead(key, ms);
  const clock = `${PREFIX}:{_service}:clock`;
  await redis.set(clock, String(Number(await redis.get(clock)) + ms));
}
