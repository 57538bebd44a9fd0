import { expect } from "vitest";

import { PARK, outboxKeys } from "../../../src/store/outbox/outbox-scripts.ts";
import type { ClaimedDelivery, EndpointWorker, Settlement } from "../../../src/store/outbox/outbox.ts";
import {
  ENDPOINT,
  type OutboxSetup,
  T0,
  claimed,
  orderedEventOf,
  settlementOf,
} from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";

const MINUTE = 60_000;
const WHOLE = { since: 0, until: T0 * 2 };

/** Takes one delivery, by name. */
async function takeOne(
  setup: OutboxSetup,
  worker: EndpointWorker,
  eventId: string,
  now = T0,
): Promise<ClaimedDelivery> {
  const found = await setup.take(worker, now, 1);
  expect(found.map((delivery) => delivery.eventId)).toEqual([eventId]);
  return found[0] as ClaimedDelivery;
}

async function settle(
  { outbox }: OutboxSetup,
  worker: EndpointWorker,
  delivery: ClaimedDelivery,
  verdict: Settlement["verdict"],
  at = T0,
): Promise<void> {
  await outbox.settle(worker, [settlementOf(delivery, verdict, at)], undefined);
}

/** Delivers everything that is due until nothing is, one at a time, and says in which order. */
async function drain(setup: OutboxSetup, worker: EndpointWorker, now: number): Promise<string[]> {
  const order: string[] = [];
  for (;;) {
    const [delivery] = await setup.take(worker, now, 1);
    if (!delivery) return order;
    order.push(delivery.eventId);
    await settle(setup, worker, delivery, "delivered", now);
  }
}

async function recoverAll(
  { log }: OutboxSetup,
  states: readonly ("parked" | "failed" | "delivered")[],
): Promise<number> {
  let taken = 0;
  for await (const heads of log.walk(ENDPOINT, WHOLE)) taken += await log.recover(ENDPOINT, heads, states);
  return taken;
}

test("of each subject one event is due at a time, and a success lets the next go", async ({ setup }) => {
  const { outbox, giveInOrder, take, places } = setup;
  await giveInOrder("mia-1", "bob-1", "mia-2", "mia-3", "bob-2");
  expect(await places()).toEqual({ ready: ["bob-1", "mia-1"], blocked: ["bob-2", "mia-2", "mia-3"] });
  const worker = await outbox.openWorker(ENDPOINT);

  const [first, second] = await take(worker);
  if (!first || !second) throw new Error("two subjects, two due");
  expect([first.eventId, second.eventId]).toEqual(["bob-1", "mia-1"]);
  expect(
    claimed(await outbox.claim(worker, T0, { count: 10, late: 0 }, ["bob-1", "mia-1"])).deliveries,
  ).toEqual([]);
  await settle(setup, worker, first, "delivered");

  expect(await places()).toEqual({
    delivered: ["bob-1"],
    in_flight: ["mia-1"],
    ready: ["bob-2"],
    blocked: ["mia-2", "mia-3"],
  });
  await settle(setup, worker, second, "delivered");
  expect(await drain(setup, worker, T0)).toEqual(["bob-2", "mia-2", "mia-3"]);
});

test("events whose order is not kept are all due at once", async ({ outbox, take }) => {
  const events = ["mia-1", "mia-2", "mia-3"].map((id) => ({ ...orderedEventOf(id), order: undefined }));
  await outbox.add(ENDPOINT, "northside", events);

  expect(await take(await outbox.openWorker(ENDPOINT))).toHaveLength(3);
});

test("a failing event holds back its own subject and no other", async ({ setup }) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2", "mia-3", "zoe-1", "zoe-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "retry", T0 + MINUTE);

  expect(await drain(setup, worker, T0)).toEqual(["zoe-1", "zoe-2"]);
  expect(await places()).toEqual({
    retry: ["mia-1"],
    blocked: ["mia-2", "mia-3"],
    delivered: ["zoe-1", "zoe-2"],
  });
  expect(await drain(setup, worker, T0 + MINUTE)).toEqual(["mia-1", "mia-2", "mia-3"]);
});

test.for(["failed", "parked"] as const)(
  "an event that is %s lets the next of its subject go",
  async (verdict, { setup, outbox, giveInOrder, places }) => {
    await giveInOrder("mia-1", "mia-2", "mia-3");
    const worker = await outbox.openWorker(ENDPOINT);
    await settle(setup, worker, await takeOne(setup, worker, "mia-1"), verdict);

    expect(await places()).toEqual({ [verdict]: ["mia-1"], ready: ["mia-2"], blocked: ["mia-3"] });
    expect(await drain(setup, worker, T0)).toEqual(["mia-2", "mia-3"]);
  },
);

test("an event that comes while its subject waits takes its place behind", async ({ setup }) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1");
  const worker = await outbox.openWorker(ENDPOINT);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "retry", T0 + MINUTE);
  await giveInOrder("mia-2");
  expect(await places()).toEqual({ retry: ["mia-1"], blocked: ["mia-2"] });

  expect(await drain(setup, worker, T0 + MINUTE)).toEqual(["mia-1", "mia-2"]);
  await giveInOrder("mia-3");
  expect(await places()).toMatchObject({ ready: ["mia-3"] });
});

test("subjects of one id in two accounts, and ids that begin alike, do not wait for each other", async ({
  setup,
}) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "miab-2");
  await outbox.add(ENDPOINT, "southbank", [{ ...orderedEventOf("mia-3"), eventId: "southbank-mia" }]);
  await outbox.add(ENDPOINT, "northside", [
    { ...orderedEventOf("mia-4"), eventId: "patient-mia", subject: "patient" },
  ]);

  expect(await places()).toEqual({ ready: ["mia-1", "miab-2", "patient-mia", "southbank-mia"] });
});

test("what is recovered is sent in the order in which it happened", async ({ setup }) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-3", "mia-1", "bob-2", "mia-2", "bob-1");
  const worker = await outbox.openWorker(ENDPOINT);
  await outbox.parkAll(worker, T0);
  expect(Object.keys(await places())).toEqual(["parked"]);

  expect(await recoverAll(setup, ["parked"])).toBe(5);

  expect(await places()).toEqual({ retry: ["bob-1", "mia-1"], blocked: ["bob-2", "mia-2", "mia-3"] });
  const order = await drain(setup, worker, T0 + MINUTE);
  expect(order.filter((id) => id.startsWith("mia"))).toEqual(["mia-1", "mia-2", "mia-3"]);
  expect(order.filter((id) => id.startsWith("bob"))).toEqual(["bob-1", "bob-2"]);
});

test("what is recovered goes before what has come of its subject since, whatever that waits for", async ({
  setup,
}) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2", "bob-1", "bob-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await outbox.parkAll(worker, T0);
  await giveInOrder("mia-3", "bob-3", "mia-4");
  await settle(setup, worker, await takeOne(setup, worker, "bob-3"), "retry", T0 + MINUTE);

  await recoverAll(setup, ["parked"]);

  expect(await places()).toEqual({
    retry: ["bob-1", "mia-1"],
    blocked: ["bob-2", "bob-3", "mia-2", "mia-3", "mia-4"],
  });
  const order = await drain(setup, worker, T0 + MINUTE);
  for (const subject of ["mia", "bob"]) {
    const own = order.filter((id) => id.startsWith(subject));
    expect(own).toEqual(own.toSorted());
  }
  expect(order).toHaveLength(7);
});

test("what was asked for by hand is sent out of its turn, once, and takes its turn when that failed", async ({
  setup,
}) => {
  const { outbox, log, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await outbox.parkAll(worker, T0);
  expect(await log.retry(ENDPOINT, "mia-2", T0)).toBe("queued");
  await recoverAll(setup, ["parked"]);
  expect(await places()).toEqual({ ready: ["mia-2"], retry: ["mia-1"], blocked: ["mia-2"] });

  const byHand = await takeOne(setup, worker, "mia-2");
  expect(byHand.manual).toBe(true);
  await settle(setup, worker, byHand, "failed");

  expect(await places()).toEqual({ retry: ["mia-1"], blocked: ["mia-2"] });
  expect(await drain(setup, worker, T0 + MINUTE)).toEqual(["mia-1", "mia-2"]);
});

test("what is under way by hand when its turn comes is not sent beside that", async ({ setup }) => {
  const { outbox, log, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await outbox.parkAll(worker, T0);
  await log.retry(ENDPOINT, "mia-2", T0);
  await recoverAll(setup, ["parked"]);
  const byHand = await takeOne(setup, worker, "mia-2");
  const { deliveries } = claimed(await outbox.claim(worker, T0 + MINUTE, { count: 1, late: 0 }, ["mia-2"]));
  const [first] = deliveries;
  if (!first) throw new Error("mia-1 is due");
  await settle(setup, worker, first, "delivered", T0 + MINUTE);

  expect(await places()).toEqual({ in_flight: ["mia-2"], retry: ["mia-2"], delivered: ["mia-1"] });
  expect(
    claimed(await outbox.claim(worker, T0 + MINUTE, { count: 9, late: 0 }, ["mia-2"])).deliveries,
  ).toEqual([]);
  await settle(setup, worker, byHand, "delivered", T0 + MINUTE);
  expect(await places()).toEqual({ delivered: ["mia-1", "mia-2"] });
});

test("an event that was under way while its subject was parked takes its place again when it fails", async ({
  setup,
}) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2");
  const worker = await outbox.openWorker(ENDPOINT);
  const first = await takeOne(setup, worker, "mia-1");
  await outbox.parkAll(worker, T0);
  await giveInOrder("mia-3");

  await settle(setup, worker, first, "retry", T0 + MINUTE);

  expect(await places()).toEqual({ parked: ["mia-2"], retry: ["mia-1"], blocked: ["mia-3"] });
  expect(await drain(setup, worker, T0 + MINUTE)).toEqual(["mia-1", "mia-3"]);
});

test("a later event that is under way while an earlier one is recovered waits for it when it fails", async ({
  setup,
}) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1");
  const worker = await outbox.openWorker(ENDPOINT);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "failed");
  await giveInOrder("mia-2", "mia-3");
  const later = await takeOne(setup, worker, "mia-2");
  await recoverAll(setup, ["failed"]);
  expect(await places()).toEqual({ retry: ["mia-1"], in_flight: ["mia-2"], blocked: ["mia-3"] });

  await settle(setup, worker, later, "retry", T0 + MINUTE);

  expect(await places()).toEqual({ retry: ["mia-1"], blocked: ["mia-2", "mia-3"] });
  expect(await drain(setup, worker, T0 + MINUTE)).toEqual(["mia-1", "mia-2", "mia-3"]);
});

test("a success by hand lets the next of its subject go, a failure by hand does not", async ({ setup }) => {
  const { outbox, log, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "retry", T0 + MINUTE);
  await log.retry(ENDPOINT, "mia-1", T0);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "failed");
  expect(await places()).toEqual({ retry: ["mia-1"], blocked: ["mia-2"] });

  await log.retry(ENDPOINT, "mia-1", T0);
  await settle(setup, worker, await takeOne(setup, worker, "mia-1"), "delivered");

  expect(await places()).toEqual({ delivered: ["mia-1"], ready: ["mia-2"] });
});

test("after everything was parked, a subject begins again with what comes", async ({ setup }) => {
  const { outbox, giveInOrder } = setup;
  await giveInOrder("mia-1", "mia-2");
  const worker = await outbox.openWorker(ENDPOINT);
  await outbox.parkAll(worker, T0);
  await giveInOrder("mia-3", "mia-4");

  expect(await drain(setup, worker, T0)).toEqual(["mia-3", "mia-4"]);
});

test("nothing is left of the order once everything has come to rest", async ({ setup, redis, keys }) => {
  const { outbox, giveInOrder } = setup;
  await giveInOrder("mia-1", "mia-2", "bob-1");
  const worker = await outbox.openWorker(ENDPOINT);
  await settle(setup, worker, await takeOne(setup, worker, "bob-1"), "failed");
  expect(await drain(setup, worker, T0)).toEqual(["mia-1", "mia-2"]);

  expect(await redis.exists(keys.outbox(ENDPOINT).subjectQueue)).toBe(0);
});

test("holding back that is broken off leaves nobody behind whom nothing would call up", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, giveInOrder, places } = setup;
  await giveInOrder("mia-1", "mia-2", "mia-3", "mia-4", "bob-1", "bob-2");
  const worker = await outbox.openWorker(ENDPOINT);
  const args = { now: T0, count: 2, mine: worker.epoch };
  expect(await PARK.run(redis, { keys: outboxKeys(keys, ENDPOINT), args })).toBe(2);

  const again = await outbox.openWorker(ENDPOINT);
  const sent = await drain(setup, again, T0 + MINUTE);

  const { parked: kept = [], ...others } = await places();
  expect(Object.keys(others)).toEqual(["delivered"]);
  expect([...sent, ...kept].toSorted()).toEqual(["bob-1", "bob-2", "mia-1", "mia-2", "mia-3", "mia-4"]);
  expect(kept).toHaveLength(2);
});
