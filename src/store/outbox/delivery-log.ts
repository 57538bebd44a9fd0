import type { Redis } from "ioredis";

import { createBatch } from "../redis/batch.ts";
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryHead,
  type DeliveryState,
  PENDING_STATES,
} from "./delivery.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type OutboxFacts, askOutboxFacts } from "./outbox-facts.ts";
import { SUBJECT_QUEUE } from "./outbox-scripts.ts";
import { parseHead } from "./delivery-head.ts";
import { openOrForget } from "./outbox.ts";

/** Which deliveries of an endpoint. Times are unix ms, of the event's commit; `until` is not included. */
export interface DeliveryRange {
  readonly since: number;
  readonly until: number;
}

export interface ListedHead extends DeliveryHead {
  readonly state: DeliveryState;
  /** See Delivery. */
  readonly stateSince: number;
  /** See ClaimedDelivery. */
  readonly queuePlace: string;
}

/** What became of an endpoint's deliveries, and what a person may do about it. */
export interface DeliveryLog {
  counts(endpoint: string): Promise<Pick<OutboxFacts, "byState" | "oldestWaitingAt">>;
  /** Batches in the order of time, oldest first, all of the range: there is no cap. */
  walk(endpoint: string, range: DeliveryRange): AsyncIterable<readonly ListedHead[]>;
  read(endpoint: string, eventId: string): Promise<Delivery | undefined>;
  /** The same of several; those that the endpoint was not given are left out. It costs as many commands as one. */
  readAll(endpoint: string, eventIds: readonly string[]): Promise<readonly Delivery[]>;
  /**
   * One attempt more, now, beside the schedule: a failure leaves the delivery where it stands, a success ends it.
   * "under_way": it is about to be sent anyway.
   */
  retry(endpoint: string, eventId: string, now: number): Promise<"queued" | "under_way" | "unknown">;
  /**
   * Gives deliveries that rest in one of `states` a whole new schedule, behind first attempts. Those that have moved on
   * since are left alone. Resolves to how many were taken.
   */
  recover(endpoint: string, heads: readonly ListedHead[], states: readonly DeliveryState[]): Promise<number>;
  /** Which of these events are still to be delivered to the endpoint. */
  pending(endpoint: string, eventIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes what came to rest before `cutoff` (unix ms). Resolves to how many. */
  trim(endpoint: string, cutoff: number): Promise<number>;
  /** Removes everything of an endpoint. */
  remove(endpoint: string): Promise<void>;
}

const BATCH = 500;

/** KEYS heads ready in_flight blocked wakes · ARGV id now */
const RETRY = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 'unknown' end
for place = 2, 4 do
  if redis.call('ZSCORE', KEYS[place], ARGV[1]) then return 'under_way' end
end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('INCR', KEYS[5])
return 'queued'`;

/** KEYS retry blocked counted wakes subjectQueue ready (the sets to take from)… · ARGV (id at place)… */
const RECOVER = `${SUBJECT_QUEUE}
local taken = 0
for at = 1, #ARGV, 3 do
  local rested = false
  for place = 7, #KEYS do
    if redis.call('ZREM', KEYS[place], ARGV[at]) == 1 then rested = true end
  end
  if rested then
    -- 0 instead of nothing: it can be told from what never rested.
    redis.call('HSET', KEYS[3], ARGV[at], 0)
    local place, member = KEYS[1], ARGV[at + 2]
    if member ~= '' and not enter(KEYS[5], KEYS[2], KEYS[6], KEYS[1], member, ARGV[at + 1]) then place = KEYS[2] end
    redis.call('ZADD', place, ARGV[at + 1], ARGV[at])
    taken = taken + 1
  end
end
if taken > 0 then redis.call('INCR', KEYS[4]) end
return taken`;

/** KEYS timeline heads attempts counted ready in_flight delivered failed parked erased · ARGV cutoff count */
const TRIM = `
local removed = 0
for place = 7, 9 do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[place], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])) do
    if not (redis.call('ZSCORE', KEYS[5], id) or redis.call('ZSCORE', KEYS[6], id)) then
      redis.call('ZREM', KEYS[place], id)
      redis.call('ZREM', KEYS[1], id)
      for hash = 2, 4 do redis.call('HDEL', KEYS[hash], id) end
      redis.call('SREM', KEYS[10], id)
      removed = removed + 1
    end
  end
end
return removed`;

export function createDeliveryLog(redis: Redis, keys: Keys, keyring: Keyring): DeliveryLog {
  const locate = createLocator(redis, keys);
  const withAttempts = createAttemptReader(redis, keys, keyring);

  return {
    async counts(endpoint) {
      return await countStates(redis, keys, endpoint);
    },

    async *walk(endpoint, { since, until }) {
      const { timeline } = keys.outbox(endpoint);
      // By score and name, so that what is trimmed or added meanwhile moves nothing under our feet.
      for (let from = since, seen = new Set<string>(); ;) {
        const rows = await redis.zrangebyscore(
          timeline,
          from,
          `(${until}`,
          "WITHSCORES",
          "LIMIT",
          0,
          BATCH + seen.size,
        );
        const ids = rows.filter((_, index) => index % 2 === 0);
        const fresh = ids.filter((id) => !seen.has(id));
        if (fresh.length === 0) return;
        const last = Number(rows.at(-1));
        seen = new Set(ids.filter((_, index) => Number(rows[index * 2 + 1]) === last));
        from = last;
        yield await locate(endpoint, fresh);
      }
    },

    async read(endpoint, eventId) {
      return (await withAttempts(endpoint, await locate(endpoint, [eventId])))[0];
    },

    async readAll(endpoint, eventIds) {
      return await withAttempts(endpoint, await locate(endpoint, eventIds));
    },

    async retry(endpoint, eventId, now) {
      const { heads, states, wakes } = keys.outbox(endpoint);
      const all = [heads, states.ready, states.in_flight, states.blocked, wakes];
      const reply = String(await redis.eval(RETRY, all.length, ...all, eventId, now));
      return reply === "queued" || reply === "under_way" ? reply : "unknown";
    },

    async recover(endpoint, heads, from) {
      if (heads.length === 0) return 0;
      const { states, subjectQueue, counted, wakes } = keys.outbox(endpoint);
      const sources = from.map((state) => states[state]);
      const all = [states.retry, states.blocked, counted, wakes, subjectQueue, states.ready, ...sources];
      const items = heads.flatMap((head) => [head.eventId, head.at, head.queuePlace]);
      return Number(await redis.eval(RECOVER, all.length, ...all, ...items));
    },

    async pending(endpoint, eventIds) {
      const { states } = keys.outbox(endpoint);
      const scores = await Promise.all(
        PENDING_STATES.map(async (state) => await redis.zmscore(states[state], ...eventIds)),
      );
      return new Set(eventIds.filter((_, index) => scores.some((set) => set[index] != null)));
    },

    async trim(endpoint, cutoff) {
      const { states, timeline, heads, attempts, counted, erased } = keys.outbox(endpoint);
      const { ready, in_flight: inFlight, delivered, failed, parked } = states;
      const all = [timeline, heads, attempts, counted, ready, inFlight, delivered, failed, parked, erased];
      for (let removed = 0; ;) {
        const batch = Number(await redis.eval(TRIM, all.length, ...all, cutoff, BATCH));
        removed += batch;
        if (batch === 0) return removed;
      }
    },

    async remove(endpoint) {
      const { states, ...others } = keys.outbox(endpoint);
      await redis.unlink(...Object.values(states), ...Object.values(others));
    },
  };
}

async function countStates(redis: Redis, keys: Keys, endpoint: string): ReturnType<DeliveryLog["counts"]> {
  const batch = createBatch(redis);
  const facts = askOutboxFacts(batch, keys, endpoint);
  await batch.run();
  const { byState, oldestWaitingAt } = facts();
  return { byState, oldestWaitingAt };
}

/** Adds their attempts to deliveries. @throws UnreadableRecordError */
export function createAttemptReader(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
): (endpoint: string, heads: readonly ListedHead[]) => Promise<Delivery[]> {
  return async (endpoint, heads) => {
    if (heads.length === 0) return [];
    const ids = heads.map(({ eventId }) => eventId);
    const logs = await redis.hmgetBuffer(keys.outbox(endpoint).attempts, ...ids);
    return heads.map(({ stateSince, queuePlace: _queuePlace, ...head }, index) => {
      const sealed = logs[index];
      const attempts = sealed ? openOrForget(keyring, endpoint, head.eventId, sealed) : [];
      return { ...head, since: stateSince, attempts };
    });
  };
}

/** Says of event ids what they are about and where they stand; ids that are not known are left out. */
export function createLocator(
  redis: Redis,
  keys: Keys,
): (endpoint: string, ids: readonly string[]) => Promise<ListedHead[]> {
  return async (endpoint: string, ids: readonly string[]): Promise<ListedHead[]> => {
    if (ids.length === 0) return [];
    const { states, heads } = keys.outbox(endpoint);
    const [found, ...scores] = await Promise.all([
      redis.hmget(heads, ...ids),
      ...DELIVERY_STATES.map(async (state) => await redis.zmscore(states[state], ...ids)),
    ]);
    return ids.flatMap((eventId, index) => {
      const head = found[index];
      // What a person asked for once more stands in two sets: that it is under way comes first.
      const place = scores.findIndex((set) => set[index] != null);
      const state = DELIVERY_STATES[place];
      if (head == null || state === undefined) return [];
      return [{ ...parseHead(eventId, head), state, stateSince: Number(scores[place]?.[index]) }];
    });
  };
}
