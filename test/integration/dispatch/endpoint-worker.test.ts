import { setTimeout as delay } from "node:timers/promises";

import { describe, expect } from "vitest";

import { closedPort } from "../../support/local-servers.ts";
import {
  ENDPOINT,
  MINUTE_MS,
  type WorkerSetup,
  SECOND_MS,
  countsOf,
  createClock,
  isIdle,
  numbered,
  setUpWorker,
} from "../../support/worker-setup.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/redis-test.ts";
import { createGate, startSubscriber } from "../../support/answering-server.ts";

test("what is due is delivered and written down, each attempt is told, and the worker goes to rest", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1", "evt_2");

  const rest = await setup.run();

  expect(crm.ids().toSorted()).toEqual(["evt_1", "evt_2"]);
  expect(await countsOf(setup)).toEqual({ delivered: 2 });
  expect(isIdle(rest, setup)).toBe(true);
  expect(rest?.wakes).toBe(await setup.outbox.readWakes(ENDPOINT));
  expect(setup.reports.map(({ eventId }) => eventId).toSorted()).toEqual(["evt_1", "evt_2"]);
  expect(setup.reports[0]).toMatchObject({
    endpoint: ENDPOINT,
    account: "northside",
    type: "appointment.rescheduled",
    attempt: 1,
    outcome: { kind: "delivered", status: 204 },
    settlement: { verdict: "delivered" },
  });
  expect((await setup.deliveries.read(ENDPOINT, "evt_1"))?.attempts).toMatchObject([
    { outcome: "delivered", status: 204, trigger: "schedule", counts: true },
  ]);
  expect(await setup.run()).toBeDefined();
  expect(crm.calls).toHaveLength(2);
});

test("what fails is tried again when its time has come, with the same bytes under the same id", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber((_id, nth) => (nth < 3 ? 500 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");

  const first = await setup.run();
  expect(await countsOf(setup)).toEqual({ retry: 1 });
  expect((first?.at ?? 0) - setup.clock.now()).toBeGreaterThan(4 * SECOND_MS);
  await setup.run();
  expect(crm.calls).toHaveLength(1);
  setup.clock.pass(5 * SECOND_MS);
  const second = await setup.run();
  expect(crm.calls).toHaveLength(2);
  expect((second?.at ?? 0) - setup.clock.now()).toBeGreaterThan(4 * MINUTE_MS);
  setup.clock.pass(5 * MINUTE_MS);
  await setup.run();

  expect(await countsOf(setup)).toEqual({ delivered: 1 });
  expect(new Set(crm.calls.map(({ request }) => request.body)).size).toBe(1);
  expect(new Set(crm.ids())).toEqual(new Set(["evt_1"]));
  expect(setup.reports.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test("no report and nothing that rests in clear carries the address or anything of the record", async ({
  redis,
  keys,
  prefix,
}) => {
  const port = await closedPort();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: `http://127.0.0.1:${port}/hooks?token=hunter2` });
  await setup.commit("evt_1");
  await setup.run();

  const reports = setup.reports.map(({ settlement: _settlement, ...report }) => report);
  expect(reports).toMatchObject([{ outcome: { kind: "unreachable", errorClass: "connect" } }]);
  expect(JSON.stringify(reports)).not.toMatch(/hunter2|hooks|knee|Ada|2024-04/);
  expect(await clearTextOf(redis, prefix)).not.toMatch(/hunter2|hooks|knee|Ada|ECONNREFUSED/);
});

test("a clock behind the upstream's never reports a negative time", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  const clock = createClock();
  clock.pass(Date.parse("2026-11-22T03:15:00Z") - Date.now());
  await using setup = setUpWorker(redis, keys, { clock });
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();

  expect(setup.reports).toMatchObject([{ sinceObservedMs: 0 }]);
});

test("as many are under way at once as the endpoint allows, and no more", async ({ redis, keys }) => {
  const gate = createGate();
  await using crm = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 3 });
  await setup.commit(...numbered("evt_", 12));

  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(3);
  expect(await countsOf(setup)).toEqual({ in_flight: 3, ready: 9 });
  gate.open();
  await running;

  expect(crm.mostOpen()).toBe(3);
  expect(await countsOf(setup)).toEqual({ delivered: 12 });
});

test("what comes in while answers are awaited is sent beside them, in the free slots", async ({
  redis,
  keys,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async (id) => {
    if (id === "evt_slow") await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit("evt_slow");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(1);

  await setup.commit("evt_quick");

  await expect.poll(async () => await setup.stateOf("evt_quick")).toBe("delivered");
  expect(await setup.stateOf("evt_slow")).toBe("in_flight");
  gate.open();
  await running;
});

test.for([
  [20, 0],
  [20, 350],
  [8, 150],
] as const)(
  "at %d a second the rate is kept and used, answers taking %d ms",
  async ([rateLimit, answerMs], { redis, keys }) => {
    await using crm = await startSubscriber(async () => {
      await delay(answerMs);
      return 204;
    });
    await using setup = setUpWorker(redis, keys);
    await setup.make({ url: crm.url, rateLimit, concurrency: 20 });
    const total = rateLimit * 2;
    await setup.commit(...numbered("evt_", total));

    await setup.run();

    const times = crm.calls.map(({ at }) => at);
    expect(times).toHaveLength(total);
    for (const from of times) {
      const within = times.filter((at) => at >= from && at < from + SECOND_MS).length;
      expect(within).toBeLessThanOrEqual(Math.ceil(rateLimit * 1.1) + 1);
    }
    // Two seconds' worth: a slow receiver must not make it slower than it may be.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(8 * SECOND_MS);
  },
);

test("first attempts go before retries", async ({ redis, keys }) => {
  await using crm = await startSubscriber((_id, nth) => (nth === 1 ? 400 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit("evt_old");
  await setup.run();
  setup.clock.pass(MINUTE_MS);
  await setup.commit("evt_new1", "evt_new2");
  await setup.run();

  expect(crm.ids().slice(0, 4)).toEqual(["evt_old", "evt_new1", "evt_new2", "evt_old"]);
});

describe("neither what is new nor what is old starves", () => {
  /** A receiver with rules of its own, and something new at every turn. Runs until `done`, at most so many turns. */
  async function runTurns(
    setup: WorkerSetup,
    done: () => Promise<boolean>,
    { turns = 60, freshPerTurn = 2 } = {},
  ): Promise<number> {
    for (let turn = 1; turn <= turns; turn += 1) {
      await setup.commit(...numbered(`evt_${turn}_`, freshPerTurn));
      const rest = await setup.run();
      setup.clock.pass(Math.max(SECOND_MS, (rest?.at ?? 0) - setup.clock.now()));
      if (await done()) return turn;
    }
    return Number.POSITIVE_INFINITY;
  }

  const BUSY = { status: 429, headers: {} };

  test.for([
    ["", {}, BUSY, 1],
    ["with one slot", { concurrency: 1 }, BUSY, 1],
    ["with ten slots", { concurrency: 10 }, BUSY, 20],
    ["paced by a rate", { rateLimit: 1 }, BUSY, 2],
    ["in order", { ordering: "subject" }, BUSY, 2],
    ["asking for patience", {}, { status: 429, headers: { "retry-after": "60" } }, 2],
    ["with 503", {}, { status: 503, headers: {} }, 2],
    ["with 500", {}, { status: 500, headers: {} }, 2],
  ] as const)(
    "a receiver that turns away every first attempt gets the old ones %s",
    async ([_how, settings, busy, freshPerTurn], { redis, keys }) => {
      await using crm = await startSubscriber((_id, nth) => (nth === 1 ? busy : 204));
      await using setup = setUpWorker(redis, keys);
      await setup.make({ url: crm.url, ...settings });
      await setup.commit("evt_old");

      const turns = await runTurns(setup, async () => (await setup.stateOf("evt_old")) === "delivered", {
        freshPerTurn,
      });

      expect(turns).toBeLessThanOrEqual(20);
    },
  );

  test.for([
    ["", {}],
    ["with one slot", { concurrency: 1 }],
    ["in order", { ordering: "subject" }],
  ] as const)(
    "a receiver that turns away all that is old gets what is new %s",
    async ([_how, settings], { redis, keys }) => {
      let oldStatus = 422;
      await using crm = await startSubscriber((id) => (id.startsWith("evt_old") ? oldStatus : 204));
      await using setup = setUpWorker(redis, keys);
      await setup.make({ url: crm.url, ...settings });
      await setup.commit(...numbered("evt_old", 30));
      // All of it is tried, and due again before anything new comes.
      await setup.run();
      setup.clock.pass(MINUTE_MS);
      oldStatus = 500;

      const turns = await runTurns(setup, async () => (await setup.stateOf("evt_1_001")) === "delivered", {
        freshPerTurn: 1,
      });

      expect(turns).toBeLessThanOrEqual(4);
    },
  );

  test("probes go by turns to what has been due longest: a retry, then a first attempt", async ({
    redis,
    keys,
  }) => {
    await using crm = await startSubscriber(() => 500);
    await using setup = setUpWorker(redis, keys);
    await setup.make({ url: crm.url, concurrency: 1 });
    await setup.commit(...numbered("evt_", 5));
    await setup.run();
    expect(crm.ids()).toHaveLength(5);

    await runTurns(setup, async () => crm.calls.length >= 9, { freshPerTurn: 1 });

    expect(crm.ids().slice(5)).toEqual(["evt_001", "evt_1_001", "evt_002", "evt_2_001"]);
  });

  test("while all goes well, one in four attempts is a retry", async ({ redis, keys }) => {
    await using crm = await startSubscriber((id, nth) => (id.startsWith("evt_old") && nth === 1 ? 422 : 204));
    await using setup = setUpWorker(redis, keys);
    await setup.make({ url: crm.url, concurrency: 1 });
    await setup.commit("evt_old1", "evt_old2");
    await setup.run();
    setup.clock.pass(MINUTE_MS);
    await setup.commit(...numbered("evt_", 8));
    await setup.run();

    expect(
      crm
        .ids()
        .slice(2)
        .map((id) => id.replace(/\d+$/, "")),
    ).toEqual(["evt_", "evt_old", "evt_", "evt_", "evt_", "evt_old", "evt_", "evt_", "evt_", "evt_"]);
  });
});

test("events that are wanted no more are not sent where they wait, which is told, and are not given any more", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, events: ["appointment.*"] });
  await setup.commit("evt_before");
  await setup.change({ events: ["patient.*"] });
  await setup.commit("evt_after");
  await setup.run();

  expect(crm.ids()).toEqual([]);
  expect(await setup.deliveries.read(ENDPOINT, "evt_before")).toMatchObject({
    state: "failed",
    attempts: [{ outcome: "own_fault", errorClass: "not_subscribed", counts: false }],
  });
  expect(await setup.stateOf("evt_after")).toBeUndefined();

  // Nothing is lost by it: wanted again, it can be had.
  await setup.change({ events: ["appointment.*"] });
  await setup.deliveries.retry(ENDPOINT, "evt_before", setup.clock.now());
  await setup.run();
  expect(crm.ids()).toEqual(["evt_before"]);
});

test("paused, nothing is sent and everything waits; resumed, it goes out", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.pause(1);
  await setup.commit("evt_1", "evt_2");

  const rest = await setup.run();
  expect(isIdle(rest, setup)).toBe(true);
  expect(crm.calls).toEqual([]);
  expect(await countsOf(setup)).toEqual({ ready: 2 });

  await setup.pause(undefined);
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 2 });
});

test("paused while it is delivered to, what is under way ends and nothing else begins", async ({
  redis,
  keys,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit("evt_1", "evt_2");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(1);
  await setup.pause(1);
  gate.open();
  await running;

  expect(await countsOf(setup)).toEqual({ delivered: 1, ready: 1 });
});

test("settings that are changed in between are used from the next attempt on", async ({ redis, keys }) => {
  const gate = createGate();
  await using former = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: former.url, concurrency: 1 });
  await setup.commit("evt_1", "evt_2");
  const running = setup.run();
  await expect.poll(() => former.open.size).toBe(1);
  await setup.change({ url: crm.url, headers: { "x-team": "north" } });
  gate.open();
  await running;

  expect(former.ids()).toEqual(["evt_1"]);
  expect(crm.ids()).toEqual(["evt_2"]);
  expect(crm.calls[0]?.request.headers).toMatchObject({ "x-team": "north" });
});

test("events of one subject arrive in sequence, and only a failing subject waits", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber((id, nth) => (id === "mia-1" && nth === 1 ? 422 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 10, ordering: "subject" });
  await setup.commit("mia-1", "bob-1", "mia-2", "mia-3", "bob-2");

  await setup.run();
  expect(crm.ids().filter((id) => id !== "mia-1")).toEqual(["bob-1", "bob-2"]);
  expect(await countsOf(setup)).toEqual({ delivered: 2, retry: 1, blocked: 2 });
  setup.clock.pass(5 * SECOND_MS);
  await setup.run();

  expect(crm.ids().filter((id) => id.startsWith("mia"))).toEqual(["mia-1", "mia-1", "mia-2", "mia-3"]);
  expect(await countsOf(setup)).toEqual({ delivered: 5 });
});

test("an attempt by hand on a failed delivery is made once and beside the schedule", async ({
  redis,
  keys,
}) => {
  let status = 500;
  await using crm = await startSubscriber(() => status);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();
  await setup.deliveries.retry(ENDPOINT, "evt_1", setup.clock.now());
  await setup.run();
  expect(crm.calls).toHaveLength(2);
  expect(await setup.deliveries.read(ENDPOINT, "evt_1")).toMatchObject({
    state: "retry",
    attempts: [{ trigger: "schedule" }, { trigger: "manual", counts: false }],
  });

  status = 204;
  await setup.deliveries.retry(ENDPOINT, "evt_1", setup.clock.now());
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 1 });
});

test("a worker with nothing to do asks Redis a handful of times and rests", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  let claims = 0;
  await using setup = setUpWorker(redis, keys, {
    deps: ({ outbox }) => ({
      outbox: {
        ...outbox,
        claim: async (...given) => {
          claims += 1;
          return await outbox.claim(...given);
        },
      },
    }),
  });
  await setup.make({ url: crm.url });
  for (const prepare of [
    async () => undefined,
    async () => await setup.pause(1),
    async () => await setup.commit("evt_1"),
  ]) {
    await prepare();
    claims = 0;
    expect(isIdle(await setup.run(), setup)).toBe(true);
    expect(claims).toBe(1);
  }
});

test("an endpoint that may not have an account any more gets nothing of it, and does again once it may", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.change({ accounts: ["southbank"] });

  await setup.run();
  expect(crm.calls).toEqual([]);
  const kept = await setup.deliveries.read(ENDPOINT, "evt_1");
  expect(kept).toMatchObject({ state: "failed", attempts: [{ errorClass: "account_withdrawn" }] });

  await setup.change({ accounts: ["northside"] });
  await setup.deliveries.retry(ENDPOINT, "evt_1", setup.clock.now());
  await setup.run();
  expect(crm.ids()).toEqual(["evt_1"]);
});
