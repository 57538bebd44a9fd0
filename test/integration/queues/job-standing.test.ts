import { expect } from "vitest";

import { startPollWorker } from "../../../src/queues/workers.ts";
import { test } from "../../support/queue-test.ts";

const POLL = { account: "northside", resource: "patients" };
const OTHER = { account: "northside", resource: "attendees" };
const HOUR_MS = 3_600_000;

/** One way of losing a job, by what is removed of it. */
const LOSSES: readonly (readonly [what: string, parts: readonly string[]])[] = [
  ["its hash alone", ["northside.patients"]],
  ["the set of those that sleep", ["delayed"]],
  [
    "everything of the queue",
    ["northside.patients", "northside.attendees", "delayed", "meta", "marker", "id"],
  ],
];

test.for(LOSSES)(
  "a poll that lost %s is missing, and is made anew",
  async ([, parts], { setup, redis, prefix }) => {
    const { queues, options, countOf } = setup;
    await queues.ensurePoll(POLL, HOUR_MS);
    expect(await queues.lostPolls([POLL])).toEqual([]);
    await redis.del(parts.map((part) => `${prefix}:queue:{poll}:poll:${part}`));

    expect((await queues.pollJobs([POLL]))[0]).toEqual({ job: "missing", nextAt: undefined });
    expect(await queues.lostPolls([POLL])).toEqual([POLL]);
    await queues.ensurePoll(POLL, 0);
    let runs = 0;
    await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
      runs += 1;
      return Date.now() + HOUR_MS;
    });

    await expect.poll(() => runs).toBe(1);
    await expect.poll(async () => await countOf("poll", "delayed")).toBe(1);
    expect(await countOf("poll", "failed")).toBe(0);
  },
);

test("a poll that failed for good is told as such, and is made anew", async ({ setup }) => {
  const { queues, options } = setup;
  const [queue] = queues.board.filter(({ name }) => name === "poll");
  await queue?.add("poll", { no: "poll" }, { jobId: "northside.patients" });
  let runs = 0;
  await using _worker = startPollWorker({ ...options, concurrency: 1 }, async () => {
    runs += 1;
    return Date.now() + HOUR_MS;
  });
  await expect.poll(async () => (await queues.pollJobs([POLL]))[0]?.job).toBe("failed");

  expect(await queues.lostPolls([POLL])).toEqual([POLL]);
  await queues.ensurePoll(POLL, 0);

  await expect.poll(() => runs).toBe(1);
});

test("one that sleeps, waits or runs is left alone", async ({ setup, redis, prefix }) => {
  const { queues, options } = setup;
  const before = Date.now();
  await queues.ensurePoll(POLL, HOUR_MS);
  await queues.ensurePoll(OTHER, 0);
  const [asleep, waiting] = await queues.pollJobs([POLL, OTHER]);
  expect(asleep?.job).toBe("asleep");
  expect(asleep?.nextAt).toBeGreaterThanOrEqual(before + HOUR_MS);
  expect(waiting).toMatchObject({ job: "waiting", nextAt: undefined });
  expect(Math.abs((waiting?.madeAt ?? 0) - before)).toBeLessThan(60_000);
  expect(await queues.lostPolls([POLL, OTHER])).toEqual([]);

  let finish: (() => void) | undefined;
  await using _worker = startPollWorker({ ...options, concurrency: 1, lockMs: 1_000 }, async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return undefined;
  });
  await expect.poll(() => finish).toBeDefined();
  expect((await queues.pollJobs([OTHER]))[0]).toMatchObject({ job: "running", nextAt: undefined });
  // Its hash is gone while it runs: the worker that holds it is not disturbed.
  await redis.del(`${prefix}:queue:{poll}:poll:northside.attendees`);
  expect(await queues.lostPolls([OTHER])).toEqual([]);
  finish?.();
  await expect.poll(async () => await queues.lostPolls([OTHER])).toEqual([OTHER]);
});

test("a thousand polls are looked at in two steps, and their order is kept", async ({ setup }) => {
  const { queues } = setup;
  const targets = Array.from({ length: 1_000 }, (_, index) => ({ ...POLL, account: `clinic-${index}` }));
  await Promise.all([3, 700, 999].map(async (at) => await queues.ensurePoll(targets[at] ?? POLL, HOUR_MS)));

  const standings = await queues.pollJobs(targets);

  expect(standings).toHaveLength(1_000);
  expect(standings.flatMap(({ job }, index) => (job === "asleep" ? [index] : []))).toEqual([3, 700, 999]);
  expect(await queues.lostPolls(targets)).toHaveLength(997);
});

test("an endpoint's deliveries that lost their job are known, and woken anew", async ({
  setup,
  redis,
  prefix,
}) => {
  const { queues, countOf } = setup;
  await queues.wakeDelivery({ endpoint: "crm" });
  expect(await queues.lostDeliveries(["crm"])).toEqual([]);
  await redis.del(`${prefix}:queue:{deliver}:deliver:wait`);

  expect(await queues.lostDeliveries(["crm"])).toEqual(["crm"]);
  await queues.wakeDelivery({ endpoint: "crm" });

  expect(await countOf("deliver", "waiting")).toBe(1);
});
