import type { Redis } from "ioredis";
import { expect } from "vitest";

import { type Delivery, type RouteDeps, routeAccount } from "../../../src/dispatch/route.ts";
import { startDeliverWorker } from "../../../src/queues/workers.ts";
import { createAccountStore } from "../../../src/store/account-store.ts";
import { type EventLog, createEventLog } from "../../../src/store/event-log.ts";
import type { Keys } from "../../../src/store/keys.ts";
import { createLeases } from "../../../src/store/lease.ts";
import { createQueueSetup } from "../../support/queue-setup.ts";
import { test } from "../../support/redis-test.ts";
import { eventOf, keyringOf } from "../../support/stored-things.ts";

const ring = keyringOf("k1");

const ENDPOINTS: RouteDeps["endpoints"] = [
  { name: "crm", events: ["*"], accounts: undefined },
  { name: "cancellations", events: ["appointment.cancelled"], accounts: undefined },
  { name: "southbank-only", events: ["*"], accounts: ["southbank"] },
];

/** Commits events of these ids; those whose id ends in `x` are cancellations. */
async function commitEvents(redis: Redis, keys: Keys, ...ids: string[]): Promise<EventLog> {
  const leases = createLeases(redis, keys, 60_000);
  const lease = await leases.acquire("northside", "individual_appointments");
  if (!lease) throw new Error("the lease is free");
  const events = ids.map((id) => {
    const event = eventOf({ id });
    return id.endsWith("x") ? { ...event, data: { ...event.data, transitions: ["cancelled"] } } : event;
  });
  await createAccountStore(redis, keys, ring).commit(lease, {
    snapshots: new Map(),
    events,
    cursor: undefined,
  });
  await leases.release(lease);
  return createEventLog(redis, keys, ring);
}

/** Collects what would be enqueued, in steps. */
function collector(): { steps: Delivery[][]; enqueue: RouteDeps["enqueue"]; all: () => string[] } {
  const steps: Delivery[][] = [];
  return {
    steps,
    enqueue: async (deliveries) => {
      steps.push([...deliveries]);
    },
    all: () => steps.flat().map(({ account, eventId, endpoint }) => `${account} ${eventId} ${endpoint}`),
  };
}

async function refuse(): Promise<void> {
  throw new Error("Redis is gone");
}

test("each committed event goes to the endpoints that want it, once, in order", async ({ redis, keys }) => {
  const log = await commitEvents(redis, keys, "evt_1", "evt_2x", "evt_3");
  const { enqueue, all } = collector();

  expect(await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside")).toBe(4);

  expect(all()).toEqual([
    "northside evt_1 crm",
    "northside evt_2x crm",
    "northside evt_2x cancellations",
    "northside evt_3 crm",
  ]);
  expect(await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside")).toBe(0);
  expect(all()).toHaveLength(4);
});

test("what is committed later is routed later, and nothing twice", async ({ redis, keys }) => {
  const { enqueue, all } = collector();
  const log = await commitEvents(redis, keys, "evt_1");
  await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside");
  await commitEvents(redis, keys, "evt_2");
  await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside");

  expect(all()).toEqual(["northside evt_1 crm", "northside evt_2 crm"]);
});

test("an account without events, or without anybody who wants them, routes nothing", async ({
  redis,
  keys,
}) => {
  const log = await commitEvents(redis, keys, "evt_1");
  const { enqueue, steps } = collector();

  expect(await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "southbank")).toBe(0);
  expect(await routeAccount({ log, endpoints: [], enqueue }, "northside")).toBe(0);
  expect(steps).toEqual([]);
});

test("events that nobody wanted are behind the mark: a new endpoint does not get them", async ({
  redis,
  keys,
}) => {
  const log = await commitEvents(redis, keys, "evt_1");
  const { enqueue, all } = collector();
  await routeAccount({ log, endpoints: [], enqueue }, "northside");
  await commitEvents(redis, keys, "evt_2");

  await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside");

  expect(all()).toEqual(["northside evt_2 crm"]);
});

test("a long log is routed in steps, each marked before the next is read", async ({ redis, keys }) => {
  const ids = Array.from({ length: 450 }, (_, index) => `evt_${index}`);
  const log = await commitEvents(redis, keys, ...ids);
  const { enqueue, steps, all } = collector();
  const marks: (string | undefined)[] = [];
  const endpoints = ENDPOINTS.slice(0, 1);

  const routed = await routeAccount(
    {
      log,
      endpoints,
      enqueue: async (deliveries) => {
        marks.push(await log.readRouted("northside"));
        await enqueue(deliveries);
      },
    },
    "northside",
  );

  expect(routed).toBe(450);
  expect(steps.map(({ length }) => length)).toEqual([200, 200, 50]);
  expect(all()).toEqual(ids.map((id) => `northside ${id} crm`));
  expect(new Set(marks).size).toBe(3);
  expect(marks[0]).toBeUndefined();
});

test("a crash after the jobs were added and before the mark moved adds them again, and delivers once", async ({
  redis,
  keys,
  prefix,
}) => {
  await using setup = createQueueSetup(redis, prefix);
  const { queues, options, countOf } = setup;
  const log = await commitEvents(redis, keys, "evt_1", "evt_2x");
  const added: string[] = [];
  const enqueue: RouteDeps["enqueue"] = async (deliveries) => {
    added.push(...deliveries.map(({ eventId, endpoint }) => `${eventId} ${endpoint}`));
    await queues.addDeliveries(deliveries);
  };
  const crashing: EventLog = {
    ...log,
    advanceRouted: async () => await Promise.reject(new Error("killed")),
  };
  await expect(routeAccount({ log: crashing, endpoints: ENDPOINTS, enqueue }, "northside")).rejects.toThrow(
    "killed",
  );

  expect(await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside")).toBe(3);

  const delivered: string[] = [];
  await using _worker = startDeliverWorker({ ...options, concurrency: 4 }, async ({ eventId, endpoint }) => {
    delivered.push(`${eventId} ${endpoint}`);
    return { kind: "done" };
  });
  await expect.poll(async () => await countOf("deliver", "completed")).toBe(3);
  expect(added).toHaveLength(6);
  expect(added.slice(3)).toEqual(added.slice(0, 3));
  expect(delivered.toSorted()).toEqual(["evt_1 crm", "evt_2x cancellations", "evt_2x crm"]);
});

test("a crash before the jobs were added loses none of them", async ({ redis, keys }) => {
  const log = await commitEvents(redis, keys, "evt_1");
  const { enqueue, all } = collector();
  await expect(routeAccount({ log, endpoints: ENDPOINTS, enqueue: refuse }, "northside")).rejects.toThrow(
    "Redis is gone",
  );
  expect(await log.readRouted("northside")).toBeUndefined();
  await routeAccount({ log, endpoints: ENDPOINTS, enqueue }, "northside");

  expect(all()).toEqual(["northside evt_1 crm"]);
});

test("two routers at once add every delivery, and the mark ends at the last", async ({ redis, keys }) => {
  const ids = Array.from({ length: 500 }, (_, index) => `evt_${index}`);
  const log = await commitEvents(redis, keys, ...ids);
  const { enqueue, all } = collector();
  const deps = { log, endpoints: ENDPOINTS.slice(0, 1), enqueue };

  await Promise.all([routeAccount(deps, "northside"), routeAccount(deps, "northside")]);

  expect(new Set(all())).toEqual(new Set(ids.map((id) => `northside ${id} crm`)));
  const last = (await log.read("northside", undefined, 1_000)).at(-1);
  expect(await log.readRouted("northside")).toBe(last?.position);
});
