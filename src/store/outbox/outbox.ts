import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { UnreadableRecordError } from "../../shared/errors.ts";
import { type Attempt, type DeliveryHead, attemptSchema } from "./delivery.ts";
import { queuePlaceOf, formatHead, isTargeted, markTargeted, parseHead } from "./delivery-head.ts";
import type { LogEntry } from "../events/event-log.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Leaf } from "../sealing/erasure-key.ts";
import type { Keys } from "../redis/keys.ts";
import { ADD, ADVANCE, CLAIM, PARK, OPEN, SETTLE, WRITE_HEALTH, outboxKeys } from "./outbox-scripts.ts";
import { pack, unpack } from "../sealing/packing.ts";

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

/** What is still to be delivered, per endpoint, and what became of it. Every step is one atomic script in one hash slot. */
export interface Outbox {
  /** Up to where the endpoint has been given an account's log; undefined: nothing yet. */
  readPosition(endpoint: string, account: string): Promise<string | undefined>;
  /**
   * Gives an endpoint these events of an account and moves its position on (undefined: they stand beside the log). What
   * it was given before is left alone. Resolves to how many are new.
   */
  add(endpoint: string, account: string, events: readonly OutboxEvent[], position?: string): Promise<number>;
  /** Takes over an endpoint; what a former worker had under way is due again. */
  openWorker(endpoint: string): Promise<EndpointWorker>;
  /**
   * Takes deliveries that are due, of each kind those that have been due longest. `underWay` are those that the worker was given and has
   * not settled: any other of its own is given again. "lost": another worker was opened.
   */
  claim(
    worker: EndpointWorker,
    now: number,
    room: ClaimRoom,
    underWay: Iterable<string>,
  ): Promise<Claim | "lost">;
  /** A success counts whoever tells it; anything else only from the worker that still holds the endpoint. */
  settle(
    worker: EndpointWorker,
    settlements: readonly Settlement[],
    health: string | undefined,
  ): Promise<void>;
  /** Holds back all that is pending and not under way, while the worker holds the endpoint. Resolves to how many. */
  parkAll(worker: EndpointWorker, now: number): Promise<number>;
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

export function createOutbox(redis: Redis, keys: Keys, keyring: Keyring): Outbox {
  return {
    async readPosition(endpoint, account) {
      return (await redis.hget(keys.outbox(endpoint).positions, account)) ?? undefined;
    },

    async add(endpoint, account, events, position = "") {
      const entries = events.flatMap((event) => {
        const place = queuePlaceOf(account, event);
        const mark = event.targeted === true ? [markTargeted(keyring, endpoint, event.eventId)] : [];
        return [event.eventId, formatHead(account, event, place, mark), event.at, place];
      });
      const scope = outboxKeys(keys, endpoint);
      return Number(await ADD.run(redis, { keys: scope, args: { account, position }, more: entries }));
    },

    async openWorker(endpoint) {
      const reply = await OPEN.run(redis, { keys: outboxKeys(keys, endpoint), args: {} });
      const [number, left] = z.tuple([z.number(), z.string().nullish()]).parse(reply);
      return { endpoint, epoch: String(number), health: left ?? undefined };
    },

    async claim({ endpoint, epoch }, now, { count, late }, underWay) {
      const reply = await CLAIM.runBuffer(redis, {
        keys: outboxKeys(keys, endpoint),
        args: { mine: epoch, time: now, count, late },
        more: [...underWay],
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
          return [
            {
              ...parseHead(eventId, String(head)),
              targeted: isTargeted(keyring, endpoint, eventId, String(head)),
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

    async settle({ endpoint, epoch }, settlements, health) {
      const items = settlements.flatMap(
        ({ delivery, verdict, at, counted: used, attempts: log, patients }) => [
          delivery.eventId,
          verdict,
          at,
          sealAttempts(keyring, endpoint, delivery.eventId, log, leavesFor(keyring, delivery, patients)),
          delivery.queuePlace,
          used,
        ],
      );
      const scope = outboxKeys(keys, endpoint);
      await SETTLE.run(redis, { keys: scope, args: { mine: epoch, state: health ?? "" }, more: items });
    },

    async parkAll({ endpoint, epoch }, now) {
      const call = { keys: outboxKeys(keys, endpoint), args: { now, count: PARK_BATCH, mine: epoch } };
      for (let moved = 0; ;) {
        const batch = Number(await PARK.run(redis, call));
        moved += batch;
        if (batch === 0) return moved;
      }
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

export function attemptsContext(endpoint: string, eventId: string): string {
  return `endpoints/${endpoint}/attempts/${eventId}`;
}

/** `leaves`: whom the event tells of; nobody for attempts without words. */
export function sealAttempts(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  attempts: readonly Attempt[],
  leaves: readonly Leaf[] = [],
): Buffer {
  const plain = packAttempts(JSON.stringify(attempts));
  return keyring.seal(plain, attemptsContext(endpoint, eventId), undefined, leaves);
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

/** Fail direction: a log that cannot be opened is begun anew, for the delivery is worth more than its history. */
export function openOrForget(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  sealed: Buffer,
): readonly Attempt[] {
  try {
    return openAttempts(keyring, endpoint, eventId, sealed);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return [];
    throw error;
  }
}

/** @throws UnreadableRecordError */
export function openAttempts(
  keyring: Keyring,
  endpoint: string,
  eventId: string,
  sealed: Buffer,
): readonly Attempt[] {
  const context = attemptsContext(endpoint, eventId);
  const opened = keyring.open(sealed, context);
  try {
    return z.array(attemptSchema).parse(JSON.parse(unpackAttempts(opened)));
  } catch (error) {
    throw new UnreadableRecordError(`${context} is not an attempt log`, { cause: error });
  }
}

/** Deflating less than this saves a few bytes, and costs more time than all else that is written of a delivery. */
const WORTH_PACKING = 256;
const PACKED = Buffer.from("z");

/** JSON of a list, or, after a letter that such does not begin with, the same deflated. */
function packAttempts(json: string): Buffer {
  return json.length < WORTH_PACKING ? Buffer.from(json) : Buffer.concat([PACKED, pack(json)]);
}

function unpackAttempts(bytes: Buffer): string {
  return bytes[0] === PACKED[0] ? unpack(bytes.subarray(1)) : bytes.toString();
}
