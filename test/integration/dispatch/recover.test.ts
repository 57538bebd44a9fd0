import { expect } from "vitest";

import {
  type Recovery,
  type RecoveryCount,
  type RecoveryProgress,
  countRecovery,
  recover,
} from "../../../src/dispatch/routing/recover.ts";
import { ENDLESS } from "../../../src/store/events/patience.ts";
import type { OutboxEvent } from "../../../src/store/outbox/outbox.ts";
import {
  ACCOUNT,
  ENDPOINT,
  type OutboxSetup,
  T0,
  outboxEventOf,
  settlementOf,
} from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";

const RECOVERY: Recovery = {
  endpoint: ENDPOINT,
  since: T0,
  until: T0 + 1_000_000,
  states: ["parked", "failed"],
  types: [],
};
const START: RecoveryProgress = { after: 0, seen: 0, taken: 0 };

/** `count` parked events, three to a millisecond, every fourth a cancellation. */
async function holdMany({ outbox }: OutboxSetup, count: number): Promise<void> {
  const events: OutboxEvent[] = Array.from({ length: count }, (_, index) =>
    outboxEventOf(`evt_${String(index).padStart(5, "0")}`, {
      at: T0 + Math.floor(index / 3),
      transitions: [index % 4 === 0 ? "cancelled" : "updated"],
    }),
  );
  for (let from = 0; from < count; from += 1_000) {
    await outbox.add(ENDPOINT, ACCOUNT, events.slice(from, from + 1_000));
  }
  await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0);
}

async function countUp(log: OutboxSetup["log"], recovery: Recovery): Promise<RecoveryCount> {
  const counted = await countRecovery(log, recovery, ENDLESS);
  if (counted === "search_too_long") throw new Error("nobody is in a hurry");
  return counted;
}

/** Runs a recovery to its end, or until it has said its progress so often. */
async function run(
  { log }: OutboxSetup,
  recovery: Recovery,
  from: RecoveryProgress = START,
  stopAfter = Number.POSITIVE_INFINITY,
): Promise<{ done: boolean; progress: RecoveryProgress; woken: number }> {
  const stopping = new AbortController();
  let [progress, saves, woken] = [from, 0, 0];
  const wake = async (): Promise<void> => void (woken += 1);
  const deps = { deliveries: log, wake, stopping: stopping.signal };
  const done = await recover(deps, recovery, from, async (saved) => {
    progress = saved;
    saves += 1;
    if (saves >= stopAfter) stopping.abort();
  });
  return { done, progress, woken };
}

test("what is counted first is what is taken, all of it: there is no cap", async ({ setup }) => {
  await holdMany(setup, 12_000);

  const counted = await countUp(setup.log, RECOVERY);
  expect(counted).toEqual({
    total: 12_000,
    byType: { "appointment.cancelled": 3_000, "appointment.updated": 9_000 },
  });
  const { done, progress } = await run(setup, RECOVERY);

  expect(done).toBe(true);
  expect(progress).toMatchObject({ seen: 12_000, taken: 12_000 });
  expect((await setup.log.counts(ENDPOINT)).byState).toMatchObject({ parked: 0, retry: 12_000 });
  expect((await countUp(setup.log, RECOVERY)).total).toBe(0);
});

test("counting takes nothing", async ({ setup }) => {
  await holdMany(setup, 10);
  await countUp(setup.log, RECOVERY);

  expect(Object.keys(await setup.places())).toEqual(["parked"]);
});

test("a recovery that is stopped in the midst goes on from where it was, and takes the rest once", async ({
  setup,
}) => {
  await holdMany(setup, 3_200);

  const first = await run(setup, RECOVERY, START, 2);
  expect(first).toMatchObject({ done: false, progress: { taken: 1_000 } });
  expect((await countUp(setup.log, RECOVERY)).total).toBe(2_200);
  const rest = await run(setup, RECOVERY, first.progress);

  expect(rest).toMatchObject({ done: true, progress: { taken: 3_200 } });
  expect((await setup.log.counts(ENDPOINT)).byState).toMatchObject({ parked: 0, retry: 3_200 });
});

test("a recovery that dies before its progress is kept takes nothing twice", async ({ setup }) => {
  await holdMany(setup, 1_200);
  const dying = recover(
    { deliveries: setup.log, wake: async () => undefined, stopping: new AbortController().signal },
    RECOVERY,
    START,
    async () => {
      throw new Error("killed");
    },
  );
  await expect(dying).rejects.toThrow("killed");

  expect((await run(setup, RECOVERY)).progress.taken).toBe(700);
  expect((await setup.log.counts(ENDPOINT)).byState.retry).toBe(1_200);
});

test("only the range, the states and the types that are meant are taken", async ({ setup, outbox, log }) => {
  const ids = ["evt_before", "evt_failed", "evt_parked", "evt_delivered", "evt_merged", "evt_after"];
  await outbox.add(
    ENDPOINT,
    ACCOUNT,
    ids.map((id, index) =>
      outboxEventOf(id, { at: T0 + index, ...(id === "evt_merged" ? { transitions: ["merged"] } : {}) }),
    ),
  );
  const worker = await outbox.openWorker(ENDPOINT);
  const taken = await setup.take(worker);
  await outbox.settle(
    worker,
    taken.map((delivery) => {
      const { eventId } = delivery;
      const verdict =
        eventId === "evt_failed" ? "failed" : eventId === "evt_delivered" ? "delivered" : "parked";
      return settlementOf(delivery, verdict, T0);
    }),
    undefined,
  );
  const within = { ...RECOVERY, since: T0 + 1, until: T0 + 5 };
  const total = async (recovery: Partial<Recovery>): Promise<number> =>
    (await countUp(log, { ...within, ...recovery })).total;

  expect(await total({})).toBe(3);
  expect(await total({ states: ["failed"] })).toBe(1);
  expect(await total({ states: ["delivered"] })).toBe(1);
  expect(await total({ types: ["appointment.merged"] })).toBe(1);
  expect(await total({ types: ["appointment.*"] })).toBe(3);
  expect(await total({ types: ["*"] })).toBe(3);
  expect(await total({ types: ["patient.*"] })).toBe(0);

  expect((await run(setup, { ...within, types: ["appointment.created"] })).progress.taken).toBe(2);
  expect(await setup.places()).toEqual({
    retry: ["evt_failed", "evt_parked"],
    parked: ["evt_after", "evt_before", "evt_merged"],
    delivered: ["evt_delivered"],
  });
});

test("the endpoint is woken for what is recovered, and left alone when there is nothing", async ({
  setup,
}) => {
  await holdMany(setup, 700);

  expect((await run(setup, { ...RECOVERY, states: ["failed"] })).woken).toBe(0);
  expect((await run(setup, RECOVERY)).woken).toBe(2);
});

test("what comes to rest again while the recovery goes on is not taken twice", async ({ setup }) => {
  const { log, outbox } = setup;
  await holdMany(setup, 1_100);
  let taken = 0;
  await recover(
    {
      stopping: new AbortController().signal,
      deliveries: log,
      // Disabled still: whatever is recovered is parked again at once.
      wake: async () => void (await outbox.parkAll(await outbox.openWorker(ENDPOINT), T0)),
    },
    RECOVERY,
    START,
    async (progress) => {
      taken = progress.taken;
    },
  );

  expect(taken).toBe(1_100);
  expect((await log.counts(ENDPOINT)).byState).toMatchObject({ parked: 1_100, retry: 0 });
});
