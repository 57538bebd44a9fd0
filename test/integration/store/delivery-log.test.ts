import { expect } from "vitest";

import { RESTING_STATES } from "../../../src/store/outbox/delivery-state.ts";
import type { DeliveryLog } from "../../../src/store/outbox/delivery-log.ts";
import { createDeliveryPages } from "../../../src/store/outbox/delivery-pages.ts";
import type { Redis } from "../../../src/store/redis/client.ts";
import type { Keys } from "../../../src/store/redis/keys.ts";
import type { Settlement } from "../../../src/store/outbox/outbox.ts";
import {
  ACCOUNT,
  ENDPOINT,
  type OutboxSetup,
  T0,
  bringTo,
  claimed,
  outboxEventOf,
  settlementOf,
} from "../../support/outbox-setup.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/outbox-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WHOLE = { since: 0, until: T0 * 2 };

type Resting = Exclude<Settlement["verdict"], "retry">;

async function idsOf(log: DeliveryLog, range = WHOLE): Promise<string[]> {
  const ids: string[] = [];
  for await (const heads of log.walk(ENDPOINT, range)) ids.push(...heads.map(({ eventId }) => eventId));
  return ids;
}

async function recoverAll(
  { log }: OutboxSetup,
  states: readonly Resting[] = ["parked", "failed", "delivered"],
): Promise<number> {
  let taken = 0;
  for await (const heads of log.walk(ENDPOINT, WHOLE)) taken += await log.recover(ENDPOINT, heads, states);
  return taken;
}

test.for(["retry", "parked", "failed", "delivered"] as const)(
  "a %s delivery that fails by hand once more stays where it stands, and the attempt is in its log",
  async (verdict, { setup, outbox, log, places }) => {
    const { worker } = await bringTo(setup, verdict);
    const before = await places();
    const rested = await log.read(ENDPOINT, "evt_1");

    expect(await log.retry(ENDPOINT, "evt_1", T0 + 1)).toBe("queued");
    const byHand = await setup.takeOne(worker);
    expect(byHand).toMatchObject({ manual: true, counted: verdict === "retry" ? 1 : 0 });
    await outbox.settle(worker, [settlementOf(byHand, "retry", T0 + 2)], undefined);

    expect(await places()).toEqual(before);
    const after = await log.read(ENDPOINT, "evt_1");
    expect(after).toMatchObject({ state: verdict, since: rested?.since });
    expect(after?.attempts.map(({ trigger }) => trigger)).toEqual(["schedule", "manual"]);
    if (verdict === "retry") {
      // Its schedule goes on as if nothing had been.
      expect(await setup.take(worker, T0 + MINUTE - 1)).toEqual([]);
      expect(await setup.takeOne(worker, T0 + MINUTE)).toMatchObject({ manual: false, counted: 1 });
    }
  },
);

test.for(["retry", "parked", "failed", "delivered"] as const)(
  "a %s delivery that succeeds by hand is delivered, and nothing more is due of it",
  async (verdict, { setup, redis, keys, outbox, log, places, take }) => {
    const { worker } = await bringTo(setup, verdict);

    await log.retry(ENDPOINT, "evt_1", T0 + 1);
    const byHand = await setup.takeOne(worker);
    await outbox.settle(worker, [settlementOf(byHand, "delivered", T0 + 2)], undefined);

    expect(await places()).toEqual({ delivered: ["evt_1"] });
    expect(await take(worker, T0 + DAY)).toEqual([]);
    expect(await redis.hlen(keys.outbox(ENDPOINT).counted)).toBe(0);
  },
);

test("what is about to be sent anyway is not asked for by hand, nor what is not known", async ({ setup }) => {
  const { outbox, log, give, giveInOrder, take, places } = setup;
  await give("evt_1");
  expect(await log.retry(ENDPOINT, "evt_1", T0)).toBe("under_way");
  await take(await outbox.openWorker(ENDPOINT));
  expect(await log.retry(ENDPOINT, "evt_1", T0)).toBe("under_way");
  await giveInOrder("mia-1", "mia-2");
  expect(await log.retry(ENDPOINT, "mia-2", T0)).toBe("under_way");
  const before = await places();

  expect(await log.retry(ENDPOINT, "evt_9", T0)).toBe("unknown");
  expect(await log.retry("archive", "evt_1", T0)).toBe("unknown");
  expect(await places()).toEqual(before);
});

test("asking by hand twice is one attempt", async ({ setup, log, take }) => {
  const { worker } = await bringTo(setup, "failed");

  expect(await log.retry(ENDPOINT, "evt_1", T0)).toBe("queued");
  expect(await log.retry(ENDPOINT, "evt_1", T0)).toBe("under_way");
  expect(await take(worker)).toHaveLength(1);
  expect(await log.retry(ENDPOINT, "evt_1", T0)).toBe("under_way");
});

test("a scheduled retry that comes due while the same delivery is under way by hand is not sent beside it", async ({
  setup,
}) => {
  const { outbox, log, places } = setup;
  const { worker } = await bringTo(setup, "retry");
  await log.retry(ENDPOINT, "evt_1", T0 + MINUTE);

  // Both are due in this very moment: one goes.
  const [byHand, ...more] = await setup.take(worker, T0 + MINUTE);
  if (!byHand) throw new Error("it is due");
  expect(byHand.manual).toBe(true);
  expect(more).toEqual([]);
  expect(await places()).toEqual({ retry: ["evt_1"], in_flight: ["evt_1"] });
  expect(
    claimed(await outbox.claim(worker, T0 + 2 * MINUTE, { count: 9, late: 0 }, ["evt_1"])).deliveries,
  ).toEqual([]);

  await outbox.settle(worker, [settlementOf(byHand, "retry", T0 + 2 * MINUTE)], undefined);
  expect(await places()).toEqual({ retry: ["evt_1"] });
  expect(await setup.takeOne(worker, T0 + 3 * MINUTE)).toMatchObject({ manual: false, counted: 1 });
});

test("by hand as well as by schedule, and the hand's attempt is still to come: the schedule's is no hand's", async ({
  setup,
}) => {
  const { outbox, log, places } = setup;
  const { worker } = await bringTo(setup, "retry");
  const scheduled = await setup.takeOne(worker, T0 + MINUTE);
  expect(await log.retry(ENDPOINT, "evt_1", T0 + MINUTE)).toBe("under_way");
  await outbox.settle(worker, [settlementOf(scheduled, "failed", T0 + MINUTE)], undefined);

  expect(await places()).toEqual({ failed: ["evt_1"] });
});

test("a process that dies with an attempt by hand leaves the delivery where it stood, and the attempt is made", async ({
  setup,
}) => {
  const { outbox, log, places } = setup;
  const { worker } = await bringTo(setup, "parked");
  await log.retry(ENDPOINT, "evt_1", T0);
  await setup.takeOne(worker);

  const next = await outbox.openWorker(ENDPOINT);

  expect(await places()).toEqual({ ready: ["evt_1"], parked: ["evt_1"] });
  expect(await setup.takeOne(next)).toMatchObject({ manual: true });
});

test.for(RESTING_STATES)(
  "what is %s is recovered with a whole new schedule, behind first attempts",
  async (state, { setup, redis, keys, outbox, give, places }) => {
    const { worker } = await bringTo(setup, state);
    await redis.hset(keys.outbox(ENDPOINT).counted, "evt_1", 7);
    await outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_2", { at: T0 + 5 })]);
    const others = RESTING_STATES.filter((other) => other !== state);
    expect(await recoverAll(setup, others)).toBe(0);

    expect(await recoverAll(setup, [state])).toBe(1);

    expect(await places()).toEqual({ retry: ["evt_1"], ready: ["evt_2"] });
    expect((await setup.takeOne(worker)).eventId).toBe("evt_2");
    const { deliveries } = claimed(await outbox.claim(worker, T0, { count: 9, late: 0 }, ["evt_2"]));
    expect(deliveries).toMatchObject([{ eventId: "evt_1", counted: 0, manual: false }]);
    expect(deliveries[0]?.attempts).toHaveLength(1);
    await give("evt_1"); // and it is no new event
    expect(await places()).toEqual({ in_flight: ["evt_1", "evt_2"] });
  },
);

test("what is pending is not recovered, nor twice what has been", async ({ setup, places, give }) => {
  await bringTo(setup, "retry");
  await give("evt_2");
  expect(await recoverAll(setup)).toBe(0);
  expect(await places()).toEqual({ retry: ["evt_1"], ready: ["evt_2"] });
});

test("what is under way by hand is recovered too, and its failure does not take it out again", async ({
  setup,
}) => {
  const { outbox, log, places } = setup;
  const { worker, delivery } = await bringTo(setup, "failed");
  await log.retry(ENDPOINT, "evt_1", T0);
  const byHand = await setup.takeOne(worker);
  const head = { ...delivery, state: "failed" as const, stateSince: T0 };
  expect(await log.recover(ENDPOINT, [head], ["failed"])).toBe(1);

  await outbox.settle(worker, [settlementOf(byHand, "failed", T0)], undefined);

  expect(await places()).toEqual({ retry: ["evt_1"] });
});

test("what came to rest before the cutoff is removed, to its last trace; what rested later stays", async ({
  setup,
  redis,
  prefix,
}) => {
  const { outbox, log, give, take } = setup;
  await give("evt_failed", "evt_parked", "evt_delivered", "evt_later");
  const worker = await outbox.openWorker(ENDPOINT);
  const [failed, parked, delivered, later] = await take(worker);
  if (!failed || !parked || !delivered || !later) throw new Error("four are due");
  await outbox.settle(
    worker,
    [
      settlementOf(failed, "failed", T0),
      settlementOf(parked, "parked", T0),
      settlementOf(delivered, "delivered", T0),
      settlementOf(later, "delivered", T0 + 1),
    ],
    undefined,
  );
  expect(await log.trim(ENDPOINT, T0)).toBe(0);

  expect(await log.trim(ENDPOINT, T0 + 1)).toBe(3);

  expect(await idsOf(log)).toEqual(["evt_later"]);
  expect(await clearTextOf(redis, prefix)).not.toMatch(/evt_(failed|parked|delivered)/);
  expect(await log.read(ENDPOINT, "evt_failed")).toBeUndefined();
});

test("what is still to be delivered is never removed, however old", async ({ setup }) => {
  const { outbox, log, give, giveInOrder, take, places } = setup;
  await give("evt_in_flight", "evt_retry");
  const worker = await outbox.openWorker(ENDPOINT);
  const [, retry] = await take(worker);
  if (!retry) throw new Error("two are due");
  await outbox.settle(worker, [settlementOf(retry, "retry", T0)], undefined);
  await giveInOrder("mia-1", "mia-2");
  const before = await places();

  expect(await log.trim(ENDPOINT, T0 + 365 * DAY)).toBe(0);

  expect(await places()).toEqual(before);
  expect(await idsOf(log)).toHaveLength(4);
});

test("what somebody has just asked for by hand is not removed from under the attempt", async ({ setup }) => {
  const { outbox, log } = setup;
  const { worker } = await bringTo(setup, "failed");
  await log.retry(ENDPOINT, "evt_1", T0);
  expect(await log.trim(ENDPOINT, T0 + DAY)).toBe(0);
  const byHand = await setup.takeOne(worker);
  expect(await log.trim(ENDPOINT, T0 + DAY)).toBe(0);
  await outbox.settle(worker, [settlementOf(byHand, "failed", T0)], undefined);

  expect(await log.trim(ENDPOINT, T0 + DAY)).toBe(1);
});

test("more than one batch is removed", async ({ outbox, log, give }) => {
  await give(...Array.from({ length: 1_700 }, (_, index) => `evt_${index}`));
  await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0);

  expect(await log.trim(ENDPOINT, T0 + 1)).toBe(1_700);
  expect((await log.counts(ENDPOINT)).byState.parked).toBe(0);
});

test("the counts say how many stand where, and since when the oldest waits", async ({ setup }) => {
  const { outbox, log, giveInOrder, take } = setup;
  const none = { ready: 0, retry: 0, in_flight: 0, blocked: 0, parked: 0, failed: 0, delivered: 0 };
  expect(await log.counts(ENDPOINT)).toEqual({ byState: none, oldestWaitingAt: undefined });
  const names = ["ada-1", "bob-1", "cem-1", "dee-1", "eve-1"];
  await giveInOrder(...names);
  const worker = await outbox.openWorker(ENDPOINT);
  const [ada, bob, cem, dee] = await take(worker);
  if (!ada || !bob || !cem || !dee) throw new Error("five are due");
  await outbox.settle(
    worker,
    [
      settlementOf(ada, "retry", T0 + MINUTE),
      settlementOf(bob, "parked", T0),
      settlementOf(cem, "failed", T0),
      settlementOf(dee, "delivered", T0),
    ],
    undefined,
  );
  await giveInOrder("ada-2", "fay-7", "gil-9");

  expect(await log.counts(ENDPOINT)).toEqual({
    byState: { ready: 2, retry: 1, in_flight: 1, blocked: 1, parked: 1, failed: 1, delivered: 1 },
    oldestWaitingAt: T0 + 7,
  });
});

test("a walk takes in every delivery once, in the order of time, however many are of one millisecond", async ({
  setup,
}) => {
  const { outbox, log } = setup;
  const total = 2_400;
  const events = Array.from({ length: total }, (_, index) =>
    outboxEventOf(`evt_${String(index).padStart(5, "0")}`, { at: T0 + (index < 1_800 ? 0 : index) }),
  );
  await outbox.add(ENDPOINT, ACCOUNT, events);

  expect(await idsOf(log)).toEqual(events.map(({ eventId }) => eventId));
  expect(await idsOf(log, { since: T0 + 1_800, until: T0 + 1_803 })).toEqual(
    events.slice(1_800, 1_803).map(({ eventId }) => eventId),
  );
  expect(await idsOf(log, { since: T0 + 1, until: T0 + 1_800 })).toEqual([]);
});

test("a walk skips nothing and takes nothing twice while others add and remove", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, log } = setup;
  const ids = Array.from({ length: 2_600 }, (_, index) => `evt_${String(index).padStart(5, "0")}`);
  const atOf = (index: number): number => T0 + 10 * Math.floor(index / 900);
  await outbox.add(
    ENDPOINT,
    ACCOUNT,
    ids.map((id, index) => outboxEventOf(id, { at: atOf(index) })),
  );
  await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0);

  const seen: string[] = [];
  const removed = new Set<string>();
  let round = 0;
  for await (const heads of log.walk(ENDPOINT, WHOLE)) {
    seen.push(...heads.map(({ eventId }) => eventId));
    round += 1;
    // Before, in the very millisecond, and blocked: what comes before where we are is not ours to see.
    await outbox.add(ENDPOINT, ACCOUNT, [
      outboxEventOf(`evt_0_early_${round}`, { at: T0 - 5 }),
      outboxEventOf(`evt_9_same_${round}`, { at: T0 + 20 }),
      ...(round < 5 ? [outboxEventOf(`evt_9_late_${round}`, { at: T0 + 900 + round })] : []),
    ]);
    const victims = [...ids.slice(round * 100, round * 100 + 40), ...ids.slice(-40 * round)];
    await removeNow({ redis, keys }, victims);
    for (const id of victims) removed.add(id);
  }

  expect(new Set(seen).size).toBe(seen.length);
  const missed = ids.filter((id) => !removed.has(id) && !seen.includes(id));
  expect(missed).toEqual([]);
  expect(seen.filter((id) => id.startsWith("evt_9_late")).length).toBeGreaterThan(0);
  expect(seen.filter((id) => id.startsWith("evt_0_early"))).toEqual([]);
});

/** As a trim does it. */
async function removeNow(
  { redis, keys }: { readonly redis: Redis; readonly keys: Keys },
  ids: readonly string[],
): Promise<void> {
  const { timeline, heads, states } = keys.outbox(ENDPOINT);
  await redis.zrem(timeline, ...ids);
  await redis.hdel(heads, ...ids);
  await redis.zrem(states.parked, ...ids);
}

test("the newest come first, as many as asked for, of the states asked for, with their attempts", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, give, take } = setup;
  await give(...Array.from({ length: 1_200 }, (_, index) => `evt_${index}`));
  const worker = await outbox.openWorker(ENDPOINT);
  const [oldest, second] = await take(worker, T0, 2);
  if (!oldest || !second) throw new Error("two are due");
  await outbox.settle(
    worker,
    [settlementOf(oldest, "failed", T0), settlementOf(second, "delivered", T0)],
    undefined,
  );

  const pages = createDeliveryPages(redis, keys, keyringOf("k1"));
  const newest = await pages.newest(ENDPOINT, WHOLE, 3);
  expect(newest.map(({ eventId }) => eventId)).toEqual(["evt_1199", "evt_1198", "evt_1197"]);
  const failed = await pages.newest(ENDPOINT, WHOLE, 3, ["failed"]);
  expect(failed).toMatchObject([{ eventId: "evt_0", state: "failed", attempts: [{ status: 503 }] }]);
  expect(await pages.newest(ENDPOINT, { since: T0 + 5, until: T0 + 7 }, 9)).toHaveLength(2);
});

test("which events are still to be delivered is told of all the pending states, and of no other", async ({
  setup,
}) => {
  const { outbox, log, give, giveInOrder, take } = setup;
  await give("evt_parked", "evt_retry", "evt_in_flight", "evt_delivered");
  const worker = await outbox.openWorker(ENDPOINT);
  const [parked, retry, , delivered] = await take(worker);
  if (!parked || !retry || !delivered) throw new Error("four are due");
  await outbox.settle(
    worker,
    [
      settlementOf(parked, "parked", T0),
      settlementOf(retry, "retry", T0),
      settlementOf(delivered, "delivered", T0),
    ],
    undefined,
  );
  await giveInOrder("mia-1", "mia-2");
  const ids = ["evt_parked", "evt_retry", "evt_in_flight", "evt_delivered", "mia-1", "mia-2", "evt_unknown"];

  expect([...(await log.pending(ENDPOINT, ids))].toSorted()).toEqual([
    "evt_in_flight",
    "evt_retry",
    "mia-1",
    "mia-2",
  ]);
});

test("removing an endpoint leaves no key of it", async ({ setup, redis, prefix }) => {
  const { outbox, log, give, giveInOrder } = setup;
  await bringTo(setup, "retry");
  await give("evt_2");
  await giveInOrder("mia-1", "mia-2");
  await outbox.writeHealth(ENDPOINT, "fine");
  await outbox.add(ENDPOINT, ACCOUNT, [], "5-5");
  expect((await redis.keys(`${prefix}:*`)).length).toBeGreaterThan(8);

  await log.remove(ENDPOINT);

  expect(await redis.keys(`${prefix}:*`)).toEqual([]);
});
