import { expect } from "vitest";

import { clearTextOf } from "../../support/redis-contents.ts";
import {
  ACCOUNT,
  ENDPOINT,
  T0,
  attemptOf,
  claimed,
  outboxEventOf,
  setUpOutbox,
  settlementOf,
} from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const MINUTE = 60_000;

test("an event that an endpoint is given is due at once, with what is known of it", async ({ setup }) => {
  const { outbox, take, places } = setup;
  const event = outboxEventOf("evt_1", { record: "42", transitions: ["cancelled", "updated"] });

  expect(await outbox.add(ENDPOINT, ACCOUNT, [event], "5-1")).toBe(1);

  expect(await places()).toEqual({ ready: ["evt_1"] });
  expect(await take(await outbox.openWorker(ENDPOINT))).toEqual([
    {
      eventId: "evt_1",
      account: ACCOUNT,
      subject: "appointment",
      subjectId: "42",
      transitions: ["cancelled", "updated"],
      at: T0,
      attempts: [],
      counted: 0,
      manual: false,
      recovered: false,
      targeted: false,
      queuePlace: "",
    },
  ]);
  expect(await places()).toEqual({ in_flight: ["evt_1"] });
});

test("an event that is due by the log's clock and not yet by ours is sent all the same", async ({
  setup,
}) => {
  const { outbox, take } = setup;
  await outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_1", { at: T0 + MINUTE })]);
  const worker = await outbox.openWorker(ENDPOINT);

  expect(claimed(await outbox.claim(worker, T0, { count: 0, late: 0 }, [])).nextDueAt).toBe(T0);
  expect(await take(worker, T0)).toHaveLength(1);
});

test("the same events again, or overlapping ones, or by two at once, are given once", async ({ setup }) => {
  const { outbox, give, places, takeOne } = setup;
  expect(await give("evt_1", "evt_2")).toBe(2);
  expect(await give("evt_1", "evt_2")).toBe(0);
  expect(await give("evt_2", "evt_3", "evt_3")).toBe(1);
  const ids = Array.from({ length: 300 }, (_, index) => `evt_x${index}`);
  const given = await Promise.all([give(...ids), give(...ids), give(...ids.slice(100))]);
  expect(given.reduce((sum, count) => sum + count, 0)).toBe(300);

  // Nor what has been sent since.
  const worker = await outbox.openWorker(ENDPOINT);
  const first = await takeOne(worker);
  await outbox.settle(worker, [settlementOf(first, "delivered", T0)], undefined);
  expect(await give(first.eventId)).toBe(0);
  expect((await places())["ready"]).toHaveLength(302);
});

test.for([
  ["9-1", "10-0", "10-0"],
  ["10-0", "9-1", "10-0"],
  ["5-2", "5-10", "5-10"],
  ["5-10", "5-2", "5-10"],
  ["5-2", "5-2", "5-2"],
  ["1763781291000-0", "999999999999-9", "1763781291000-0"],
] as const)("the position at %s told of %s is then at %s", async ([from, to, then], { outbox }) => {
  expect(await outbox.readPosition(ENDPOINT, ACCOUNT)).toBeUndefined();

  await outbox.add(ENDPOINT, ACCOUNT, [], from);
  expect(await outbox.readPosition(ENDPOINT, ACCOUNT)).toBe(from);
  await outbox.add(ENDPOINT, ACCOUNT, [outboxEventOf("evt_1")], to);

  expect(await outbox.readPosition(ENDPOINT, ACCOUNT)).toBe(then);
  expect(await outbox.readPosition(ENDPOINT, "southbank")).toBeUndefined();
  expect(await outbox.readPosition("archive", ACCOUNT)).toBeUndefined();
});

test("events that stand beside the log leave the position where it is", async ({ outbox, give }) => {
  await outbox.add(ENDPOINT, ACCOUNT, [], "5-2");
  await give("evt_1");

  expect(await outbox.readPosition(ENDPOINT, ACCOUNT)).toBe("5-2");
});

test.for([
  ["delivered", { delivered: ["evt_1"] }],
  ["retry", { retry: ["evt_1"] }],
  ["failed", { failed: ["evt_1"] }],
  ["parked", { parked: ["evt_1"] }],
] as const)(
  "what was sent and is %s stands there, with its attempt",
  async ([verdict, then], { outbox, log, give, takeOne, places }) => {
    await give("evt_1");
    const worker = await outbox.openWorker(ENDPOINT);
    const delivery = await takeOne(worker);

    await outbox.settle(worker, [settlementOf(delivery, verdict, T0 + 7)], "as it is");

    expect(await places()).toEqual(then);
    expect(await log.read(ENDPOINT, "evt_1")).toMatchObject({
      state: verdict,
      since: T0 + 7,
      attempts: [{ at: T0 + 7, status: 503 }],
    });
    expect(await outbox.readHealth(ENDPOINT)).toBe("as it is");
    expect((await outbox.openWorker(ENDPOINT)).health).toBe("as it is");
  },
);

test("a retry is due when its time has come and not before, with what was used up of its schedule", async ({
  setup,
}) => {
  const { outbox, give, take, takeOne, places } = setup;
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const first = await takeOne(worker);
  await outbox.settle(worker, [settlementOf(first, "retry", T0 + MINUTE)], undefined);

  const early = claimed(await outbox.claim(worker, T0 + MINUTE - 1, { count: 100, late: 0 }, []));
  expect(early).toMatchObject({ deliveries: [], nextDueAt: T0 + MINUTE });
  const [second] = await take(worker, T0 + MINUTE);

  expect(second).toMatchObject({ eventId: "evt_1", counted: 1, manual: false });
  expect(second?.attempts).toHaveLength(1);
  expect(await places()).toEqual({ in_flight: ["evt_1"] });
});

test("first attempts go before retries, each oldest first, and no more than there is room for", async ({
  setup,
}) => {
  const { outbox, give, take, places } = setup;
  await give("evt_r1", "evt_r2");
  const worker = await outbox.openWorker(ENDPOINT);
  const tried = await take(worker);
  await outbox.settle(
    worker,
    tried.map((delivery, index) => settlementOf(delivery, "retry", T0 + 10 - index)),
    undefined,
  );
  await outbox.add(ENDPOINT, ACCOUNT, [
    outboxEventOf("evt_f2", { at: T0 + 2_000 }),
    outboxEventOf("evt_f1", { at: T0 + 1_000 }),
  ]);

  const now = T0 + MINUTE;
  const underWay: string[] = [];
  for (const expected of [["evt_f1"], ["evt_f2", "evt_r2"], ["evt_r1"], []]) {
    const { deliveries } = claimed(
      await outbox.claim(worker, now, { count: Math.max(1, expected.length), late: 0 }, underWay),
    );
    expect(deliveries.map(({ eventId }) => eventId)).toEqual(expected);
    underWay.push(...expected);
  }
  expect((await places())["in_flight"]).toHaveLength(4);
});

test("without room nothing is taken, and it is told when something is due and what the wakes say", async ({
  setup,
}) => {
  const { outbox, give, places } = setup;
  const worker = await outbox.openWorker(ENDPOINT);
  expect(await outbox.claim(worker, T0, { count: 0, late: 0 }, [])).toEqual({
    deliveries: [],
    retries: 0,
    nextDueAt: undefined,
    wakes: "",
  });
  await give("evt_1");

  const claim = claimed(await outbox.claim(worker, T0, { count: 0, late: 0 }, []));

  expect(claim).toEqual({
    deliveries: [],
    retries: 0,
    nextDueAt: T0,
    wakes: await outbox.readWakes(ENDPOINT),
  });
  expect(claim.wakes).not.toBe("");
  expect(await places()).toEqual({ ready: ["evt_1"] });
});

test("whatever may need the worker changes the wakes, and what does not leaves them", async ({ setup }) => {
  const { outbox, log, give, takeOne } = setup;
  const seen = new Set<string>();
  const changes = async (work: () => Promise<unknown>): Promise<boolean> => {
    const before = await outbox.readWakes(ENDPOINT);
    await work();
    const after = await outbox.readWakes(ENDPOINT);
    seen.add(after);
    return after !== before;
  };
  expect(await changes(async () => await give("evt_1"))).toBe(true);
  expect(await changes(async () => await give("evt_1"))).toBe(false);
  expect(await changes(async () => await outbox.add(ENDPOINT, ACCOUNT, [], "7-0"))).toBe(false);
  const worker = await outbox.openWorker(ENDPOINT);
  const delivery = await takeOne(worker);
  expect(
    await changes(async () => await outbox.settle(worker, [settlementOf(delivery, "failed", T0)], undefined)),
  ).toBe(false);
  expect(await changes(async () => await log.retry(ENDPOINT, "evt_1", T0))).toBe(true);
  const heads = [{ ...delivery, state: "failed" as const, stateSince: T0 }];
  expect(await changes(async () => await log.recover(ENDPOINT, heads, ["failed"]))).toBe(true);
  expect(await changes(async () => await log.recover(ENDPOINT, heads, ["failed"]))).toBe(false);
  expect(await changes(async () => await outbox.writeHealth(ENDPOINT, "open"))).toBe(true);
  expect(seen.size).toBe(4);
});

test("the next worker puts back what the former had under way, and goes on with what it knew", async ({
  setup,
}) => {
  const { outbox, give, take, places } = setup;
  await give("evt_1", "evt_2");
  const former = await outbox.openWorker(ENDPOINT);
  await take(former);

  const next = await outbox.openWorker(ENDPOINT);

  expect(Number(next.epoch)).toBeGreaterThan(Number(former.epoch));
  expect(await places()).toEqual({ ready: ["evt_1", "evt_2"] });
  expect(await outbox.claim(former, T0, { count: 100, late: 0 }, [])).toBe("lost");
  // A death is no attempt: it has told nothing of the receiver.
  expect(await take(next)).toMatchObject([
    { eventId: "evt_1", counted: 0, attempts: [] },
    { eventId: "evt_2", counted: 0, attempts: [] },
  ]);
});

test("a failure that a former worker tells changes nothing, a success counts", async ({ setup }) => {
  const { outbox, log, give, take, places } = setup;
  const ids = ["evt_1", "evt_2", "evt_3", "evt_4"];
  await give(...ids);
  const former = await outbox.openWorker(ENDPOINT);
  const [one, two, three, four] = await take(former);
  if (!one || !two || !three || !four) throw new Error("four are due");
  const next = await outbox.openWorker(ENDPOINT);
  await take(next, T0, 2);

  await outbox.settle(
    former,
    [
      settlementOf(one, "retry", T0 + MINUTE),
      settlementOf(two, "failed", T0),
      settlementOf(three, "parked", T0),
      settlementOf(four, "delivered", T0),
    ],
    "what the former worker thinks",
  );

  expect(await places()).toEqual({
    in_flight: ["evt_1", "evt_2"],
    ready: ["evt_3"],
    delivered: ["evt_4"],
  });
  expect((await log.read(ENDPOINT, "evt_1"))?.attempts).toEqual([]);
  expect(await outbox.readHealth(ENDPOINT)).toBeUndefined();
});

test("overruling the health ends the running worker, whose failures count no more", async ({ setup }) => {
  const { outbox, give, takeOne, places } = setup;
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const delivery = await takeOne(worker);

  await outbox.writeHealth(ENDPOINT, "open again");
  await outbox.settle(worker, [settlementOf(delivery, "parked", T0)], "disabled");

  expect(await outbox.claim(worker, T0, { count: 1, late: 0 }, [])).toBe("lost");
  expect(await outbox.readHealth(ENDPOINT)).toBe("open again");
  expect(await places()).toEqual({ in_flight: ["evt_1"] });
  await outbox.openWorker(ENDPOINT);
  expect(await places()).toEqual({ ready: ["evt_1"] });
});

test("what was handed out and never heard of, for the connection broke, is handed out again", async ({
  setup,
}) => {
  const { outbox, give, takeOne, places } = setup;
  await give("evt_1", "evt_2", "evt_3");
  const worker = await outbox.openWorker(ENDPOINT);
  const known = await takeOne(worker);
  await outbox.claim(worker, T0, { count: 1, late: 0 }, [known.eventId]); // the answer is lost

  const { deliveries } = claimed(await outbox.claim(worker, T0, { count: 5, late: 0 }, [known.eventId]));

  expect(deliveries.map(({ eventId }) => eventId)).toEqual(["evt_2", "evt_3"]);
  expect(await places()).toEqual({ in_flight: ["evt_1", "evt_2", "evt_3"] });
  expect(
    claimed(await outbox.claim(worker, T0, { count: 5, late: 0 }, ["evt_1", "evt_2", "evt_3"])).deliveries,
  ).toEqual([]);
});

test("being told twice how an attempt ended is as being told once", async ({ setup }) => {
  const { outbox, giveInOrder, take, places } = setup;
  await giveInOrder("mia-1", "mia-2", "mia-3", "bob-1", "bob-2");
  const worker = await outbox.openWorker(ENDPOINT);
  const told = (await take(worker)).map((delivery) =>
    settlementOf(delivery, delivery.eventId === "mia-1" ? "delivered" : "retry", T0 + MINUTE),
  );
  await outbox.settle(worker, told, undefined);
  const after = await places();
  await outbox.settle(worker, told, undefined);

  expect(after).toEqual({
    delivered: ["mia-1"],
    retry: ["bob-1"],
    ready: ["mia-2"],
    blocked: ["bob-2", "mia-3"],
  });
  expect(await places()).toEqual(after);
});

test("disabled, all that is pending is parked, and what rests or is under way stays", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, log, give, giveInOrder, take, places } = setup;
  await give("evt_failed", "evt_delivered", "evt_retry", "evt_in_flight");
  const worker = await outbox.openWorker(ENDPOINT);
  const [failed, delivered, retry, sending] = await take(worker);
  if (!failed || !delivered || !retry || !sending) throw new Error("four are due");
  await outbox.settle(
    worker,
    [
      settlementOf(failed, "failed", T0),
      settlementOf(delivered, "delivered", T0),
      settlementOf(retry, "retry", T0 + MINUTE),
    ],
    undefined,
  );
  await give("evt_ready");
  await giveInOrder("mia-1", "mia-2");
  // Asked for by hand: they rest where they are, and are not sent.
  await log.retry(ENDPOINT, "evt_failed", T0);
  await log.retry(ENDPOINT, "evt_delivered", T0);

  await outbox.parkAll(worker, T0 + 5);

  expect(await places()).toEqual({
    parked: ["evt_ready", "evt_retry", "mia-1", "mia-2"],
    failed: ["evt_failed"],
    delivered: ["evt_delivered"],
    in_flight: ["evt_in_flight"],
  });
  expect(await log.read(ENDPOINT, "evt_ready")).toMatchObject({ state: "parked", since: T0 + 5 });
  // Its schedule is over: recovered, it begins anew.
  expect(await redis.hget(keys.outbox(ENDPOINT).counted, "evt_retry")).toBeNull();
});

test("a worker that was overruled holds nothing back: the endpoint may be open again", async ({ setup }) => {
  const { outbox, give, places } = setup;
  const former = await outbox.openWorker(ENDPOINT);
  await outbox.writeHealth(ENDPOINT, "open again");
  await give("evt_1");

  expect(await outbox.parkAll(former, T0)).toBe(0);
  expect(await places()).toEqual({ ready: ["evt_1"] });
  expect(await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0)).toBe(1);
});

test("more than one batch is parked", async ({ outbox, give, places }) => {
  await give(...Array.from({ length: 2_500 }, (_, index) => `evt_${index}`));

  expect(await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0)).toBe(2_500);
  expect(Object.keys(await places())).toEqual(["parked"]);
});

test("what has been removed stays so, whatever is told of it", async ({ setup, redis, prefix }) => {
  const { outbox, log, giveInOrder, take } = setup;
  await giveInOrder("mia-1", "mia-2", "bob-1");
  const worker = await outbox.openWorker(ENDPOINT);
  const taken = await take(worker);
  await log.remove(ENDPOINT);

  await outbox.settle(
    worker,
    taken.map((delivery, index) => settlementOf(delivery, index === 0 ? "delivered" : "retry", T0)),
    "healthy",
  );
  await outbox.parkAll(worker, T0);

  expect(taken).toHaveLength(2);
  expect(await redis.keys(`${prefix}:*`)).toEqual([]);
});

test("a delivery whose event is not known any more is not handed out, and does not stand in the way", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, give, take, places } = setup;
  await give("evt_1", "evt_2");
  await redis.hdel(keys.outbox(ENDPOINT).heads, "evt_1");
  const worker = await outbox.openWorker(ENDPOINT);

  expect((await take(worker)).map(({ eventId }) => eventId)).toEqual(["evt_2"]);
  expect(await places()).toEqual({ in_flight: ["evt_2"] });
});

test("attempts that cannot be opened do not stop a delivery: they are begun anew", async ({
  setup,
  redis,
  keys,
}) => {
  const { outbox, give, takeOne } = setup;
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const delivery = await takeOne(worker);
  await outbox.settle(worker, [settlementOf(delivery, "retry", T0)], undefined);

  const other = setUpOutbox(redis, keys, keyringOf("k2"));

  expect(await other.take(await other.outbox.openWorker(ENDPOINT))).toMatchObject([
    { eventId: "evt_1", attempts: [], counted: 1 },
  ]);
});

test("what a receiver answered, and what is for the operator alone, rests sealed", async ({
  setup,
  redis,
  prefix,
}) => {
  const { outbox, log, give, takeOne } = setup;
  await give("evt_1");
  const worker = await outbox.openWorker(ENDPOINT);
  const delivery = await takeOne(worker);
  const attempt = attemptOf({ detail: "10.9.8.7: ECONNREFUSED", excerpt: "no such patient: Ada Quill" });
  await outbox.settle(
    worker,
    [{ delivery, verdict: "retry", at: T0, counted: 1, attempts: [attempt] }],
    undefined,
  );

  const atRest = await clearTextOf(redis, prefix);
  expect(atRest).toContain("evt_1");
  expect(atRest).not.toMatch(/Ada|Quill|10\.9\.8\.7|ECONNREFUSED/);
  expect((await log.read(ENDPOINT, "evt_1"))?.attempts).toEqual([attempt]);
});

test("an endpoint's outbox is its own", async ({ outbox, log, give }) => {
  await give("evt_1");
  await outbox.add("archive", ACCOUNT, [outboxEventOf("evt_1"), outboxEventOf("evt_2")], "9-9");

  await log.remove(ENDPOINT);

  expect((await log.counts(ENDPOINT)).byState.ready).toBe(0);
  expect((await log.counts("archive")).byState.ready).toBe(2);
});
