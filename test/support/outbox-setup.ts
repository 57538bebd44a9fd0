import type { Redis } from "../../src/store/redis/client.ts";

import type { Attempt } from "../../src/store/outbox/delivery.ts";
import { DELIVERY_STATES } from "../../src/store/outbox/delivery-state.ts";
import { type DeliveryLog, createDeliveryLog } from "../../src/store/outbox/delivery-log.ts";
import type { Keyring } from "../../src/store/sealing/keyring.ts";
import type { Keys } from "../../src/store/redis/keys.ts";
import {
  type Claim,
  type ClaimedDelivery,
  type EndpointWorker,
  type Outbox,
  type OutboxEvent,
  type Settlement,
  createOutbox,
} from "../../src/store/outbox/outbox.ts";
import { keyringOf } from "./stored-things.ts";

/** When the first event of a test was committed, unix ms. */
export const T0 = Date.parse("2026-11-22T03:00:00Z");
export const ENDPOINT = "crm";
export const ACCOUNT = "northside";

/** Event ids, sorted, by the states in which they stand; empty states are left out. */
export type Places = Readonly<Record<string, readonly string[]>>;

export interface OutboxSetup {
  readonly outbox: Outbox;
  readonly log: DeliveryLog;
  /** Gives the endpoint events of its own subject each, a millisecond apart. */
  readonly give: (...ids: readonly string[]) => Promise<number>;
  /** Gives it events whose order is kept: `mia-1`, `mia-2` are of the subject mia. */
  readonly giveInOrder: (...ids: readonly string[]) => Promise<number>;
  /** What a worker that has nothing under way is handed out. */
  readonly take: (
    worker: EndpointWorker,
    now?: number,
    count?: number,
  ) => Promise<readonly ClaimedDelivery[]>;
  /** The one that comes first. @throws when nothing is due */
  readonly takeOne: (worker: EndpointWorker, now?: number) => Promise<ClaimedDelivery>;
  readonly places: () => Promise<Places>;
}

export function setUpOutbox(redis: Redis, keys: Keys, keyring: Keyring = keyringOf("k1")): OutboxSetup {
  const outbox = createOutbox(redis, keys, keyring);
  const { states } = keys.outbox(ENDPOINT);
  const take: OutboxSetup["take"] = async (worker, now = T0, count = 100) =>
    claimed(await outbox.claim(worker, now, { count, late: 0 }, [])).deliveries;
  return {
    outbox,
    log: createDeliveryLog(redis, keys, keyring),
    give: async (...ids) =>
      await outbox.add(
        ENDPOINT,
        ACCOUNT,
        ids.map((id, index) => outboxEventOf(id, { at: T0 + index })),
      ),
    giveInOrder: async (...ids) => await outbox.add(ENDPOINT, ACCOUNT, ids.map(orderedEventOf)),
    take,
    takeOne: async (worker, now) => {
      const [delivery] = await take(worker, now, 1);
      if (!delivery) throw new Error("something is due");
      return delivery;
    },
    places: async () => {
      const rows = await Promise.all(
        DELIVERY_STATES.map(
          async (state) => [state, (await redis.zrange(states[state], "0", "-1")).toSorted()] as const,
        ),
      );
      return Object.fromEntries(rows.filter(([, ids]) => ids.length > 0));
    },
  };
}

/** `evt_1` was tried once and stands in this state; a retry is due in a minute. */
export async function bringTo(
  setup: OutboxSetup,
  verdict: Settlement["verdict"],
): Promise<{ readonly worker: EndpointWorker; readonly delivery: ClaimedDelivery }> {
  await setup.give("evt_1");
  const worker = await setup.outbox.openWorker(ENDPOINT);
  const delivery = await setup.takeOne(worker);
  const at = verdict === "retry" ? T0 + 60_000 : T0;
  await setup.outbox.settle(worker, [settlementOf(delivery, verdict, at)], undefined);
  return { worker, delivery };
}

/** A claim that was not lost. */
export function claimed(claim: Claim | "lost"): Claim {
  if (claim === "lost") throw new Error("the worker was lost");
  return claim;
}

/** An event about a record of its own; pass what the test is about. */
export function outboxEventOf(eventId: string, more: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    eventId,
    subject: "appointment",
    record: `record-of-${eventId}`,
    transitions: ["created"],
    at: T0,
    order: undefined,
    ...more,
  };
}

/** `mia-2`: the second event of mia. */
export function orderedEventOf(eventId: string): OutboxEvent {
  const [record = "", number = ""] = eventId.split("-");
  return outboxEventOf(eventId, { record, at: T0 + Number(number), order: number.padStart(6, "0") });
}

export function attemptOf(more: Partial<Attempt> = {}): Attempt {
  return {
    at: T0,
    durationMs: 80,
    outcome: "rejected",
    status: 503,
    trigger: "schedule",
    counts: true,
    ...more,
  };
}

/** What an attempt came to, with one more attempt in the log. */
export function settlementOf(
  delivery: ClaimedDelivery,
  verdict: Settlement["verdict"],
  at: number,
  attempt: Partial<Attempt> = {},
): Settlement {
  const kept = attemptOf({
    at,
    outcome: verdict === "delivered" ? "delivered" : "rejected",
    trigger: delivery.manual ? "manual" : "schedule",
    ...attempt,
  });
  return {
    delivery,
    verdict,
    at,
    counted: delivery.counted + (delivery.manual ? 0 : 1),
    attempts: [...delivery.attempts, kept],
  };
}
