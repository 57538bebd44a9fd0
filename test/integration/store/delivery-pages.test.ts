import { expect } from "vitest";

import type { DeliveryPlace } from "../../../src/store/outbox/delivery-pages.ts";
import { createDeliveryPages } from "../../../src/store/outbox/delivery-pages.ts";
import { ACCOUNT, ENDPOINT, T0, outboxEventOf, settlementOf } from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";
import { keyringOf } from "../../support/stored-things.ts";

const ALWAYS = { since: 0, until: T0 * 2 };

test("the pages make up the whole, the newest first, also where many share one moment", async ({
  outbox,
  redis,
  keys,
}) => {
  // The length of ids differs, so that the order of names is not that of numbers.
  const events = Array.from({ length: 30 }, (_, index) =>
    outboxEventOf(`e${index}`, { at: T0 + Math.floor(index / 10) }),
  );
  await outbox.add(ENDPOINT, ACCOUNT, events);
  const pages = createDeliveryPages(redis, keys, keyringOf("k1"));
  const whole = await pages.page(ENDPOINT, ALWAYS, undefined, 100, () => true);
  const expected = whole.deliveries.map(({ eventId }) => eventId);
  expect(expected.toSorted()).toEqual(events.map(({ eventId }) => eventId).toSorted());
  expect(whole.deliveries.map(({ at }) => at)).toEqual(
    whole.deliveries
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  );
  expect(whole.next).toBeUndefined();

  for (const count of [1, 7, 10]) {
    const seen: string[] = [];
    for (let place: DeliveryPlace | undefined; ;) {
      const { deliveries, next } = await pages.page(ENDPOINT, ALWAYS, place, count, () => true);
      seen.push(...deliveries.map(({ eventId }) => eventId));
      if (!next) break;
      place = next;
    }
    expect(seen).toEqual(expected);
  }
});

test("only what is wanted and in the range comes, with its attempts", async ({ setup, redis, keys }) => {
  const { outbox, give, take } = setup;
  await give("e1", "e2", "e3");
  const worker = await outbox.openWorker(ENDPOINT);
  const [first, second] = await take(worker, T0, 2);
  if (!first || !second) throw new Error("two are due");
  await outbox.settle(
    worker,
    [settlementOf(first, "failed", T0 + 9), settlementOf(second, "delivered", T0 + 9)],
    undefined,
  );
  const pages = createDeliveryPages(redis, keys, keyringOf("k1"));

  const failed = await pages.page(ENDPOINT, ALWAYS, undefined, 10, ({ state }) => state === "failed");
  expect(failed.deliveries).toMatchObject([{ eventId: "e1", state: "failed", attempts: [{ status: 503 }] }]);
  const inTime = await pages.page(ENDPOINT, { since: T0 + 1, until: T0 + 2 }, undefined, 10, () => true);
  expect(inTime.deliveries.map(({ eventId }) => eventId)).toEqual(["e2"]);
});
