import { expect } from "vitest";

import { createSchedules } from "../../../src/pollers/schedule/adaptive-schedule.ts";
import { createLearntWeeks } from "../../../src/pollers/schedule/learnt-weeks.ts";
import { type Pace, createAdaptivePace, createFixedPace } from "../../../src/pollers/schedule/pace.ts";
import { createRequestBudget } from "../../../src/store/detection/request-budget.ts";
import { createScheduleStore } from "../../../src/store/detection/schedule-store.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import type { RedisNode } from "../../../src/store/redis/client.ts";
import { type PollBench, createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/redis-test.ts";

const ACCOUNT = "northside";
const TARGET = { account: ACCOUNT, resource: "individual_appointments" } as const;
const PROMISE_MS = { live: 20_000, minute: 60_000, quarter: 900_000, daily: 86_400_000 };

/** With the schedule and the budget of a service. */
async function startBench(redis: RedisNode, keys: Keys): Promise<PollBench> {
  const pace = createAdaptivePace({
    scheduleOf: createSchedules({ promiseMs: PROMISE_MS, tiers: {} }),
    learntOf: createLearntWeeks(
      { accounts: [{ name: ACCOUNT, resources: [TARGET.resource, "patients"] }], polling: { tiers: {} } },
      createScheduleStore(redis, keys, Date.now),
    ),
    shares: { spent: () => undefined, of: () => 1_000 },
    now: Date.now,
  });
  const limits = { requestsPerMinute: 60_000, share: 1, now: Date.now, random: () => 0 };
  const budget = (apiKey: Parameters<typeof createRequestBudget>[2]["apiKey"]) =>
    createRequestBudget(redis, keys, { apiKey, ...limits });
  const bench = await createPollBench({ redis, keys, pace, budget });
  // A first sync, the count that follows it, and one more that knows all there is to be known.
  for (let poll = 0; poll < 4; poll += 1) {
    bench.tick(200_000);
    await bench.poll();
  }
  return bench;
}

/** What is sent to Redis while something is done: one for each time that it is waited for. */
async function sentWhile(redis: RedisNode, work: () => Promise<unknown>): Promise<readonly string[]> {
  const sent: string[] = [];
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...given) => {
    sent.push(given[0].name);
    return send(...given);
  };
  try {
    await work();
  } finally {
    redis.sendCommand = send;
  }
  return sent;
}

test("a poll that finds nothing sends four commands: its request, and its turn's beginning, commit and end", async ({
  redis,
  keys,
}) => {
  await using bench = await startBench(redis, keys);
  bench.tick(20_000);
  const before = bench.requests();

  const sent = await sentWhile(redis, async () => await bench.poll());
  expect(bench.requests()).toBe(before + 1);
  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed", changes: 0 });
  expect(sent).toEqual(["evalsha", "evalsha", "evalsha", "evalsha"]);

  // The mirror: what changed is read, compared, committed and learnt from.
  bench.clinic.desk.editNote(bench.seeded.appointmentIds[0] ?? "", "brings an X-ray");
  bench.tick(20_000);
  const more = await sentWhile(redis, async () => await bench.poll());
  expect(more.length).toBeGreaterThan(sent.length);
  expect(await bench.events()).toMatchObject([{ type: "appointment.updated" }]);
});

test("a first sync reads the list and nothing else; what makes sure that nothing is missing comes with the next poll", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { appointments: 20 } });
  const asked: string[] = [];
  bench.beforeAnswer((path) => asked.push(path.split("?")[0] ?? ""));
  const sent = await sentWhile(redis, async () => await bench.poll());

  expect(bench.scans.at(-1)).toMatchObject({ kind: "completed", baseline: true });
  expect(asked).toEqual(["/v1/user", "/v1/settings/public", "/v1/individual_appointments"]);
  expect(bench.steps).toEqual([]);
  // Whether its connection holds the account back, whose it is, and who is forgotten.
  expect(sent.filter((name) => name === "hgetall")).toHaveLength(3);

  bench.tick(20_000);
  await bench.poll();
  expect(bench.steps.map(({ name }) => name)).toContain("count");
});

test("what another process found out of the connection in between is gone by", async ({ redis, keys }) => {
  await using bench = await startBench(redis, keys);
  const { keeper, now } = bench;
  const problem = {
    kind: "degraded",
    since: now(),
    detail: "held",
    told: true,
    quarantined: true,
  } as const;
  await keeper.update(ACCOUNT, () => ({ change: { resource: "patients", problem } }));
  const before = bench.requests();

  await bench.poll();
  expect(bench.requests()).toBe(before);

  await keeper.update(ACCOUNT, () => ({ change: { resource: "patients", problem: null } }));
  await bench.poll();
  expect(bench.requests()).toBe(before + 1);
});

test("what is said of it while a poll is under way is answered at that poll's end", async ({
  redis,
  keys,
}) => {
  await using bench = await startBench(redis, keys);
  const { keeper, now } = bench;
  let said: Promise<void> | undefined;
  bench.beforeAnswer(() => {
    const problem = {
      kind: "degraded",
      since: now(),
      detail: "late",
      told: true,
      quarantined: false,
    } as const;
    said ??= keeper.update(ACCOUNT, () => ({ change: { resource: TARGET.resource, problem } }));
  });
  // Its answer is behind what was said, on one connection.
  await bench.poll();
  await said;

  expect((await keeper.read(ACCOUNT)).problems.get(TARGET.resource)).toBeUndefined();
  expect(bench.notices.at(-1)).toMatchObject({ transition: "recovered", resource: TARGET.resource });
});

test("what is to be read again is met by the next poll when it was named while one was under way", async ({
  redis,
  keys,
}) => {
  await using bench = await startBench(redis, keys);
  const patient = bench.seeded.patientIds[0] ?? "";
  let named: Promise<unknown> | undefined;
  bench.beforeAnswer(() => {
    named ??= redis.sadd(keys.rereads(ACCOUNT), `${TARGET.resource}/${patient}`);
  });
  await bench.poll();
  await named;
  await bench.poll();

  expect(await bench.reading.rereads(ACCOUNT, TARGET.resource)).toEqual([]);
});

test("what a poll committed whose process died over it is handed on by whoever takes it over", async ({
  redis,
  keys,
}) => {
  await using bench = await startBench(redis, keys);
  const before = bench.handedOn();
  await bench.poll();
  expect(bench.handedOn()).toBe(before);

  await bench.poll(TARGET.resource, true);
  expect(bench.handedOn()).toBe(before + 1);
});

test("what is asked is told to whoever shares an account's requests, with what it takes to make sure that nothing is missing", async ({
  redis,
  keys,
}) => {
  let asked = 0;
  let spent = 0;
  const pace: Pace = {
    ...createFixedPace(5_000, Date.now),
    spent: ({ account, resource }, requests) => {
      expect([account, resource]).toEqual([ACCOUNT, "individual_appointments"]);
      spent += requests;
    },
  };
  await using bench = await createPollBench({ redis, keys, pace });
  bench.beforeAnswer((path) => (asked += path.includes("/individual_appointments") ? 1 : 0));
  const polls: number[] = [];
  for (let poll = 0; poll < 4; poll += 1) {
    const before = spent;
    bench.tick(200_000);
    await bench.poll();
    polls.push(spent - before);
  }

  expect(spent).toBe(asked);
  // Some of them count and read again, besides their one page.
  expect(Math.max(...polls)).toBeGreaterThan(1);
});
