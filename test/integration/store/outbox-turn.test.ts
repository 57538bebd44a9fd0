import { expect } from "vitest";

import { ENDPOINT, T0, claimed, outboxEventOf, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";

const MINUTE = 60_000;

test("what has ended is settled and more is taken in one step", async ({ outbox, give, take, places }) => {
  await give("evt_1", "evt_2", "evt_3");
  const worker = await outbox.openWorker(ENDPOINT);
  const [first, second] = await take(worker, T0, 2);
  if (!first || !second) throw new Error("both are due");
  const settlements = [settlementOf(first, "delivered", T0), settlementOf(second, "retry", T0 + MINUTE)];

  const claim = claimed(
    await outbox.claim(worker, T0, { count: 5, late: 0 }, ["evt_1", "evt_2"], {
      settlements,
      health: "as it is",
    }),
  );

  expect(claim.deliveries.map(({ eventId }) => eventId)).toEqual(["evt_3"]);
  expect(claim.nextDueAt).toBe(T0 + MINUTE);
  expect(await places()).toEqual({ delivered: ["evt_1"], retry: ["evt_2"], in_flight: ["evt_3"] });
  expect(await outbox.readHealth(ENDPOINT)).toBe("as it is");
});

test("a success counts also where the endpoint was lost, and nothing is taken or given back then", async ({
  setup,
}) => {
  const { outbox, give, take, places } = setup;
  await give("evt_1", "evt_2", "evt_3", "evt_4");
  const former = await outbox.openWorker(ENDPOINT);
  const [first, second, third] = await take(former, T0, 3);
  if (!first || !second || !third) throw new Error("all are due");
  const worker = await outbox.openWorker(ENDPOINT);
  await take(worker, T0, 4);

  const settlements = [settlementOf(first, "delivered", T0), settlementOf(second, "failed", T0)];
  const ended = { settlements, unbegun: [third], health: "of the former" };
  expect(await outbox.claim(former, T0, { count: 5, late: 0, ahead: 5 }, [], ended)).toBe("lost");

  expect(await places()).toEqual({ delivered: ["evt_1"], in_flight: ["evt_2", "evt_3", "evt_4"] });
  expect(await outbox.readHealth(ENDPOINT)).toBeUndefined();
});

test("first attempts are taken ahead behind those that are wanted, but not while a retry is due", async ({
  setup,
}) => {
  const { outbox, give, takeOne } = setup;
  await give("evt_old");
  const worker = await outbox.openWorker(ENDPOINT);
  const old = await takeOne(worker);
  await outbox.settle(worker, [settlementOf(old, "retry", T0 + MINUTE)], undefined);
  await give("evt_1", "evt_2", "evt_3", "evt_4");
  const claim = async (now: number, count: number, known: readonly string[]): Promise<string[]> =>
    claimed(await outbox.claim(worker, now, { count, late: 0, ahead: 2 }, known)).deliveries.map(
      ({ eventId }) => eventId,
    );

  expect(await claim(T0, 1, [])).toEqual(["evt_1", "evt_2", "evt_3"]);
  const known = ["evt_1", "evt_2", "evt_3"];
  // The retry is due: it is not to wait behind what nobody has a slot for.
  expect(await claim(T0 + MINUTE, 0, known)).toEqual([]);
  expect(await claim(T0 + MINUTE, 2, known)).toEqual(["evt_4", "evt_old"]);
});

test("nothing is taken ahead while there is room for more", async ({ outbox, give }) => {
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const { deliveries } = claimed(await outbox.claim(worker, T0, { count: 2, late: 0, ahead: 3 }, []));
  expect(deliveries.map(({ eventId }) => eventId)).toEqual(["evt_1"]);
});

test("what was never begun is due again where it stood, also what a person asked for", async ({ setup }) => {
  const { outbox, log, give, take, takeOne, places } = setup;
  await give("evt_failed", "evt_1", "evt_2");
  const worker = await outbox.openWorker(ENDPOINT);
  const failed = await takeOne(worker);
  await outbox.settle(worker, [settlementOf(failed, "failed", T0)], undefined);
  await log.retry(ENDPOINT, "evt_failed", T0 + MINUTE);
  const unbegun = await take(worker, T0);
  expect(unbegun).toHaveLength(3);

  const nothing = { settlements: [], unbegun, health: undefined };
  const ids = unbegun.map(({ eventId }) => eventId);
  const claim = claimed(await outbox.claim(worker, T0, { count: 0, late: 0 }, ids, nothing));

  expect(claim.nextDueAt).toBe(T0);
  expect(await places()).toEqual({ ready: ["evt_1", "evt_2", "evt_failed"], failed: ["evt_failed"] });
  const again = await take(worker, T0);
  expect(again.map(({ eventId, manual }) => [eventId, manual])).toEqual([
    ["evt_failed", true],
    ["evt_1", false],
    ["evt_2", false],
  ]);
});

test("what was erased while it waited to begin is not given back", async ({ setup, redis, keys }) => {
  const { outbox, give, take, places } = setup;
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const unbegun = await take(worker);
  const { states } = keys.outbox(ENDPOINT);
  await redis.zrem(states.in_flight, "evt_1");
  await redis.zadd(states.failed, T0, "evt_1");
  await outbox.claim(worker, T0, { count: 0, late: 0 }, ["evt_1"], {
    settlements: [],
    unbegun,
    health: undefined,
  });
  expect(await places()).toEqual({ failed: ["evt_1"] });
});

test("an endpoint is given more only where it is known to be: elsewhere nothing is written", async ({
  setup,
}) => {
  const { outbox, places } = setup;
  const add = async (from: string, id: string, to: string) =>
    await outbox.addFrom(from, ENDPOINT, "northside", [outboxEventOf(id)], to);
  expect(await add("4-0", "evt_0", "5-0")).toBe("elsewhere");
  expect(await add("", "evt_1", "5-0")).toBe(1);
  expect(await add("", "evt_2", "6-0")).toBe("elsewhere");
  expect(await add("5-0", "evt_2", "6-0")).toBe(1);
  // What another account has is nothing to it.
  expect(await outbox.addFrom("", ENDPOINT, "southbank", [outboxEventOf("evt_3")], "9-0")).toBe(1);

  expect(await places()).toEqual({ ready: ["evt_1", "evt_2", "evt_3"] });
  expect(await outbox.readPosition(ENDPOINT, "northside")).toBe("6-0");
});
