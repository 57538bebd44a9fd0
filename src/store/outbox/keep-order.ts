import type { Redis } from "../redis/client.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";
import { formatHead, parseHead, queuePlaceOf } from "./delivery-head.ts";
import type { EndpointWorker } from "./outbox.ts";
import { SUBJECT_QUEUE, outboxKeys } from "./outbox-scripts.ts";

const BATCH = 500;

/** More: (id, head as it was read, head with the place, place)… What has moved on since, or is not the worker's any more, is left alone. */
const PLACE = defineScript(
  {
    keys: ["epoch", "heads", "subjectQueue", "ready", "retry", "blocked", "failed", "parked", "delivered"],
    args: ["mine", "now"],
  },
  `${SUBJECT_QUEUE}
if redis.call('GET', epoch) ~= mine then return 0 end
for at = MORE + 1, #ARGV, 4 do
  local id, member = ARGV[at], ARGV[at + 3]
  local waits = redis.call('ZSCORE', retry, id)
  if not waits and redis.call('ZSCORE', ready, id) then
    -- An attempt by hand stands beside the set where its delivery rests.
    waits = true
    for _, key in ipairs({ blocked, failed, parked, delivered }) do
      if redis.call('ZSCORE', key, id) then waits = false end
    end
  end
  if waits and redis.call('HGET', heads, id) == ARGV[at + 1] then
    redis.call('HSET', heads, id, ARGV[at + 2])
    if not enter(subjectQueue, blocked, ready, retry, member, now) then
      if redis.call('ZREM', retry, id) == 1 or redis.call('ZREM', ready, id) == 1 then
        redis.call('ZADD', blocked, now, id)
      end
    end
  end
end
return 1`,
);

/**
 * Gives what waits without a place among its record's events, since it was given before order was asked for, the place that it would
 * have had. Nothing that has none may be under way. Where all have one it costs a few counts.
 */
export async function keepOrder(
  redis: Redis,
  keys: Keys,
  { endpoint, epoch }: EndpointWorker,
  now: number,
): Promise<void> {
  const scope = outboxKeys(keys, endpoint);
  const { blocked, heads, in_flight: inFlight, ready, retry, subjectQueue } = scope;
  const [placed = 0, ...waiting] = await Promise.all(
    [subjectQueue, ready, retry, blocked, inFlight].map(async (key) => await redis.zcard(key)),
  );
  if (placed >= waiting.reduce((sum, count) => sum + count, 0)) return;
  for (const state of [ready, retry]) {
    const ids = await redis.zrangebyscore(state, "-inf", "+inf");
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const found = await redis.hmget(heads, ...batch);
      const more = batch.flatMap((id, index) => toPlace(id, found[index]));
      if (more.length > 0) await PLACE.run(redis, { keys: scope, args: { mine: epoch, now }, more });
    }
  }
}

/** Of one that has a place, or is gone, nothing. Of events of one record committed in the same millisecond the ids decide. */
function toPlace(id: string, text: string | null | undefined): string[] {
  if (text == null) return [];
  const { account, at, mark, queuePlace, subject, subjectId, transitions } = parseHead(id, text);
  if (queuePlace !== "") return [];
  const order = `${String(at).padStart(13, "0")}-${"0".repeat(10)}`;
  const event = { eventId: id, subject, record: subjectId, transitions, at, order };
  const place = queuePlaceOf(account, event);
  return [id, text, formatHead(account, event, place, mark === undefined ? [] : [mark]), place];
}
