import { expect } from "vitest";

import { createGate, startSubscriber } from "../../support/answering-server.ts";
import { test } from "../../support/redis-test.ts";
import { ENDPOINT, MINUTE_MS, SECOND_MS, countsOf, setUpWorker } from "../../support/worker-setup.ts";

test("order that is asked for while deliveries wait holds for those, too", async ({ redis, keys }) => {
  await using crm = await startSubscriber((id, nth) => (id === "mia-1" && nth <= 2 ? 422 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 10 });
  await setup.commit("mia-1");
  await setup.run();
  await setup.pause(setup.clock.now());
  setup.clock.pass(SECOND_MS);
  await setup.commit("mia-2", "bob-1");
  await setup.change({ ordering: "subject" });
  setup.clock.pass(SECOND_MS);
  await setup.commit("mia-3", "bob-2");
  await setup.pause(undefined);

  await setup.run();
  expect(crm.ids()).toEqual(["mia-1", "bob-1", "bob-2"]);
  expect(await countsOf(setup)).toEqual({ delivered: 2, retry: 1, blocked: 2 });
  setup.clock.pass(5 * SECOND_MS);
  await setup.run();
  setup.clock.pass(10 * MINUTE_MS);
  await setup.run();
  expect(crm.ids().filter((id) => id.startsWith("mia"))).toEqual([
    "mia-1",
    "mia-1",
    "mia-1",
    "mia-2",
    "mia-3",
  ]);
  expect(await countsOf(setup)).toEqual({ delivered: 5 });
});

test("what is under way when order is asked for comes first, though it fails", async ({ redis, keys }) => {
  const gate = createGate();
  await using crm = await startSubscriber(async (id, nth) => {
    if (id !== "mia-1" || nth > 1) return 204;
    await gate.opened;
    return 422;
  });
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 1 });
  // What is committed in one millisecond goes by its ids.
  await setup.commit("mia-1", "mia-2", "zoe-1");
  const running = setup.run();
  await expect.poll(() => crm.open.size).toBe(1);
  await setup.change({ ordering: "subject" });
  gate.open();
  await running;
  expect(crm.ids()).toEqual(["mia-1", "zoe-1"]);
  setup.clock.pass(5 * SECOND_MS);
  await setup.run();
  expect(crm.ids()).toEqual(["mia-1", "zoe-1", "mia-1", "mia-2"]);
});

test("order that is given up again leaves nothing behind", async ({ redis, keys }) => {
  await using crm = await startSubscriber((id, nth) => (id === "mia-1" && nth === 1 ? 422 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, concurrency: 10 });
  await setup.pause(setup.clock.now());
  await setup.commit("mia-1", "mia-2");
  await setup.pause(undefined);
  await setup.change({ ordering: "subject" });
  await setup.run();
  expect(await countsOf(setup)).toEqual({ retry: 1, blocked: 1 });
  await setup.change({ ordering: "none" });
  await setup.commit("mia-3");
  await setup.run();
  setup.clock.pass(5 * SECOND_MS);
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 3 });

  // And asked for once more.
  await setup.change({ ordering: "subject" });
  await setup.commit("mia-4");
  await setup.run();
  expect(await countsOf(setup)).toEqual({ delivered: 4 });
});

test("what failed for good and is tried by hand when order is asked for holds nothing back", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber((id) => (id === "mia-1" ? 422 : 204));
  await using setup = setUpWorker(redis, keys);
  await setup.make({ url: crm.url, attempts: 1 });
  await setup.commit("mia-1");
  await setup.run();
  await setup.deliveries.retry(ENDPOINT, "mia-1", setup.clock.now());
  await setup.commit("mia-2");
  await setup.change({ ordering: "subject" });
  await setup.run();
  expect(crm.ids()).toEqual(["mia-1", "mia-1", "mia-2"]);
  expect(await countsOf(setup)).toEqual({ delivered: 1, failed: 1 });
});

test("a success that a replaced worker tells lets go what waits for it, though it began before order was asked for", async ({
  redis,
  keys,
}) => {
  await using crm = await startSubscriber();
  await using setup = setUpWorker(redis, keys);
  const { outbox, clock } = setup;
  await setup.make({ url: crm.url });
  await setup.commit("mia-1", "mia-2");
  const former = await outbox.openWorker(ENDPOINT);
  const claim = await outbox.claim(former, clock.now(), { count: 1, late: 0 }, []);
  const [delivery] = claim === "lost" ? [] : claim.deliveries;
  if (!delivery) throw new Error("the first one is due");
  await setup.change({ ordering: "subject" });
  const next = await outbox.openWorker(ENDPOINT);
  await outbox.keepOrder(next, clock.now());
  expect(await countsOf(setup)).toEqual({ ready: 1, blocked: 1 });
  const settled = { delivery, attempts: [], verdict: "delivered", at: clock.now(), counted: 1 } as const;
  await outbox.settle(former, [settled], undefined);
  expect(await countsOf(setup)).toEqual({ delivered: 1, ready: 1 });
});
