import type { Redis } from "../redis/client.ts";

import { UnreadableRecordError } from "../../shared/errors.ts";
import type { Attempt } from "./delivery.ts";
import { PENDING_STATES } from "./delivery-state.ts";
import type { Keyring } from "../sealing/keyring.ts";
import type { Keys, OutboxKeys } from "../redis/keys.ts";
import { SUBJECT_QUEUE, outboxKeys } from "./outbox-scripts.ts";
import type { SealedPiece } from "../detection/erasure.ts";
import { attemptsContext, openAttempts, sealAttempts } from "./sealed-attempts.ts";
import { defineScript } from "../redis/script.ts";

/** What an endpoint had been given of some events. */
export interface ErasedDeliveries {
  /** How many of them it had been given, whatever became of them. */
  readonly given: number;
  /** Were still to be sent, or parked: they have failed for good, with the class `event_not_kept`. */
  readonly stopped: number;
  /** Had been delivered: somebody else has this. */
  readonly delivered: number;
  /** Had answers of the receiver in their attempts, which are gone. */
  readonly excerpts: number;
}

export interface DeliveryErasure {
  /** What `erase` would come to now. */
  count(endpoint: string, eventIds: readonly string[]): Promise<ErasedDeliveries>;
  /**
   * For events whose bodies are gone: stops what is pending, and removes the receivers' words and the operator's details from
   * the attempts. An attempt that is under way ends; only that it was delivered is still written down. Safe to repeat.
   */
  erase(endpoint: string, eventIds: readonly string[], now: number): Promise<ErasedDeliveries>;
  /** Nothing is kept of these deliveries any more, not even that they were: another event of the same id is given anew. Only after `erase`. */
  remove(endpoint: string, eventIds: readonly string[]): Promise<void>;
}

/**
 * More: event ids. What still waits comes to rest as failed, and what comes after it may go. Answers for each: 0 not given to this endpoint,
 * 1 rests, 2 stopped now.
 */
const ERASE = defineScript(
  {
    keys: [
      "heads",
      "erased",
      "failed",
      "delivered",
      "counted",
      "subjectQueue",
      "blocked",
      "ready",
      "retry",
      "in_flight",
      "parked",
      "wakes",
    ],
    args: ["now"],
  },
  `${SUBJECT_QUEUE}
local answers = {}
for at = MORE + 1, #ARGV do
  local id = ARGV[at]
  local head = redis.call('HGET', heads, id)
  local answer = 0
  if head then
    answer = 1
    redis.call('SADD', erased, id)
    local waited = 0
    for _, key in ipairs({ blocked, ready, retry, in_flight, parked }) do waited = waited + redis.call('ZREM', key, id) end
    if waited > 0 and not (redis.call('ZSCORE', failed, id) or redis.call('ZSCORE', delivered, id)) then
      redis.call('ZADD', failed, now, id)
      answer = 2
    end
    redis.call('HDEL', counted, id)
    advance(subjectQueue, blocked, ready, retry, in_flight, cjson.decode(head)[6], now)
  end
  answers[#answers + 1] = answer
end
redis.call('INCR', wakes)
return answers`,
);

/** More: (id attempts)… of deliveries that are still there */
const REWRITE = defineScript(
  { keys: ["heads", "attempts"] },
  `
for at = 1, #ARGV, 2 do
  if redis.call('HEXISTS', heads, ARGV[at]) == 1 then redis.call('HSET', attempts, ARGV[at], ARGV[at + 1]) end
end
return 1`,
);

/** More: event ids. */
const REMOVE = defineScript(
  { keys: ["failed", "delivered", "timeline", "heads", "attempts", "counted", "erased"] },
  `
for at = 1, #ARGV do
  for _, set in ipairs({ failed, delivered, timeline }) do redis.call('ZREM', set, ARGV[at]) end
  for _, hash in ipairs({ heads, attempts, counted }) do redis.call('HDEL', hash, ARGV[at]) end
  redis.call('SREM', erased, ARGV[at])
end
return 1`,
);

/** `onErase` is given what is removed, as it was sealed. */
export function createDeliveryErasure(
  redis: Redis,
  keys: Keys,
  keyring: Keyring,
  onErase: (piece: SealedPiece) => void = () => undefined,
): DeliveryErasure {
  const readAttempts = async (
    endpoint: string,
    eventIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Attempt[]>> => {
    const logs = await redis.hmgetBuffer(keys.outbox(endpoint).attempts, ...eventIds);
    return new Map(
      eventIds.flatMap((id, index) => {
        const sealed = logs[index];
        if (!sealed) return [];
        const attempts = openOrDrop(keyring, endpoint, id, sealed);
        // Attempts without words tell of nobody, and are sealed to nobody. What cannot be opened may have some.
        if (attempts.length === 0 || haveWords(attempts))
          onErase({ sealed, context: attemptsContext(endpoint, id) });
        return [[id, attempts] as const];
      }),
    );
  };

  return {
    async count(endpoint, eventIds) {
      if (eventIds.length === 0) return NOTHING;
      const { given, delivered, stopped } = await countStates(redis, keys.outbox(endpoint), eventIds);
      const attempts = await readAttempts(endpoint, eventIds);
      return { given, delivered, stopped, excerpts: [...attempts.values()].filter(haveWords).length };
    },

    async remove(endpoint, eventIds) {
      if (eventIds.length === 0) return;
      await REMOVE.run(redis, { keys: outboxKeys(keys, endpoint), args: {}, more: eventIds });
    },

    async erase(endpoint, eventIds, now) {
      if (eventIds.length === 0) return NOTHING;
      const outbox = keys.outbox(endpoint);
      const { given, stopped } = await stop(redis, outbox, eventIds, now);
      if (given.length === 0) return NOTHING;
      // From here on nobody else writes into these.
      const kept = await readAttempts(endpoint, given);
      const rewritten = given.flatMap((id) => {
        const before = kept.get(id);
        if (!before && !stopped.has(id)) return [];
        const after = [...(before ?? []).map(withoutWords), ...(stopped.has(id) ? [notKept(now)] : [])];
        return [id, sealAttempts(keyring, endpoint, id, after)];
      });
      if (rewritten.length > 0) await REWRITE.run(redis, { keys: outbox, args: {}, more: rewritten });
      const { delivered } = await countStates(redis, outbox, given);
      return {
        given: given.length,
        stopped: stopped.size,
        delivered,
        excerpts: [...kept.values()].filter(haveWords).length,
      };
    },
  };
}

async function countStates(
  redis: Redis,
  { heads, states }: OutboxKeys,
  eventIds: readonly string[],
): Promise<Omit<ErasedDeliveries, "excerpts">> {
  const waitingStates = [...PENDING_STATES, "parked" as const];
  const [found, delivered, failed, ...waiting] = await Promise.all([
    redis.hmget(heads, ...eventIds),
    redis.zmscore(states.delivered, ...eventIds),
    redis.zmscore(states.failed, ...eventIds),
    ...waitingStates.map(async (state) => await redis.zmscore(states[state], ...eventIds)),
  ]);
  const stopped = eventIds.filter(
    (_, index) =>
      delivered[index] == null && failed[index] == null && waiting.some((scores) => scores[index] != null),
  );
  return {
    given: found.filter((head) => head !== null).length,
    delivered: delivered.filter((score) => score !== null).length,
    stopped: stopped.length,
  };
}

async function stop(
  redis: Redis,
  outbox: OutboxKeys,
  eventIds: readonly string[],
  now: number,
): Promise<{ readonly given: readonly string[]; readonly stopped: ReadonlySet<string> }> {
  const reply = await ERASE.run(redis, {
    keys: { ...outbox, ...outbox.states },
    args: { now },
    more: eventIds,
  });
  const answers = Array.isArray(reply) ? reply.map(Number) : [];
  return {
    given: eventIds.filter((_, index) => (answers[index] ?? 0) > 0),
    stopped: new Set(eventIds.filter((_, index) => answers[index] === 2)),
  };
}

const NOTHING: ErasedDeliveries = { given: 0, stopped: 0, delivered: 0, excerpts: 0 };

function haveWords(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ excerpt, detail }) => excerpt !== undefined || detail !== undefined);
}

function withoutWords({ excerpt: _excerpt, detail: _detail, ...attempt }: Attempt): Attempt {
  return attempt;
}

/** As the worker writes it for an event that is not kept. */
function notKept(at: number): Attempt {
  return {
    at,
    durationMs: 0,
    outcome: "own_fault",
    errorClass: "event_not_kept",
    trigger: "schedule",
    counts: false,
  };
}

/** A log that no key opens any more is not worth keeping for one that is to be forgotten. */
function openOrDrop(keyring: Keyring, endpoint: string, eventId: string, sealed: Buffer): readonly Attempt[] {
  try {
    return openAttempts(keyring, endpoint, eventId, sealed);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return [];
    throw error;
  }
}
