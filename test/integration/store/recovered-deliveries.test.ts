import { expect } from "vitest";

import type { ClaimedDelivery, Lane, Settlement } from "../../../src/store/outbox/outbox.ts";
import { ENDPOINT, type OutboxSetup, T0, setUpOutbox, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/redis-test.ts";

const MINUTE = 60_000;

async function takeOne({ take }: OutboxSetup, lane: Lane, now = T0): Promise<ClaimedDelivery> {
  const [delivery] = await take(lane, now, 1);
  if (!delivery) throw new Error("something is due");
  return delivery;
}

/** `evt_1` was tried once and stands in this state; a retry is due in a minute. */
async function bringTo(
  setup: OutboxSetup,
  verdict: Settlement["verdict"],
): Promise<{ readonly lane: Lane; readonly delivery: ClaimedDelivery }> {
  await setup.give("evt_1");
  const lane = await setup.outbox.openLane(ENDPOINT);
  const delivery = await takeOne(setup, lane);
  await setup.outbox.settle(lane, [settlementOf(delivery, verdict, T0 + MINUTE)], undefined);
  return { lane, delivery };
}

async function recoverAll({ log }: OutboxSetup): Promise<void> {
  for await (const heads of log.walk(ENDPOINT, { since: 0, until: T0 * 2 })) {
    await log.recover(ENDPOINT, heads, ["held", "failed", "delivered"]);
  }
}

test.for(["held", "failed", "delivered"] as const)(
  "a %s delivery that is recovered says so, also when it fails again",
  async (verdict, { redis, keys }) => {
    const setup = setUpOutbox(redis, keys);
    const { lane, delivery } = await bringTo(setup, verdict);
    expect(delivery.recovered).toBe(false);
    await recoverAll(setup);

    const again = await takeOne(setup, lane);
    expect(again).toMatchObject({ counted: 0, recovered: true });
    await setup.outbox.settle(lane, [settlementOf(again, "retry", T0 + MINUTE)], undefined);
    expect(await takeOne(setup, lane, T0 + MINUTE)).toMatchObject({ recovered: true });
  },
);

test("what was held before anything was tried is told from what never rested", async ({ redis, keys }) => {
  const setup = setUpOutbox(redis, keys);
  await setup.give("evt_1");
  const lane = await setup.outbox.openLane(ENDPOINT);
  await setup.outbox.holdAll(lane, T0);
  await recoverAll(setup);
  await setup.give("evt_2");

  const taken = await setup.take(lane);
  expect(Object.fromEntries(taken.map(({ eventId, recovered }) => [eventId, recovered]))).toEqual({
    evt_1: true,
    evt_2: false,
  });
});

test("a retry by schedule is no recovery", async ({ redis, keys }) => {
  const setup = setUpOutbox(redis, keys);
  const { lane } = await bringTo(setup, "retry");

  expect(await takeOne(setup, lane, T0 + MINUTE)).toMatchObject({ counted: 1, recovered: false });
});
