import type { Redis } from "../redis/client.ts";

import { createBatch } from "../redis/batch.ts";
import type { Delivery, DeliveryHead } from "./delivery.ts";
import { DELIVERY_STATES, type DeliveryState, PENDING_STATES } from "./delivery-state.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys } from "../redis/keys.ts";
import { type OutboxFacts, askOutboxFacts } from "./outbox-facts.ts";
import { ENDED, SUBJECT_QUEUE, outboxKeys } from "./outbox-scripts.ts";
import { parseHead } from "./delivery-head.ts";
import { openOrForget } from "./sealed-attempts.ts";
import { defineScript } from "../redis/script.ts";

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
  /** The endpoint is about to go: from now on another one that is made under its name begins with nothing, whatever is left. */
  end(endpoint: string): Promise<void>;
  /** Removes everything of an endpoint that was ended, unless another one of its name has begun. */
  removeEnded(endpoint: string): Promise<void>;
}

const BATCH = 500;

const RETRY = defineScript(
  { keys: ["heads", "ready", "in_flight", "blocked", "wakes"], args: ["id", "now"] },
  `
if redis.call('HEXISTS', heads, id) == 0 then return 'unknown' end
for _, key in ipairs({ ready, in_flight, blocked }) do
  if redis.call('ZSCORE', key, id) then return 'under_way' end
end
redis.call('ZADD', ready, now, id)
redis.call('INCR', wakes)
return 'queued'`,
);

/** More keys: the sets to take from; more arguments: (id at place)… */
const RECOVER = defineScript(
  { keys: ["retry", "blocked", "counted", "wakes", "subjectQueue", "ready"] },
  `${SUBJECT_QUEUE}
local taken = 0
for at = 1, #ARGV, 3 do
  local rested = false
  for place = MORE_KEYS + 1, #KEYS do
    if redis.call('ZREM', KEYS[place], ARGV[at]) == 1 then rested = true end
  end
  if rested then
    -- 0 instead of nothing: it can be told from what never rested.
    redis.call('HSET', counted, ARGV[at], 0)
    local place, member = retry, ARGV[at + 2]
    if member ~= '' and not enter(subjectQueue, blocked, ready, retry, member, ARGV[at + 1]) then place = blocked end
    redis.call('ZADD', place, ARGV[at + 1], ARGV[at])
    taken = taken + 1
  end
end
if taken > 0 then redis.call('INCR', wakes) end
return taken`,
);

const TRIM = defineScript(
  {
    keys: [
      "timeline",
      "heads",
      "attempts",
      "counted",
      "ready",
      "in_flight",
      "delivered",
      "failed",
      "parked",
      "erased",
    ],
    args: ["cutoff", "count"],
  },
  `
local removed = 0
for _, resting in ipairs({ delivered, failed, parked }) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', resting, '-inf', '(' .. cutoff, 'LIMIT', 0, count)) do
    if not (redis.call('ZSCORE', ready, id) or redis.call('ZSCORE', in_flight, id)) then
      redis.call('ZREM', resting, id)
      redis.call('ZREM', timeline, id)
      for _, hash in ipairs({ heads, attempts, counted }) do redis.call('HDEL', hash, id) end
      redis.call('SREM', erased, id)
      removed = removed + 1
    end
  end
end
return removed`,
);

/** More keys: all of the outbox. */
const REMOVE_ENDED = defineScript(
  { keys: ["positions"] },
  `
if redis.call('HEXISTS', positions, '${ENDED}') == 1 then redis.call('UNLINK', unpack(KEYS)) end
return 1`,
);

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
      const scope = outboxKeys(keys, endpoint);
      const reply = String(await RETRY.run(redis, { keys: scope, args: { id: eventId, now } }));
      return reply === "queued" || reply === "under_way" ? reply : "unknown";
    },

    async recover(endpoint, heads, from) {
      if (heads.length === 0) return 0;
      const scope = outboxKeys(keys, endpoint);
      const recovered = await RECOVER.run(redis, {
        keys: scope,
        moreKeys: from.map((state) => scope[state]),
        args: {},
        more: heads.flatMap((head) => [head.eventId, head.at, head.queuePlace]),
      });
      return Number(recovered);
    },

    async pending(endpoint, eventIds) {
      const { states } = keys.outbox(endpoint);
      const scores = await Promise.all(
        PENDING_STATES.map(async (state) => await redis.zmscore(states[state], ...eventIds)),
      );
      return new Set(eventIds.filter((_, index) => scores.some((set) => set[index] != null)));
    },

    async trim(endpoint, cutoff) {
      const call = { keys: outboxKeys(keys, endpoint), args: { cutoff, count: BATCH } };
      for (let removed = 0; ;) {
        const batch = Number(await TRIM.run(redis, call));
        removed += batch;
        if (batch === 0) return removed;
      }
    },

    async remove(endpoint) {
      await redis.unlink(...Object.values(outboxKeys(keys, endpoint)));
    },

    async end(endpoint) {
      await redis.hset(keys.outbox(endpoint).positions, ENDED, 1);
    },

    async removeEnded(endpoint) {
      const { positions, ...others } = outboxKeys(keys, endpoint);
      await REMOVE_ENDED.run(redis, { keys: { positions }, moreKeys: Object.values(others), args: {} });
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
      const { mark: _mark, ...known } = parseHead(eventId, head);
      return [{ ...known, state, stateSince: Number(scores[place]?.[index]) }];
    });
  };
}
