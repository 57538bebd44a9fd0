import { expect } from "vitest";

import { ENDPOINT, type OutboxSetup, T0, bringTo, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";

const MINUTE = 60_000;

async function recoverAll({ log }: OutboxSetup): Promise<void> {
  for await (const heads of log.walk(ENDPOINT, { since: 0, until: T0 * 2 })) {
    await log.recover(ENDPOINT, heads, ["parked", "failed", "delivered"]);
  }
}

test.for(["parked", "failed", "delivered"] as const)(
  "a %s delivery that is recovered says so, also when it fails again",
  async (verdict, { setup }) => {
    const { worker, delivery } = await bringTo(setup, verdict);
    expect(delivery.recovered).toBe(false);
    await recoverAll(setup);

    const again = await setup.takeOne(worker);
    expect(again).toMatchObject({ counted: 0, recovered: true });
    await setup.outbox.settle(worker, [settlementOf(again, "retry", T0 + MINUTE)], undefined);
    expect(await setup.takeOne(worker, T0 + MINUTE)).toMatchObject({ recovered: true });
  },
);

test("what was parked before anything was tried is told from what never rested", async ({ setup }) => {
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

test("a retry by schedule is no recovery", async ({ setup }) => {
  const { worker } = await bringTo(setup, "retry");

  expect(await setup.takeOne(worker, T0 + MINUTE)).toMatchObject({ counted: 1, recovered: false });
});
