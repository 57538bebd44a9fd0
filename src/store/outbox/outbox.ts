import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { Attempt, DeliveryHead } from "./delivery.ts";
import { queuePlaceOf, formatHead, isTargeted, markTargeted, parseHead } from "./delivery-head.ts";
import type { LogEntry } from "../events/event-log.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Leaf } from "../sealing/erasure-key.ts";
import type { Keys } from "../redis/keys.ts";
import { ADD, ADVANCE, BEGIN, OPEN, PARK, TURN, WRITE_HEALTH, outboxKeys } from "./outbox-scripts.ts";
import { keepOrder } from "./keep-order.ts";
import { openOrForget, sealAttempts } from "./sealed-attempts.ts";

/** The right to deliver to an endpoint. Whoever opens the next worker ends this one. */
export interface EndpointWorker {
  readonly endpoint: string;
  readonly epoch: string;
  /** What the former worker left (text of the owner's own); undefined: nothing yet. */
  readonly health: string | undefined;
}

export interface ClaimedDelivery extends DeliveryHead {
  readonly attempts: readonly Attempt[];
  /** For whom `attempts` rest sealed. */
  readonly leaves?: readonly Leaf[] | undefined;
  /** Attempts of its schedule that are used up. */
  readonly counted: number;
  /** Asked for by a person: it stays where it stands unless this attempt succeeds. */
  readonly manual: boolean;
  /**
   * It came to rest, and was given a schedule anew. For what is counted alone: of one that was parked before anything was
   * tried it is known until the first attempt has failed.
   */
  readonly recovered: boolean;
  /** Its place among its subject's pending events; empty where order is not kept. */
  readonly queuePlace: string;
  /** It was given on purpose, whatever the endpoint asks for: sealed, so that who can write to Redis alone cannot say so. */
  readonly targeted: boolean;
}

export interface Claim {
  readonly deliveries: readonly ClaimedDelivery[];
  /** How many of them had waited for their retry. */
  readonly retries: number;
  /** When the next one is due, unix ms; undefined: none waits. */
  readonly nextDueAt: number | undefined;
  /** What `wakes` said at that moment. */
  readonly wakes: string;
}

export interface ClaimRoom {
  /** The most to take. */
  readonly count: number;
  /** So many of them go to retries that are due, before any first attempt; 0: first attempts go first. */
  readonly late: number;
  /** So many first attempts are taken besides, to be begun later, while no retry is due. They stand behind the others. Default: none. */
  readonly ahead?: number;
}

/** What is to become of a delivery after an attempt. */
export interface Settlement {
  readonly delivery: ClaimedDelivery;
  readonly attempts: readonly Attempt[];
  /** Whom the event tells of: what a receiver answers may repeat it. */
  readonly patients?: readonly string[];
  readonly verdict: "delivered" | "retry" | "failed" | "parked";
  /** retry: when (unix ms); otherwise now. */
  readonly at: number;
  readonly counted: number;
}

/** What a worker has to tell, and the state that its endpoint is in then (undefined: as it was). */
export interface Ended {
  readonly settlements: readonly Settlement[];
  /** Taken ahead, and never begun: due again, as they were. */
  readonly unbegun?: readonly ClaimedDelivery[];
  readonly health: string | undefined;
}

/** What is still to be delivered, per endpoint, and what became of it. Every step is one atomic script in one hash slot. */
export interface Outbox {
  /**
   * From where on an endpoint that is made now is given each account's log: what is there already is nothing to it.
   * @param madeAt names this one, should its id be given again
   */
  begin(endpoint: string, madeAt: number, places: ReadonlyMap<string, string>): Promise<void>;
  /** Up to where the endpoint has been given an account's log; undefined: nothing yet. */
  readPosition(endpoint: string, account: string): Promise<string | undefined>;
  /** The same, and which of that id was the last to begin. */
  readPlace(
    endpoint: string,
    account: string,
  ): Promise<{ readonly position: string | undefined; readonly madeAt: number | undefined }>;
  /**
   * Gives an endpoint these events of an account and moves its position on (undefined: they stand beside the log). What
   * it was given before is left alone. Resolves to how many are new.
   */
  add(endpoint: string, account: string, events: readonly OutboxEvent[], position?: string): Promise<number>;
  /**
   * The same of one whose position is `from` (empty: it has none), also when the new one lies before it: the log went back.
   * "elsewhere": it is not, and nothing was written.
   */
  addFrom(
    from: string,
    ...given: [endpoint: string, account: string, events: readonly OutboxEvent[], position: string]
  ): Promise<number | "elsewhere">;
  /** Takes over an endpoint; what a former worker had under way is due again. */
  openWorker(endpoint: string): Promise<EndpointWorker>;
  /**
   * Takes deliveries that are due, of each kind those that have been due longest. `underWay` are those that the worker was given and has
   * not settled: any other of its own is given again. `ended` is settled in the same step, before. "lost": another worker was opened.
   */
  claim(
    worker: EndpointWorker,
    now: number,
    room: ClaimRoom,
    underWay: Iterable<string>,
    ended?: Ended,
  ): Promise<Claim | "lost">;
  /** A success counts whoever tells it; anything else only from the worker that still holds the endpoint. */
  settle(
    worker: EndpointWorker,
    settlements: readonly Settlement[],
    health: string | undefined,
  ): Promise<void>;
  /** Holds back all that is pending and not under way, while the worker holds the endpoint. Resolves to how many. */
  parkAll(worker: EndpointWorker, now: number): Promise<number>;
  /** What waits since before order was kept gets its place among its record's events, while the worker holds the endpoint. */
  keepOrder(worker: EndpointWorker, now: number): Promise<void>;
  /** Makes all that waits for its next attempt due so much earlier, ms: the clock that it waits by was set back. */
  advanceRetries(endpoint: string, byMs: number): Promise<void>;
  readWakes(endpoint: string): Promise<string>;
  readHealth(endpoint: string): Promise<string | undefined>;
  /** Overrules the running worker, which ends. */
  writeHealth(endpoint: string, health: string): Promise<void>;
}

export type OutboxEvent = Omit<LogEntry, "position"> & {
  /** When it was committed, unix ms. */
  readonly at: number;
  /** Place among its subject's events, ascending by name; undefined: order is not kept. */
  readonly order: string | undefined;
  /** See ClaimedDelivery. */
  readonly targeted?: boolean;
};

const PARK_BATCH = 1_000;
/** Among the accounts of `positions`; no account is called so. */
const MADE_AT = "@";
/** Whatever the position is. */
const ANY = "?";

export function createOutbox(redis: Redis, keys: Keys, keyring: Keyring): Outbox {
  const add = async (...given: Parameters<Outbox["addFrom"]>): Promise<number> => {
    const [expected, endpoint, account, events, position] = given;
    const entries = events.flatMap((event) => {
      const place = queuePlaceOf(account, event);
      const mark = event.targeted === true ? [markTargeted(keyring, endpoint, event.eventId)] : [];
      return [event.eventId, formatHead(account, event, place, mark), event.at, place];
    });
    const scope = outboxKeys(keys, endpoint);
    return Number(
      await ADD.run(redis, { keys: scope, args: { account, position, expected }, more: entries }),
    );
  };
  return {
    async readPosition(endpoint, account) {
      return (await redis.hget(keys.outbox(endpoint).positions, account)) ?? undefined;
    },

    async begin(endpoint, madeAt, places) {
      const { positions, ...others } = outboxKeys(keys, endpoint);
      await BEGIN.run(redis, {
        keys: { positions },
        moreKeys: Object.values(others),
        args: {},
        more: [MADE_AT, madeAt, ...[...places].flat()],
      });
    },

    async readPlace(endpoint, account) {
      const [position, madeAt] = await redis.hmget(keys.outbox(endpoint).positions, account, MADE_AT);
      return { position: position ?? undefined, madeAt: madeAt == null ? undefined : Number(madeAt) };
    },

    async add(endpoint, account, events, position = "") {
      return await add(ANY, endpoint, account, events, position);
    },

    async addFrom(...given) {
      const added = await add(...given);
      return added < 0 ? "elsewhere" : added;
    },

    async openWorker(endpoint) {
      const reply = await OPEN.run(redis, { keys: outboxKeys(keys, endpoint), args: {} });
      const [number, left] = z.tuple([z.number(), z.string().nullish()]).parse(reply);
      return { endpoint, epoch: String(number), health: left ?? undefined };
    },

    async claim({ endpoint, epoch }, now, { count, late, ahead = 0 }, underWay, ended) {
      const { settlements = [], unbegun = [], health = "" } = ended ?? {};
      const items = [
        ...settlements.map((settlement) => toItem(keyring, endpoint, settlement)),
        ...unbegun.map(({ eventId, at }) => [eventId, "back", at, "", "", 0] as const),
      ];
      const reply = await TURN.runBuffer(redis, {
        keys: outboxKeys(keys, endpoint),
        args: { mine: epoch, state: health, time: now, count, late, ahead, ended: items.length },
        more: [...items.flat(), ...underWay],
      });
      const parsed = claimSchema.parse(reply);
      if (parsed.length === 0) return "lost";
      const [wakesSeen, nextDue, ids, found, logs, used, manual, retries] = parsed;
      return {
        retries,
        wakes: String(wakesSeen),
        nextDueAt: nextDue.length === 0 ? undefined : Number(nextDue),
        deliveries: ids.flatMap((id, index) => {
          const head = found[index];
          if (!head) return [];
          const eventId = String(id);
          const log = logs[index];
          const past = log ? openOrForget(keyring, endpoint, eventId, log) : [];
          const usedUp = used[index];
          const { mark, ...known } = parseHead(eventId, String(head));
          return [
            {
              ...known,
              targeted: isTargeted(keyring, endpoint, eventId, mark),
              attempts: past,
              leaves: log ? leavesToKeep(keyring, log) : undefined,
              counted: Number(usedUp ?? 0),
              manual: manual[index] === 1,
              recovered: wasRecovered(past, usedUp ? Number(usedUp) : undefined),
            },
          ];
        }),
      };
    },

    async settle(worker, settlements, health) {
      await this.claim(worker, 0, { count: 0, late: 0 }, [], { settlements, health });
    },

    async parkAll({ endpoint, epoch }, now) {
      const call = { keys: outboxKeys(keys, endpoint), args: { now, count: PARK_BATCH, mine: epoch } };
      for (let moved = 0; ;) {
        const batch = Number(await PARK.run(redis, call));
        moved += batch;
        if (batch === 0) return moved;
      }
    },

    keepOrder: async (worker, now) => {
      await keepOrder(redis, keys, worker, now);
    },

    async advanceRetries(endpoint, byMs) {
      await ADVANCE.run(redis, { keys: outboxKeys(keys, endpoint), args: { by: -byMs } });
    },

    async readWakes(endpoint) {
      return (await redis.get(keys.outbox(endpoint).wakes)) ?? "";
    },

    async readHealth(endpoint) {
      return (await redis.get(keys.outbox(endpoint).health)) ?? undefined;
    },

    async writeHealth(endpoint, text) {
      await WRITE_HEALTH.run(redis, { keys: outboxKeys(keys, endpoint), args: { state: text } });
    },
  };
}

/** As the script takes it. */
function toItem(
  keyring: Keyring,
  endpoint: string,
  { delivery, verdict, at, counted, attempts, patients }: Settlement,
): readonly [id: string, verdict: string, at: number, log: Buffer, place: string, counted: number] {
  const { eventId, queuePlace } = delivery;
  const log = sealAttempts(keyring, endpoint, eventId, attempts, leavesFor(keyring, delivery, patients));
  return [eventId, verdict, at, log, queuePlace, verdict === "delivered" ? Number(delivery.manual) : counted];
}

const buffer = z.instanceof(Buffer);
const claimSchema = z.union([
  z.tuple([]),
  z.tuple([
    buffer,
    buffer,
    z.array(buffer),
    z.array(buffer.nullable()),
    z.array(buffer.nullable()),
    z.array(buffer.nullable()),
    z.array(z.number()),
    z.number(),
  ]),
]);

/** A recovery begins to count at 0 again: with nothing tried before, or with more than that. */
function wasRecovered(past: readonly Attempt[], counted: number | undefined): boolean {
  if (past.length === 0) return counted === 0;
  return past.filter(({ counts }) => counts).length > (counted ?? 0);
}

/** Where the event was not read (it is not kept any more), as its attempts were sealed before. */
function leavesFor(
  keyring: Keyring,
  { account, leaves = [] }: ClaimedDelivery,
  patients: readonly string[] = [],
): readonly Leaf[] {
  return patients.length > 0 ? keyring.leavesOf(account, patients) : leaves;
}

/** Attempts of somebody who was forgotten are begun anew, and without words. */
function leavesToKeep(keyring: Keyring, sealed: Buffer): readonly Leaf[] {
  return keyring.isErased(sealed) ? [] : keyring.leavesIn(sealed);
}
