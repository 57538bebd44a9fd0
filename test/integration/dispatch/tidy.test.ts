import type { Redis } from "../../../src/store/redis/client.ts";
import { expect } from "vitest";

import { type TidyDeps, tidy } from "../../../src/dispatch/worker/tidy.ts";
import type { Endpoint } from "../../../src/store/outbox/endpoint-store.ts";
import { createEventLog, sealEvent } from "../../../src/store/events/event-log.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import { endpointOf } from "../../support/endpoints.ts";
import {
  ACCOUNT,
  ENDPOINT,
  claimed,
  outboxEventOf,
  setUpOutbox,
  settlementOf,
} from "../../support/outbox-setup.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const DAY = 24 * 60 * 60_000;
const NOW = Date.parse("2026-11-22T03:15:00Z");
const RETENTION = { eventsMs: 30 * DAY, attemptsMs: 90 * DAY };
const ring = keyringOf("k1");

function setUp(redis: Redis, keys: Keys, ...endpoints: readonly Endpoint[]) {
  const setup = setUpOutbox(redis, keys, ring);
  let nowMs = NOW;
  const log = createEventLog(redis, keys, ring, () => nowMs);
  const deps: TidyDeps = {
    accounts: [ACCOUNT, "southbank"],
    endpoints: { ids: async () => endpoints.map(({ id }) => id) },
    log,
    deliveries: setup.log,
    outbox: setup.outbox,
    retention: RETENTION,
    now: () => nowMs,
  };
  return {
    ...setup,
    events: log,
    tidy: async () => await tidy(deps),
    at: (ms: number) => {
      nowMs = ms;
    },
    /** Commits an event at a time of the test's choice and gives it to the endpoint. Resolves to its position. */
    commitAt: async (id: string, at: number): Promise<string> => {
      const fields = ["event", id, "subject", "appointment", "record", "42", "transitions", "created"];
      await redis.xadd(keys.log(ACCOUNT), `${at}-1`, ...fields);
      await redis.hset(keys.bodies(ACCOUNT), id, sealEvent(ring, eventOf({ id })));
      return `${at}-1`;
    },
  };
}

async function settleAll(
  { outbox }: ReturnType<typeof setUp>,
  verdict: "delivered" | "retry" | "parked",
  at: number,
): Promise<void> {
  const worker = await outbox.openWorker(ENDPOINT);
  const { deliveries } = claimed(await outbox.claim(worker, at, { count: 1_000, late: 0 }, []));
  await outbox.settle(
    worker,
    deliveries.map((delivery) => settlementOf(delivery, verdict, at)),
    undefined,
  );
}

test("events and what became of them go when they are older than the retention, and no sooner", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys, endpointOf(ENDPOINT));
  const position = await setup.commitAt("evt_1", NOW);
  await setup.outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_1", { at: NOW })], position);
  await settleAll(setup, "delivered", NOW);

  setup.at(NOW + RETENTION.eventsMs);
  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 0 });
  setup.at(NOW + RETENTION.eventsMs + 2);
  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
  expect(await setup.events.readEvent(ACCOUNT, "evt_1")).toBeUndefined();
  // What became of it is known longer than the event itself.
  expect(await setup.log.read(ENDPOINT, "evt_1")).toMatchObject({ state: "delivered" });
  setup.at(NOW + RETENTION.attemptsMs);
  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 0 });
  setup.at(NOW + RETENTION.attemptsMs + 1);
  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 1 });
  expect(await setup.log.read(ENDPOINT, "evt_1")).toBeUndefined();
});

test("an event that still waits for one endpoint stays, however old; when that is done, it goes", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys, endpointOf("archive"), endpointOf(ENDPOINT));
  const position = await setup.commitAt("evt_1", NOW);
  const events = [outboxEventOf("evt_1", { at: NOW })];
  await setup.outbox.add("archive", ACCOUNT, [], position);
  await setup.outbox.add(ENDPOINT, ACCOUNT, events, position);
  setup.at(NOW + 365 * DAY);

  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 0 });
  await settleAll(setup, "retry", NOW);
  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 0 });
  await settleAll(setup, "delivered", NOW + 365 * DAY);
  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
});

test("an event that is parked goes with the retention: whoever disabled the endpoint had that long", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys, endpointOf(ENDPOINT));
  const position = await setup.commitAt("evt_1", NOW);
  await setup.outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_1", { at: NOW })], position);
  await settleAll(setup, "parked", NOW);
  setup.at(NOW + RETENTION.eventsMs + 2);

  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
});

test("an event that an endpoint has not been given yet stays", async ({ redis, keys }) => {
  const setup = setUp(redis, keys, endpointOf(ENDPOINT));
  const first = await setup.commitAt("evt_1", NOW);
  const second = await setup.commitAt("evt_2", NOW + 1);
  await setup.outbox.add(ENDPOINT, ACCOUNT, [], first);
  setup.at(NOW + 365 * DAY);

  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
  expect(await setup.events.readEvent(ACCOUNT, "evt_2")).toBeDefined();
  await setup.outbox.add(ENDPOINT, ACCOUNT, [], second);
  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
});

test("events beside the log go by their own age, and wait for what they were made for", async ({
  redis,
  keys,
}) => {
  const setup = setUp(redis, keys, endpointOf(ENDPOINT));
  await setup.events.keepAside(ACCOUNT, [eventOf({ id: "evt_a" }), eventOf({ id: "evt_b" })]);
  await setup.outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_b", { at: NOW })]);
  setup.at(NOW + RETENTION.eventsMs);
  expect(await setup.tidy()).toEqual({ events: 0, deliveries: 0 });
  setup.at(NOW + RETENTION.eventsMs + 1);

  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
  expect(await setup.events.readEvent(ACCOUNT, "evt_b")).toBeDefined();
  await settleAll(setup, "delivered", NOW);
  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
  expect(await redis.exists(keys.bodies(ACCOUNT), keys.aside(ACCOUNT))).toBe(0);
});

test("without endpoints, everything old goes", async ({ redis, keys }) => {
  const setup = setUp(redis, keys);
  await setup.commitAt("evt_1", NOW);
  setup.at(NOW + RETENTION.eventsMs + 2);

  expect(await setup.tidy()).toEqual({ events: 1, deliveries: 0 });
});
