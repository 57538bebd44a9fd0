import { expect } from "vitest";

import type { ClaimedDelivery, EndpointWorker, Settlement } from "../../../src/store/outbox/outbox.ts";
import { ENDPOINT, type OutboxSetup, T0, setUpOutbox, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/redis-test.ts";

const MINUTE = 60_000;

async function takeOne({ take }: OutboxSetup, worker: EndpointWorker, now = T0): Promise<ClaimedDelivery> {
  const [delivery] = await take(worker, now, 1);
  if (!delivery) throw new Error("something is due");
  return delivery;
}

/** `evt_1` was tried once and stands in this state; a retry is due in a minute. */
async function bringTo(
  setup: OutboxSetup,
  verdict: Settlement["verdict"],
): Promise<{ readonly worker: EndpointWorker; readonly delivery: ClaimedDelivery }> {
  await setup.give("evt_1");
  const worker = await setup.outbox.openWorker(ENDPOINT);
  const delivery = await takeOne(setup, worker);
  await setup.outbox.settle(worker, [settlementOf(delivery, verdict, T0 + MINUTE)], undefined);
  return { worker, delivery };
}

async function recoverAll({ log }: OutboxSetup): Promise<void> {
  for await (const heads of log.walk(ENDPOINT, { since: 0, until: T0 * 2 })) {
    await log.recover(ENDPOINT, heads, ["parked", "failed", "delivered"]);
  }
}

test.for(["parked", "failed", "delivered"] as const)(
  "a %s delivery that is recovered says so, also when it fails again",
  async (verdict, { redis, keys }) => {
    const setup = setUpOutbox(redis, keys);
    const { worker, delivery } = await bringTo(setup, verdict);
    expect(delivery.recovered).toBe(false);
    await recoverAll(setup);

    const again = await takeOne(setup, worker);
    expect(again).toMatchObject({ counted: 0, recovered: true });
    await setup.outbox.settle(worker, [settlementOf(again, "retry", T0 + MINUTE)], undefined);
    expect(await takeOne(setup, worker, T0 + MINUTE)).toMatchObject({ recovered: true });
  },
);

test("what was parked before anything was tried is told from what never rested", async ({ redis, keys }) => {
  const setup = setUpOutbox(redis, keys);
  await setup.give("evt_1");
  const worker = await setup.outbox.openWorker(ENDPOINT);
  await setup.outbox.parkAll(worker, T0);
  await recoverAll(setup);
  await setup.give("evt_2");

  const taken = await setup.take(worker);
  expect(Object.fromEntries(taken.map(({ eventId, recovered }) => [eventId, recovered]))).toEqual({
    evt_1: true,
    evt_2: false,
  });
});

test("a retry by schedule is no recovery", async ({ redis, keys }) => {
  const setup = setUpOutbox(redis, keys);
  const { worker } = await bringTo(setup, "retry");

  expect(await takeOne(setup, worker, T0 + MINUTE)).toMatchObject({ counted: 1, recovered: false });
});
