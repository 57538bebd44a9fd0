import { expect } from "vitest";

import { createWorkerWakes } from "../../../src/dispatch/worker/worker-wakes.ts";
import type { EndpointSettings } from "../../../src/config/endpoint-settings.ts";
import type { Claim, ClaimRoom, Outbox } from "../../../src/store/outbox/outbox.ts";
import {
  type Clock,
  ENDPOINT,
  SECOND_MS,
  countsOf,
  isIdle,
  numbered,
  setUpWorker,
} from "../../support/worker-setup.ts";
import { createGate, startSubscriber } from "../../support/answering-server.ts";
import { test } from "../../support/redis-test.ts";

/** However slow the machine is, no time passes unless a test says so: what ends takes no time at all. */
function stillClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    pass: (ms) => {
      now += ms;
    },
  };
}

interface Asked {
  readonly room: ClaimRoom;
  readonly claim: Claim | "lost";
}

/** An outbox that writes down what it was asked for. */
function observed(outbox: Outbox): { readonly outbox: Outbox; readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const claim: Outbox["claim"] = async (worker, now, room, ...rest) => {
    const given = await outbox.claim(worker, now, room, ...rest);
    asked.push({ room, claim: given });
    return given;
  };
  return { outbox: { ...outbox, claim }, asked };
}

const PACED: readonly (readonly [how: string, settings: Partial<EndpointSettings>])[] = [
  ["in order", { ordering: "subject" }],
  ["paced by a rate", { rateLimit: 1_000 }],
];

test("an endpoint with few slots is asked for far more seldom than it is delivered to, and has no more under way", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  let asked: readonly Asked[] = [];
  await using setup = setUpWorker(redis, keys, {
    clock: stillClock(),
    deps: ({ outbox }) => {
      const seen = observed(outbox);
      ({ asked } = seen);
      return { outbox: seen.outbox };
    },
  });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit(...numbered("evt_", 240));

  const begunAt = performance.now();
  expect(isIdle(await setup.run(), setup)).toBe(true);
  const tookMs = performance.now() - begunAt;

  // On a slow machine what has ended is written down every 20 ms, and each time more is asked for.
  expect(asked.length).toBeLessThan(60 + tookMs / 20);
  expect(crm.mostOpen()).toBeLessThanOrEqual(2);
  expect(crm.ids().toSorted()).toEqual(numbered("evt_", 240));
  expect(await countsOf(setup)).toEqual({ delivered: 240 });
});

test.for(PACED)(
  "one that is given its events %s is claimed for its slots alone",
  async ([_how, settings], { redis, keys }) => {
    await using crm = await startSubscriber();
    let asked: readonly Asked[] = [];
    await using setup = setUpWorker(redis, keys, {
      deps: ({ outbox }) => {
        const seen = observed(outbox);
        ({ asked } = seen);
        return { outbox: seen.outbox };
      },
    });
    await setup.make({ url: crm.url, concurrency: 2, ...settings });
    await setup.commit(...numbered("evt_", 20));

    await setup.run();

    expect(asked.every(({ room }) => room.ahead === 0)).toBe(true);
    expect(await countsOf(setup)).toEqual({ delivered: 20 });
  },
);

/** A receiver that is quick until it has answered so often, and then holds back what comes. */
async function quickAtFirst(quick: number, then: () => number = () => 204) {
  const gate = createGate();
  let answered = 0;
  const subscriber = await startSubscriber(async () => {
    answered += 1;
    if (answered <= quick) return 204;
    await gate.opened;
    return then();
  });
  return { subscriber, gate };
}

test.for([
  ["paused", async (setup: ReturnType<typeof setUpWorker>) => await setup.pause(1)],
  ["stopped", async (setup: ReturnType<typeof setUpWorker>) => setup.stopping.abort()],
] as const)(
  "what was claimed ahead of an endpoint that is %s is due again, as it was",
  async ([_how, end], { redis, keys }) => {
    const { subscriber: crm, gate } = await quickAtFirst(20);
    await using _crm = crm;
    await using setup = setUpWorker(redis, keys, { clock: stillClock() });
    await setup.make({ url: crm.url, concurrency: 2 });
    await setup.commit(...numbered("evt_", 60));
    const running = setup.run();
    await expect.poll(() => crm.calls.length).toBe(22);
    // More than is under way: some have been claimed ahead.
    await expect.poll(async () => (await countsOf(setup))["in_flight"]).toBeGreaterThan(2);

    await end(setup);
    setup.clock.pass(SECOND_MS);
    gate.open();
    await running;

    expect(crm.calls).toHaveLength(22);
    expect(await countsOf(setup)).toEqual({ delivered: 22, ready: 38 });
  },
);

test("an endpoint that begins to fail gets no more than one attempt a slot, and nothing that was claimed ahead is held", async ({
  redis,
  keys,
}) => {
  const { subscriber: crm, gate } = await quickAtFirst(20, () => 500);
  await using _crm = crm;
  await using setup = setUpWorker(redis, keys, { clock: stillClock() });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit(...numbered("evt_", 60));
  const running = setup.run();
  await expect.poll(() => crm.calls.length).toBe(22);
  gate.open();
  await running;

  // Five failures in a row open the circuit, and one more may have been under way.
  expect(crm.calls.length).toBeLessThanOrEqual(26);
  const { in_flight: held = 0, ...others } = await countsOf(setup);
  expect(held).toBe(0);
  expect(others).toMatchObject({ delivered: 20, retry: crm.calls.length - 20, ready: 60 - crm.calls.length });
});

test("a worker that was silent for a while begins nothing of what it had claimed ahead before it knows that it may", async ({
  redis,
  keys,
}) => {
  const { subscriber: crm, gate } = await quickAtFirst(20);
  await using _crm = crm;
  const wakes = createWorkerWakes(() => true);
  const lost: string[] = [];
  const onLost = async (endpoint: string): Promise<void> => void lost.push(endpoint);
  await using setup = setUpWorker(redis, keys, { clock: stillClock(), deps: () => ({ wakes, onLost }) });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit(...numbered("evt_", 60));
  const running = setup.run();
  await expect.poll(() => crm.calls.length).toBe(22);
  expect([wakes.wake(ENDPOINT), lost]).toEqual([true, []]);

  // Another process takes it over.
  const rival = await setup.outbox.openWorker(ENDPOINT);
  setup.clock.pass(SECOND_MS);
  gate.open();
  const rest = await running;

  expect(rest?.at).toBeLessThanOrEqual(setup.clock.now());
  // What this one was told is passed on, once, and nothing more is told to it.
  expect([wakes.wake(ENDPOINT), lost]).toEqual([false, [ENDPOINT]]);
  expect(crm.calls).toHaveLength(22);
  const theirs = await setup.outbox.claim(rival, setup.clock.now(), { count: 100, late: 0 }, []);
  expect(theirs === "lost" ? [] : theirs.deliveries).toHaveLength(38);
});

test("a worker that was replaced hears no more of what comes while its last attempts end", async ({
  redis,
  keys,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async (id) => {
    if (id === "evt_slow") await gate.opened;
    return 204;
  });
  const wakes = createWorkerWakes(() => true);
  const lost: string[] = [];
  const onLost = async (endpoint: string): Promise<void> => void lost.push(endpoint);
  await using setup = setUpWorker(redis, keys, { deps: () => ({ wakes, onLost }) });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit("evt_slow");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(1);

  await setup.outbox.openWorker(ENDPOINT);
  expect(wakes.wake(ENDPOINT)).toBe(true);
  await expect.poll(() => lost).toEqual([ENDPOINT]);
  expect(wakes.wake(ENDPOINT)).toBe(false);
  gate.open();
  await running;
  expect(lost).toEqual([ENDPOINT]);
});

test("what was erased after it was claimed ahead is not sent", async ({ redis, keys }) => {
  const { subscriber: crm, gate } = await quickAtFirst(20);
  await using _crm = crm;
  let erased = false;
  await using setup = setUpWorker(redis, keys, {
    clock: stillClock(),
    deps: ({ log }) => ({
      log: {
        ...log,
        readLater: async (...asked) => {
          const found = await log.readLater(...asked);
          // As if the key of whom it tells were gone: it is looked at when it is its turn.
          return new Map([...found].map(([id, later]) => [id, () => (erased ? undefined : later())]));
        },
      },
    }),
  });
  await setup.make({ url: crm.url, concurrency: 2 });
  await setup.commit(...numbered("evt_", 60));
  const running = setup.run();
  await expect.poll(() => crm.calls.length).toBe(22);
  erased = true;
  gate.open();
  await running;

  expect(crm.calls).toHaveLength(22);
  expect(await countsOf(setup)).toEqual({ delivered: 22, failed: 38 });
});

test.for([
  ["sends it, without being opened again", true],
  ["that would not hear of it rests, and sends it when it is opened again", false],
] as const)("a worker that has nothing to do when more comes %s", async ([_what, hears], { redis, keys }) => {
  await using crm = await startSubscriber();
  const wakes = createWorkerWakes(() => hears);
  let opened = 0;
  let onIdle = async (): Promise<void> => undefined;
  await using setup = setUpWorker(redis, keys, {
    deps: ({ outbox }) => ({
      wakes,
      outbox: {
        ...outbox,
        openWorker: async (id) => {
          opened += 1;
          return await outbox.openWorker(id);
        },
        claim: async (...asked) => {
          const claim = await outbox.claim(...asked);
          if (claim !== "lost" && claim.deliveries.length === 0) await onIdle();
          return claim;
        },
      },
    }),
  });
  await setup.make({ url: crm.url });
  await setup.commit("evt_1");
  expect(wakes.wake(ENDPOINT)).toBe(false);
  onIdle = async () => {
    // What ended is written down, and nothing more is due.
    if ((await setup.stateOf("evt_1")) !== "delivered") return;
    onIdle = async () => undefined;
    await setup.commit("evt_2");
    expect([wakes.wake(ENDPOINT), wakes.wake("another")]).toEqual([true, false]);
  };

  expect(isIdle(await setup.run(), setup)).toBe(true);
  expect(crm.ids()).toEqual(hears ? ["evt_1", "evt_2"] : ["evt_1"]);
  expect(wakes.wake(ENDPOINT)).toBe(false);
  await setup.run();
  expect(crm.ids()).toEqual(["evt_1", "evt_2"]);
  expect(opened).toBe(2);
});
