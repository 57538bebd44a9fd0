import { expect } from "vitest";

import { startPollWorker, startRouteWorker } from "../../../src/queues/workers.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { test } from "../../support/queue-test.ts";

const POLL = { account: "northside", resource: "patients" };
const HOUR_MS = 3_600_000;

test("a poll that is ensured again and again is one job", async ({ setup }) => {
  const { queues, countOf } = setup;
  await Promise.all(Array.from({ length: 10 }, async () => await queues.ensurePoll(POLL, HOUR_MS)));
  await queues.ensurePoll(POLL, 0);

  expect(await countOf("poll", "delayed")).toBe(1);
  expect(await countOf("poll", "waiting")).toBe(0);
  await queues.ensurePoll({ ...POLL, resource: "individual_appointments" }, HOUR_MS);
  expect(await countOf("poll", "delayed")).toBe(2);
});

test("a poll that names a time runs again then, and not before", async ({ setup }) => {
  const { queues, options, errors, countOf } = setup;
  const runs: number[] = [];
  const wanted: number[] = [];
  await queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...options, concurrency: 2 }, async (data) => {
    expect(data).toEqual(POLL);
    runs.push(Date.now());
    if (runs.length === 4) return undefined;
    const next = Date.now() + 80;
    wanted.push(next);
    return next;
  });

  await expect.poll(() => runs).toHaveLength(4);

  for (const [index, time] of wanted.entries()) expect(runs[index + 1]).toBeGreaterThanOrEqual(time);
  await expect.poll(async () => await countOf("poll", "active")).toBe(0);
  expect(await countOf("poll", "failed")).toBe(0);
  expect(errors).toEqual([]);
});

test("a poll that names a time in the past runs again at once", async ({ setup }) => {
  let runs = 0;
  await setup.queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...setup.options, concurrency: 1 }, async () => {
    runs += 1;
    return runs < 3 ? Date.now() - 5_000 : undefined;
  });

  await expect.poll(() => runs).toBe(3);
});

test("a poll that names no time ends, and can be started anew", async ({ setup }) => {
  const { queues, options } = setup;
  let runs = 0;
  await queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
    runs += 1;
    return undefined;
  });
  await expect.poll(async () => (await queues.counts()).filter(({ count }) => count > 0)).toEqual([]);
  expect(runs).toBe(1);

  await queues.ensurePoll(POLL, 0);

  await expect.poll(() => runs).toBe(2);
});

test("a poll whose handler throws runs again, and so does a route", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  const [polls, routes]: [number[], number[]] = [[], []];
  await queues.ensurePoll(POLL, 0);
  await queues.addRoute({ account: "northside" });
  await using _poller = startPollWorker({ ...options, concurrency: 1 }, async () => {
    if (polls.push(Date.now()) === 1) throw new Error("the upstream's answer was torn");
    return Date.now() + HOUR_MS;
  });
  await using _router = startRouteWorker(options, async () => {
    if (routes.push(Date.now()) === 1) throw new Error("Redis was busy");
  });

  await expect.poll(() => [polls.length, routes.length]).toEqual([2, 2]);

  await expect.poll(async () => await countOf("poll", "delayed")).toBe(1);
  await expect.poll(async () => await countOf("route", "completed")).toBe(0);
  expect(await countOf("poll", "failed")).toBe(0);
  expect(await countOf("route", "failed")).toBe(0);
});

test("a poll that sleeps is woken, and sleeps until its own time after that", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  let runs = 0;
  await queues.ensurePoll(POLL, HOUR_MS);
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
    runs += 1;
    return Date.now() + HOUR_MS;
  });

  expect(await queues.pollNow(POLL)).toBe(true);

  await expect.poll(() => runs).toBe(1);
  await expect.poll(async () => await countOf("poll", "delayed")).toBe(1);
});

test("of several who wake a poll at once one does, and the others are told that it was awake", async ({
  setup,
}) => {
  const { queues } = setup;
  await queues.ensurePoll(POLL, HOUR_MS);

  const woken = await Promise.all(Array.from({ length: 10 }, async () => await queues.pollNow(POLL)));

  expect(woken.filter(Boolean)).toHaveLength(1);
});

test("a poll that runs, or that nobody has ensured, cannot be woken", async ({ setup }) => {
  const { queues, options } = setup;
  expect(await queues.pollNow(POLL)).toBe(false);
  let finish: (() => void) | undefined;
  await queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return undefined;
  });
  await expect.poll(() => finish).toBeDefined();

  expect(await queues.pollNow(POLL)).toBe(false);
  finish?.();
});

test("jobs are shared among workers: each route is handled once", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  const accounts = Array.from({ length: 60 }, (_, index) => `clinic-${index}`);
  await Promise.all(accounts.map(async (account) => await queues.addRoute({ account })));
  const handled: string[] = [];
  const handle = async ({ account }: { readonly account: string }): Promise<void> => {
    handled.push(account);
  };
  await using _one = startRouteWorker(options, handle);
  await using _other = startRouteWorker(options, handle);

  await expect.poll(() => handled.length).toBe(accounts.length);
  await expect.poll(async () => await countOf("route", "active")).toBe(0);
  expect(handled.toSorted()).toEqual(accounts.toSorted());
});

test("disposing a worker waits for the job in hand, and takes up no other", async ({ setup }) => {
  const { queues, options, countOf } = setup;
  const log: string[] = [];
  let finish: (() => void) | undefined;
  const worker = startPollWorker({ ...options, concurrency: 1 }, async ({ resource }) => {
    log.push(`begun ${resource}`);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    log.push(`ended ${resource}`);
    return undefined;
  });
  await queues.ensurePoll(POLL, 0);
  await expect.poll(() => finish).toBeDefined();
  await queues.ensurePoll({ ...POLL, resource: "individual_appointments" }, 0);

  const disposing = worker[Symbol.asyncDispose]().then(() => log.push("disposed"));
  await expect.poll(async () => await countOf("poll", "waiting")).toBe(1);
  expect(log).toEqual(["begun patients"]);
  finish?.();
  await disposing;

  expect(log).toEqual(["begun patients", "ended patients", "disposed"]);
  expect(await countOf("poll", "waiting")).toBe(1);
});

test("a poll sleeps for as long as its handler asked, whatever clock the handler goes by", async ({
  setup,
}) => {
  const { queues } = setup;
  let aheadMs = HOUR_MS;
  const now = (): number => Date.now() + aheadMs;
  const runs: number[] = [];
  await queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...setup.options, now, concurrency: 1 }, async () => {
    runs.push(aheadMs);
    const next = now() + 50;
    if (runs.length === 2) aheadMs = -HOUR_MS;
    return runs.length < 4 ? (runs.length === 2 ? now() : next) : undefined;
  });

  await expect.poll(() => runs).toHaveLength(4);
});

test("a job that would sleep longer than it was meant to is woken, and no other is", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues, countOf } = setup;
  const held = { ...POLL, resource: "attendees" };
  await queues.ensurePolls([
    { target: POLL, delayMs: 30_000 },
    { target: held, delayMs: HOUR_MS },
  ]);
  expect(await queues.wakeOverslept(0)).toBe(0);

  // The clock by which it was put to sleep was ten hours ahead.
  const delayed = `${prefix}:queue:{poll}:poll:delayed`;
  await redis.zincrby(delayed, 10 * HOUR_MS * 0x1000, `${POLL.account}.${POLL.resource}`);
  expect(await queues.wakeOverslept(20_000)).toBe(1);
  expect(await countOf("poll", "waiting")).toBe(1);
  expect(await queues.pollNow(held)).toBe(true);
});

test("of many that sleep long some are looked at in turn, and where one is woken all the others are", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues } = setup;
  const targets = Array.from({ length: 120 }, (_, index) => ({ ...POLL, resource: `resource_${index}` }));
  await queues.ensurePolls(targets.map((target) => ({ target, delayMs: HOUR_MS })));
  const delayed = `${prefix}:queue:{poll}:poll:delayed`;
  const [first, last] = [targets[0]?.resource ?? "", targets[119]?.resource ?? ""];
  await redis.zincrby(delayed, 10 * HOUR_MS * 0x1000, `${POLL.account}.${last}`);

  // The longest sleeper stands behind all others.
  const woken: number[] = [];
  for (let look = 0; look < 3; look += 1) woken.push(await queues.wakeOverslept(20_000));
  expect(woken).toEqual([0, 0, 1]);
  await redis.zincrby(delayed, 10 * HOUR_MS * 0x1000, `${POLL.account}.${first}`);
  await redis.zadd(delayed, (Date.now() + 9 * HOUR_MS) * 0x1000, `${POLL.account}.resource_5`);
  await expect.poll(async () => await queues.wakeOverslept(20_000)).toBe(2);
});

test("a poll whose worker died over it says so once, and one that ended well does not", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues, options } = setup;
  const runs: boolean[] = [];
  await queues.ensurePoll(POLL, 0);
  // As BullMQ counts it when it takes a job from a worker that is gone.
  await redis.hset(`${prefix}:queue:{poll}:poll:${POLL.account}.${POLL.resource}`, "stc", 1);
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async (_data, mayBeTakenOver) => {
    runs.push(mayBeTakenOver);
    return runs.length < 3 ? Date.now() : Date.now() + HOUR_MS;
  });

  await expect.poll(() => runs).toEqual([true, false, false]);
});

test("a poll that sleeps and wakes costs one step to put it down and take up the next", async ({
  prefix,
}) => {
  await using server = await startRedisServer({});
  await using setup = createQueueSetup(server.redis, prefix);
  const { queues, options } = setup;
  const scripts = async (): Promise<number> => {
    const told = /cmdstat_evalsha:calls=(\d+)/.exec(await server.redis.info("commandstats"));
    return Number(told?.[1] ?? 0);
  };
  const RUNS = 200;
  let [runs, before, after] = [0, 0, 0];
  await queues.ensurePoll(POLL, 0);
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
    runs += 1;
    if (runs === 10) before = await scripts();
    if (runs === 10 + RUNS) after = await scripts();
    return runs > 10 + RUNS ? Date.now() + HOUR_MS : Date.now();
  });
  await expect.poll(() => runs).toBeGreaterThan(10 + RUNS);

  expect(after - before).toBeGreaterThanOrEqual(RUNS);
  expect(after - before).toBeLessThan(1.5 * RUNS);
});

test("a worker that found nothing to do takes what comes while its last job ends", async ({ setup }) => {
  const { queues, options, errors } = setup;
  const runs: string[] = [];
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async ({ resource }) => {
    runs.push(resource);
    // The only place is taken: nobody else is asked for what comes now.
    if (resource === "patients") await queues.ensurePoll({ ...POLL, resource: "attendees" }, 0);
    return Date.now() + HOUR_MS;
  });
  await queues.ensurePoll(POLL, 0);

  await expect.poll(() => runs).toEqual(["patients", "attendees"]);
  expect(errors).toEqual([]);
});
