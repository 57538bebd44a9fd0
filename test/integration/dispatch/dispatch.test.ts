import { setTimeout as delay } from "node:timers/promises";

import { expect } from "vitest";

import { overviewFor, readInstallation } from "../../../src/admin/accounts/overview.ts";
import { deleteEndpoint } from "../../../src/admin/endpoints/delete-endpoint.ts";
import { tidy } from "../../../src/dispatch/worker/tidy.ts";
import { createGate, startSubscriber } from "../../support/answering-server.ts";
import { startDispatchService } from "../../support/dispatch-service.ts";
import { sendingConfig } from "../../support/worker-setup.ts";
import { startRedisServer } from "../../support/redis-process.ts";
import { test } from "../../support/redis-test.ts";

function numbered(count: number, prefix = "evt_"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`);
}

test("an event that comes at whatever moment while the worker falls asleep is sent at once", async ({
  address,
  prefix,
}) => {
  await using crm = await startSubscriber();
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  await service.make("crm", { url: crm.url });
  const { base } = service;
  const late: number[] = [];
  for (let round = 0; round < 400; round++) {
    const id = `evt_${round}`;
    const startedAt = performance.now();
    await base.outbox.add("crm", "northside", [
      {
        eventId: id,
        subject: "appointment",
        record: id,
        transitions: ["created"],
        at: Date.now(),
        order: undefined,
      },
    ]);
    await base.queues.wakeDelivery({ endpoint: "crm" });
    // Nothing is sent: that it was looked for is seen in that it has come to rest.
    await expect
      .poll(async () => (await base.deliveries.read("crm", id))?.state, { interval: 1 })
      .toBe("failed");
    late.push(performance.now() - startedAt);
    // A little later every time, so that the next one meets each moment of the worker's going to rest.
    const until = performance.now() + (round % 40) / 10;
    while (performance.now() < until);
  }
  expect(Math.max(...late)).toBeLessThan(5_000);
});

test("whoever adds from several sides at once, nothing waits for the five-minute net", async ({
  address,
  prefix,
}) => {
  await using crm = await startSubscriber();
  const config = sendingConfig();
  await using one = await startDispatchService({ address, prefix, config });
  await using other = await startDispatchService({ address, prefix, config });
  await one.make("crm", { url: crm.url });
  const add = async (service: typeof one, name: string): Promise<void> => {
    for (let round = 0; round < 60; round++) {
      await service.commit(`evt_${name}${round}`);
      if (round % 7 === 0) await delay(round % 5);
    }
  };
  await Promise.all([add(one, "a"), add(other, "b"), add(one, "c")]);

  await expect.poll(() => crm.calls.length).toBe(180);
  expect(new Set(crm.ids()).size).toBe(180);
});

test("processes share the endpoints, and two never deliver to one endpoint at once", async ({
  address,
  prefix,
}) => {
  const config = sendingConfig();
  await using one = await startDispatchService({ address, prefix, config });
  await using other = await startDispatchService({ address, prefix, config });
  const subscribers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      return await startSubscriber(async () => {
        await delay(2);
        return 204;
      });
    }),
  );
  for (const [index, { url }] of subscribers.entries()) await one.make(`s${index}`, { url, concurrency: 1 });
  const ids = numbered(80);
  for (let from = 0; from < ids.length; from += 4) {
    await (from % 8 === 0 ? one : other).commit(...ids.slice(from, from + 4));
  }

  for (const { calls } of subscribers) await expect.poll(() => calls.length).toBe(80);
  for (const subscriber of subscribers) {
    expect(subscriber.mostOpen()).toBe(1);
    expect(new Set(subscriber.ids())).toEqual(new Set(ids));
    await subscriber[Symbol.asyncDispose]();
  }
});

test("a process that stops ends what it has under way, and another goes on with the rest at once", async ({
  address,
  prefix,
}) => {
  const gate = createGate();
  await using crm = await startSubscriber(async (id) => {
    if (id === "evt_0000") await gate.opened;
    return 204;
  });
  const config = sendingConfig();
  const one = await startDispatchService({ address, prefix, config });
  await one.make("crm", { url: crm.url, concurrency: 1 });
  await one.commit(...numbered(6));
  await expect.poll(() => crm.open.size).toBe(1);
  await using _other = await startDispatchService({ address, prefix, config });
  const stopping = one[Symbol.asyncDispose]();
  expect(await Promise.race([stopping.then(() => "stopped"), delay(100, "waits")])).toBe("waits");
  gate.open();
  await stopping;

  await expect.poll(() => crm.calls.length).toBe(6);
  expect(crm.ids()).toEqual(numbered(6));
});

test("a process that takes its time to stop does not run its workers in circles meanwhile", async ({
  address,
  prefix,
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  const config = sendingConfig();
  const service = await startDispatchService({
    address,
    prefix,
    config,
    beside: (stack) => {
      // Polls that end slowly, say.
      stack.defer(async () => await delay(700));
    },
  });
  await service.make("crm", { url: crm.url, rateLimit: 1 });
  await service.commit(...numbered(20));
  await expect.poll(() => crm.calls.length).toBeGreaterThan(0);
  const { epoch } = keys.outbox("crm");
  const before = Number(await redis.get(epoch));

  await service[Symbol.asyncDispose]();

  expect(Number(await redis.get(epoch)) - before).toBeLessThan(3);
});

test("an endpoint that is disabled is told of once, to whoever subscribes to that", async ({
  address,
  prefix,
}) => {
  await using gone = await startSubscriber(() => 410);
  await using desk = await startSubscriber();
  const config = sendingConfig();
  await using one = await startDispatchService({ address, prefix, config });
  await using other = await startDispatchService({ address, prefix, config });
  await one.make("crm", { url: gone.url, events: ["appointment.*"] });
  await other.make("desk", { url: desk.url, events: ["endpoint.*"] });
  await one.commit(...numbered(12));

  await expect.poll(() => desk.calls.length).toBe(1);
  const { request } = desk.calls[0] ?? { request: { body: "{}" } };
  expect(JSON.parse(request.body)).toMatchObject({
    type: "endpoint.disabled",
    account: "_service",
    subject: { type: "endpoint", id: "crm" },
    sequence: 1,
  });
  await expect.poll(async () => (await one.base.deliveries.counts("crm")).byState.parked).toBe(12);
  expect(desk.calls).toHaveLength(1);
});

test("another endpoint that is given the id of a deleted one is told of, too", async ({
  address,
  prefix,
}) => {
  await using gone = await startSubscriber(() => 410);
  await using desk = await startSubscriber();
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  const { base } = service;
  await service.make("desk", { url: desk.url, events: ["endpoint.*"] });
  for (const [round, id] of numbered(2).entries()) {
    await service.make("crm", { url: gone.url, events: ["appointment.*"] });
    await service.commit(id);
    await expect.poll(() => desk.calls.length).toBe(round + 1);
    const caller = { id: "cli:ada", name: "ada", role: "admin" } as const;
    expect(await deleteEndpoint(base, caller, "crm", () => "")).toEqual({ kind: "deleted" });
  }
  expect(new Set(desk.ids()).size).toBe(2);
});

test("another endpoint that is given the id of one whose deletion was killed half way has nothing of it, nor loses what is its own", async ({
  address,
  prefix,
}) => {
  await using crm = await startSubscriber(() => 500);
  await using other = await startSubscriber();
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  const { base } = service;
  const caller = { id: "cli:ada", name: "ada", role: "admin" } as const;
  const killed = async (): Promise<never> => {
    throw new Error("killed");
  };
  await service.make("crm", { url: crm.url });
  await service.commit(...numbered(3));
  await expect.poll(() => crm.calls.length).toBe(3);
  await base.queues.addBackfill({
    account: "northside",
    resource: "patients",
    endpoint: "crm",
    pass: 0,
    sent: 0,
  });
  // What waits for its next attempt in some seconds is not looked at before.
  const deliveries = { ...base.deliveries, removeEnded: killed, remove: killed };
  await expect(deleteEndpoint({ ...base, deliveries }, caller, "crm", () => "")).rejects.toThrow("killed");

  await service.make("crm", { url: other.url });
  expect(await base.deliveries.counts("crm")).toMatchObject({ oldestWaitingAt: undefined });
  const queued = (await base.queues.counts()).filter(({ count, queue }) => queue === "backfill" && count > 0);
  expect(queued).toEqual([]);
  // Who deleted the former one in another terminal is through only now.
  await base.deliveries.removeEnded("crm");
  await service.commit("evt_after");
  await expect.poll(() => other.ids()).toEqual(["evt_after"]);
});

test("an endpoint that is deleted while it is given events leaves neither key nor job", async ({
  address,
  prefix,
  redis,
}) => {
  await using crm = await startSubscriber(() => 500);
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  await service.make("crm", { url: crm.url, concurrency: 1 });
  await service.commit(...numbered(40));
  await expect.poll(() => crm.calls.length).toBeGreaterThan(1);
  await service.base.endpoints.delete("crm");
  await service.commit("evt_after");
  await service.base.queues.wakeDelivery({ endpoint: "crm" });

  const left = async (): Promise<string[]> => [
    // The numbers behind the plots go by themselves.
    ...(await redis.keys(`${prefix}:{endpoint:crm}*`)).filter((key) => !key.includes(":history:")),
    ...(await redis.keys(`${prefix}:queue:{deliver}:deliver:endpoint.crm*`)),
  ];
  await expect.poll(left).toEqual([]);
});

test("everything arrives although the connections to Redis are cut again and again", async ({ prefix }) => {
  await using server = await startRedisServer({});
  const { address } = server;
  await using crm = await startSubscriber();
  await using slow = await startSubscriber(async () => {
    await delay(5);
    return 204;
  });
  await using service = await startDispatchService({
    address,
    prefix,
    config: sendingConfig(),
  });
  await service.make("crm", { url: crm.url, ordering: "subject" });
  await service.make("slow", { url: slow.url, concurrency: 3 });
  const ids = numbered(400);
  const done = new AbortController();
  let cuts = 0;
  const cut = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await server.redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      cuts += 1;
      await delay(30 + (cuts % 7) * 20);
    }
  };
  const cutter = cut();
  for (let from = 0; from < ids.length; from += 10) await service.commit(...ids.slice(from, from + 10));
  const arrived = async (): Promise<number> => {
    const counts = await Promise.all(["crm", "slow"].map((id) => service.base.deliveries.counts(id)));
    return Math.min(...counts.map(({ byState }) => byState.delivered));
  };
  await expect.poll(arrived).toBe(400);
  done.abort();
  await cutter;

  expect(cuts).toBeGreaterThan(5);
  for (const subscriber of [crm, slow]) expect(new Set(subscriber.ids())).toEqual(new Set(ids));
});

test("an endpoint whose record cannot be opened keeps nobody from theirs, is said to be critical, and loses nothing", async ({
  address,
  prefix,
}) => {
  await using crm = await startSubscriber();
  await using erp = await startSubscriber();
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  const { base } = service;
  await service.make("crm", { url: crm.url });
  await service.make("erp", { url: erp.url });
  await service.commit("evt_before");
  await expect.poll(() => [crm.calls.length, erp.calls.length]).toEqual([1, 1]);

  const bytes = (await base.redis.hgetBuffer(base.keys.endpoints, "erp")) ?? Buffer.alloc(0);
  await base.redis.hset(base.keys.endpoints, "erp", bytes.subarray(0, 40));
  // What the list was made of has changed without the list: another process, or this one after a change, looks anew.
  await service.make("books", { url: crm.url, events: ["patient.created"] });
  await service.commit("evt_1", "evt_2");
  await expect.poll(() => crm.ids().toSorted()).toEqual(["evt_1", "evt_2", "evt_before"]);

  const operator = { id: "operator", name: "operator", role: "admin" } as const;
  const { inTrouble, verdict } = overviewFor(await readInstallation(base), base, operator);
  expect(inTrouble).toEqual([]);
  expect(verdict.issues.map(({ code, severity, subject }) => ({ code, severity, subject }))).toContainEqual({
    code: "endpoint_unreadable",
    severity: "critical",
    subject: { kind: "endpoint", endpoint: "erp" },
  });
  const retention = { eventsMs: 0, attemptsMs: 0 };
  await tidy({ ...base, accounts: ["northside"], retention, now: () => Date.now() + 1_000 });
  expect(erp.calls.length).toBe(1);

  await base.redis.hset(base.keys.endpoints, "erp", bytes);
  await service.commit("evt_3");
  await expect.poll(() => erp.ids().toSorted()).toEqual(["evt_1", "evt_2", "evt_3", "evt_before"]);
});

test("an endpoint whose record cannot be opened is the operator's to remove, for good", async ({
  address,
  prefix,
}) => {
  await using service = await startDispatchService({ address, prefix, config: sendingConfig() });
  const { base } = service;
  await service.make("erp", { url: "http://127.0.0.1:1/" });
  const bytes = (await base.redis.hgetBuffer(base.keys.endpoints, "erp")) ?? Buffer.alloc(0);
  await base.redis.hset(base.keys.endpoints, "erp", bytes.subarray(0, 40));
  await service.make("crm", { url: "http://127.0.0.1:1/" });

  const subscriber = {
    id: "s",
    name: "s",
    role: "subscriber",
    subscriber: "s",
    accounts: ["northside"],
    sensitive: false,
  } as const;
  expect(await deleteEndpoint(base, subscriber, "erp", () => "")).toEqual({ kind: "unknown" });
  const operator = { id: "operator", name: "operator", role: "admin" } as const;
  expect(await deleteEndpoint(base, operator, "erp", () => "", 1)).toEqual({ kind: "stale" });
  expect(await deleteEndpoint(base, operator, "erp", () => "")).toEqual({ kind: "deleted" });
  expect(await base.endpoints.ids()).toEqual(["crm"]);
  await base.redis.hset(base.keys.endpoints, "erp", bytes);
  expect(await base.endpoints.read("erp")).toBeUndefined();
});
