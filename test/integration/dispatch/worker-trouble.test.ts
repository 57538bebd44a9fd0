import { getEventListeners } from "node:events";

import { expect } from "vitest";

import { parseWorkerState } from "../../../src/dispatch/worker/worker-state.ts";
import { reEnable } from "../../../src/dispatch/worker/re-enable.ts";
import {
  ENDPOINT,
  MINUTE_MS,
  SECOND_MS,
  type WorkerSetup,
  countsOf,
  isIdle,
  numbered,
  setUpWorker,
} from "../../support/worker-setup.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";
import { createGate, startSubscriber } from "../../support/answering-server.ts";

const WHOLE = { since: 0, until: Number.MAX_SAFE_INTEGER };

/** As the operator's command does it. */
async function enable({ outbox, endpoints, clock }: WorkerSetup): Promise<void> {
  const endpoint = await endpoints.read(ENDPOINT);
  if (!endpoint) throw new Error("it is there");
  const onStep = async (): Promise<void> => undefined;
  await reEnable({ outbox, now: clock.now, onStep, wake: onStep }, endpoint, "enabled");
}

async function recoverAll(
  { deliveries }: WorkerSetup,
  states: readonly ("parked" | "failed")[],
): Promise<number> {
  let taken = 0;
  for await (const heads of deliveries.walk(ENDPOINT, WHOLE)) {
    taken += await deliveries.recover(ENDPOINT, heads, states);
  }
  return taken;
}

test("a 410 disables: all is parked, it is told once, and nothing more goes out", async ({ redis, keys }) => {
  await using crm = await startSubscriber(() => 410);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit("evt_1", "evt_2", "evt_3");

  const rest = await setup.run();

  expect(isIdle(rest, setup)).toBe(true);
  expect(crm.calls).toHaveLength(1);
  expect(await countsOf(setup)).toEqual({ parked: 3 });
  await setup.commit("evt_4");
  await setup.run();
  expect(await countsOf(setup)).toEqual({ parked: 4 });
  expect(crm.calls).toHaveLength(1);
  expect(setup.steps.map(({ news }) => news)).toEqual(["disabled"]);
});

test("enabled again, new events go out at once and the parked ones when they are recovered", async ({
  redis,
  keys,
}) => {
  let status = 410;
  await using crm = await startSubscriber(() => status);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit("evt_1", "evt_2");
  await setup.run();
  status = 204;

  await enable(setup);
  await setup.commit("evt_3");
  await setup.run();
  expect(await countsOf(setup)).toEqual({ parked: 2, delivered: 1 });

  expect(await recoverAll(setup, ["parked"])).toBe(2);
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 3 });
  expect(crm.ids()).toEqual(["evt_1", "evt_3", "evt_1", "evt_2"]);
});

test("enabled in the midst of a worker that holds everything back, nothing that came since is parked", async ({
  redis,
  keys,
}) => {
  let status = 410;
  await using crm = await startSubscriber(() => status);
  let beforeHolding = async (): Promise<void> => undefined;
  await using setup = setUpWorker(redis, keys, {
    deps: ({ outbox }) => ({
      outbox: {
        ...outbox,
        parkAll: async (worker, now) => {
          await beforeHolding();
          return await outbox.parkAll(worker, now);
        },
      },
    }),
  });
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();
  status = 204;
  beforeHolding = async () => {
    beforeHolding = async () => undefined;
    await enable(setup);
    await setup.commit("evt_2");
  };

  await setup.run();
  await setup.run();

  expect(await countsOf(setup)).toEqual({ parked: 1, delivered: 1 });
});

test("after five failures in a row the circuit opens, and one probe after the other goes out", async ({
  redis,
  keys,
}) => {
  let status = 500;
  await using crm = await startSubscriber(() => status);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit(...numbered("evt_", 20));

  const opened = await setup.run();
  expect(crm.calls).toHaveLength(5);
  expect((opened?.at ?? 0) - setup.clock.now()).toBeGreaterThan(4 * SECOND_MS);
  expect((opened?.at ?? 0) - setup.clock.now()).toBeLessThanOrEqual(5 * SECOND_MS);
  await setup.run();
  expect(crm.calls).toHaveLength(5);
  setup.clock.pass(5 * SECOND_MS);
  const probed = await setup.run();
  expect(crm.calls).toHaveLength(6);
  expect((probed?.at ?? 0) - setup.clock.now()).toBeGreaterThan(9 * SECOND_MS);

  status = 204;
  setup.clock.pass(10 * SECOND_MS);
  await setup.run();
  // The failed probe was a second attempt.
  expect(await countsOf(setup)).toEqual({ delivered: 19, retry: 1 });
  setup.clock.pass(5 * MINUTE_MS);
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 20 });
});

test("a probe that finds its event gone is no probe: the next goes out at once", async ({ redis, keys }) => {
  await using crm = await startSubscriber(() => 500);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  const ids = numbered("evt_", 9);
  await setup.commit(...ids);
  await setup.run();
  expect(crm.calls).toHaveLength(5);
  // Two that wait for their retry, and the next first attempt between them.
  const gone = ["evt_001", "evt_006", "evt_002"];
  await redis.hdel(keys.bodies("northside"), ...gone);
  // What is read for several endpoints at once is kept for a moment.
  await expect.poll(async () => (await setup.log.readLater("northside", gone)).size).toBe(0);
  setup.clock.pass(5 * SECOND_MS);

  await setup.run();

  expect(crm.ids().slice(5)).toEqual(["evt_007"]);
  for (const id of gone) expect(await setup.stateOf(id)).toBe("failed");
  const state = parseWorkerState(await setup.outbox.readHealth(ENDPOINT), 1, setup.clock.now());
  expect(state.circuit).toMatchObject({ state: "open", coolDownMs: 10 * SECOND_MS });
});

test("an event that cannot be opened stops no other and uses up none of its attempts", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  const other = keyringOf("k2", "k1");
  await using setup = setUpWorker(redis, keys);
  await using elsewhere = setUpWorker(redis, keys, { keyring: other, clock: setup.clock });
  await setup.make({ url: crm.url });
  await elsewhere.log.append(eventOf({ id: "evt_sealed" }));
  await setup.commit("evt_1", "evt_2");

  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 2, retry: 1 });
  for (let round = 0; round < 11; round++) {
    setup.clock.pass(6 * MINUTE_MS);
    await setup.run();
  }
  expect(await setup.stateOf("evt_sealed")).toBe("retry");
  expect((await setup.deliveries.read(ENDPOINT, "evt_sealed"))?.attempts.at(-1)).toMatchObject({
    outcome: "own_fault",
    errorClass: "unreadable_event",
    counts: false,
  });
  setup.clock.pass(6 * MINUTE_MS);
  // Whoever has the key delivers it.
  await elsewhere.run();
  expect(await elsewhere.stateOf("evt_sealed")).toBe("delivered");
});

test("an event that was erased fails at once, and says so; the others are sent", async ({ redis, keys }) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1", "evt_2");
  await redis.hdel(keys.bodies("northside"), "evt_1");

  await setup.run();

  expect(crm.ids()).toEqual(["evt_2"]);
  expect(await setup.deliveries.read(ENDPOINT, "evt_1")).toMatchObject({
    state: "failed",
    attempts: [{ outcome: "own_fault", errorClass: "event_not_kept", counts: false }],
  });
});

test("an endpoint that is deleted is forgotten to its last key, and its job ends", async ({
  redis,
  keys,
  prefix,
}) => {
  await using crm = await startSubscriber(() => 500);
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await setup.run();
  await setup.endpoints.delete(ENDPOINT);

  expect(await setup.run()).toBeUndefined();
  expect(await redis.keys(`${prefix}:{endpoint:*`)).toEqual([]);
});

test("an endpoint that is deleted while it is delivered to leaves no key behind", async ({
  redis,
  keys,
  prefix,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit("evt_1", "evt_2", "evt_3");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(2);

  await setup.endpoints.delete(ENDPOINT);
  gate.open();

  expect(await running).toBeUndefined();
  expect(crm.calls).toHaveLength(2);
  expect(await redis.keys(`${prefix}:{endpoint:*`)).toEqual([]);
});

test("told to stop, the worker lets what is under way end, begins nothing, and gives the rest back", async ({
  redis,
  keys,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit(...numbered("evt_", 6));
  const listeners = getEventListeners(setup.stopping.signal, "abort");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(2);
  // One for all workers: Node takes more than ten listeners for a leak, and says so.
  expect(getEventListeners(setup.stopping.signal, "abort")).toEqual(listeners);
  setup.stopping.abort();
  gate.open();
  const rest = await running;

  expect(rest?.at).toBeLessThanOrEqual(setup.clock.now());
  expect(await countsOf(setup)).toEqual({ delivered: 2, ready: 4 });
  await setup.run();
  expect(crm.calls).toHaveLength(2);
});

test("a worker that another one replaces ends what it has under way, and begins nothing more", async ({
  redis,
  keys,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async () => {
    await gate.opened;
    return 204;
  });
  await using setup = setUpWorker(redis, keys);
  await using rival = setUpWorker(redis, keys, { clock: setup.clock });
  await setup.make({ url: crm.url, concurrency: 1 });
  await setup.commit("evt_1", "evt_2", "evt_3");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(1);
  const replaced = rival.run();
  await expect.poll(() => crm.calls.length).toBe(2); // the first one again: nobody can know whether it arrived
  gate.open();
  const rest = await running;
  await replaced;

  expect(rest?.at).toBeLessThanOrEqual(setup.clock.now());
  expect(setup.reports).toHaveLength(1);
  expect(await countsOf(setup)).toEqual({ delivered: 3 });
});

test("a worker that fails ends only when nothing of it is under way any more", async ({ redis, keys }) => {
  const gate = createGate();
  let broken = false;
  let hasEnded = false;
  await using crm = await startSubscriber(async (id) => {
    if (id === "evt_slow") await gate.opened;
    // Whatever the worker asks for from now on fails.
    else broken = !hasEnded;
    return 204;
  });
  await using setup = setUpWorker(redis, keys, {
    deps: ({ readEndpoint }) => ({
      readEndpoint: async (id) => {
        if (broken) throw new Error("Redis is out of memory");
        return await readEndpoint(id);
      },
    }),
  });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit("evt_slow", "evt_quick");
  const running = setup.run().catch((error: unknown) => {
    hasEnded = true;
    return String(error);
  });
  await expect.poll(() => setup.reports.length).toBe(1);
  expect(crm.open.size).toBe(1);
  expect(hasEnded).toBe(false);
  gate.open();

  expect(await running).toContain("out of memory");
  expect(setup.reports).toHaveLength(2);
  broken = false;
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 2 });
});

test("a step that cannot be told is told when the event fails again, under the same number", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber(() => 410);
  const told: number[] = [];
  let broken = true;
  await using setup = setUpWorker(redis, keys, {
    deps: () => ({
      onStep: async (_endpoint, { sequence }) => {
        told.push(sequence);
        if (broken) throw new Error("the log cannot be written");
      },
    }),
  });
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  await expect(setup.run()).rejects.toThrow("cannot be written");
  broken = false;
  await setup.run();

  expect(told).toEqual([1, 1]);
  expect(await countsOf(setup)).toEqual({ parked: 1 });
});
