import type { Keys, OutboxKeys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/*
 * The steps of an endpoint's outbox, as Lua: each is atomic, and touches keys of one hash slot. See delivery.ts for the
 * states. A delivery that a person asked for once more stands in `ready`, then `in_flight`, beside the set where it stands.
 */

/** All that is kept of an endpoint's deliveries, as its scripts name it. */
export function outboxKeys(
  keys: Pick<Keys, "outbox">,
  endpoint: string,
): OutboxKeys["states"] & Omit<OutboxKeys, "states"> {
  const { states, ...others } = keys.outbox(endpoint);
  return { ...states, ...others };
}

/** The first of a subject's pending events may go, the others stand behind it. */
export const SUBJECT_QUEUE = `
local function first(subjectQueue, member)
  local subject = string.match(member, '^[^|]*|')
  return redis.call('ZRANGEBYLEX', subjectQueue, '[' .. subject, '[' .. subject .. '\\255', 'LIMIT', 0, 1)[1]
end
-- Takes a place among its subject's pending events. What stood first and is later than it makes way. Says: it is first.
local function enter(subjectQueue, blocked, ready, retry, member, now)
  local former = first(subjectQueue, member)
  redis.call('ZADD', subjectQueue, 0, member)
  if first(subjectQueue, member) ~= member then return false end
  if former and former ~= member then
    local id = string.match(former, '[^|]*$')
    -- In both it waits for its schedule, and for an attempt by hand: that one is made.
    if redis.call('ZREM', retry, id) == 1 or redis.call('ZREM', ready, id) == 1 then
      redis.call('ZADD', blocked, now, id)
    end
  end
  return true
end
local function advance(subjectQueue, blocked, ready, retry, in_flight, member, now)
  if member == '' then return end
  redis.call('ZREM', subjectQueue, member)
  local following = first(subjectQueue, member)
  if not following then return end
  local id = string.match(following, '[^|]*$')
  if redis.call('ZREM', blocked, id) == 0 then return end
  local byHand = redis.call('ZSCORE', ready, id) or redis.call('ZSCORE', in_flight, id)
  redis.call('ZADD', byHand and retry or ready, now, id)
end
`;

/** More: (id head at place)… */
export const ADD = defineScript(
  {
    keys: ["positions", "heads", "timeline", "ready", "blocked", "subjectQueue", "wakes", "retry"],
    args: ["account", "position", "expected"],
  },
  `${SUBJECT_QUEUE}
if expected ~= '?' and (redis.call('HGET', positions, account) or '') ~= expected then return -1 end
local added = 0
for at = MORE + 1, #ARGV, 4 do
  local id, when, member = ARGV[at], ARGV[at + 2], ARGV[at + 3]
  if redis.call('HSETNX', heads, id, ARGV[at + 1]) == 1 then
    added = added + 1
    redis.call('ZADD', timeline, when, id)
    local place = ready
    if member ~= '' and not enter(subjectQueue, blocked, ready, retry, member, when) then place = blocked end
    redis.call('ZADD', place, when, id)
  end
end
if position ~= '' then
  local function parts(text)
    local ms, n = string.match(text, '(%d+)-(%d+)')
    return tonumber(ms), tonumber(n)
  end
  local current = redis.call('HGET', positions, account) or '0-0'
  local ms, n = parts(current)
  local nextMs, nextN = parts(position)
  if expected ~= '?' or nextMs > ms or (nextMs == ms and nextN > n) then redis.call('HSET', positions, account, position) end
end
if added > 0 then redis.call('INCR', wakes) end
return added`,
);

/** A field of `positions`: the endpoint that this is of is ended. No account is called so. */
export const ENDED = "!";

/** More keys: all of the outbox; more arguments: (account position)… What is left of one that was ended is not another's of that name. */
export const BEGIN = defineScript(
  { keys: ["positions"] },
  `
if redis.call('HEXISTS', positions, '${ENDED}') == 1 then redis.call('UNLINK', unpack(KEYS)) end
redis.call('DEL', positions)
for at = MORE + 1, #ARGV, 2 do redis.call('HSET', positions, ARGV[at], ARGV[at + 1]) end
return 1`,
);

export const OPEN = defineScript(
  {
    keys: [
      "epoch",
      "in_flight",
      "ready",
      "health",
      "heads",
      "retry",
      "blocked",
      "failed",
      "parked",
      "delivered",
      "subjectQueue",
    ],
  },
  `${SUBJECT_QUEUE}
local epoch = redis.call('INCR', epoch)
local sent = redis.call('ZRANGE', in_flight, 0, -1, 'WITHSCORES')
redis.call('DEL', in_flight)
for at = 1, #sent, 2 do
  local id, place = sent[at], ready
  local rests = false
  for _, key in ipairs({ retry, blocked, failed, parked, delivered }) do
    if redis.call('ZSCORE', key, id) then rests = true end
  end
  local head = redis.call('HGET', heads, id)
  local member = head and cjson.decode(head)[6] or ''
  if not rests and member ~= '' and not enter(subjectQueue, blocked, ready, retry, member, sent[at + 1]) then
    place = blocked
  end
  redis.call('ZADD', place, sent[at + 1], id)
end
return { epoch, redis.call('GET', health) }`,
);

/**
 * More: (id verdict at attempts place counted)… as many as `ended` says, then (id under way)… Of what was delivered nothing is
 * counted any more: there it says whether it was asked for by hand (not 0).
 *
 * First, what has ended is settled, whoever tells it. What has been removed meanwhile stays so. A failure counts of what is
 * under way alone: somebody else may have delivered it since, and told so. What the receiver said of an erased event is not
 * written down. What goes back was never begun.
 *
 * Then, more is taken by the worker that holds the endpoint. `late` retries that are due go first, then first attempts, then
 * more retries: each kind takes the room that the other one leaves. `ahead` first attempts more are taken while no retry is due.
 * What is under way and not known to the worker was claimed by it and never heard of: the connection broke before the answer,
 * and the client asked again. It is handed out now. First attempts are due whatever the clock says (theirs is the log's).
 * A retry that comes due while the same delivery is under way by hand, or about to be, waits a little.
 */
export const TURN = defineScript(
  {
    keys: [
      "epoch",
      "ready",
      "retry",
      "in_flight",
      "blocked",
      "failed",
      "parked",
      "delivered",
      "subjectQueue",
      "attempts",
      "counted",
      "health",
      "heads",
      "erased",
      "wakes",
    ],
    args: ["mine", "state", "time", "count", "late", "ahead", "ended"],
  },
  `${SUBJECT_QUEUE}
local owner = redis.call('GET', epoch) == mine
if owner and state ~= '' then redis.call('SET', health, state) end
local function standsElsewhere(id)
  for _, key in ipairs({ retry, blocked, failed, parked, delivered }) do
    if redis.call('ZSCORE', key, id) then return true end
  end
end
local anyErased = redis.call('EXISTS', erased) == 1
local function writeDown(id, log)
  if anyErased and redis.call('SISMEMBER', erased, id) == 1 then return end
  redis.call('HSET', attempts, id, log)
end
local known_from = MORE + 6 * tonumber(ended)
for at = MORE + 1, known_from, 6 do
  local id, verdict, when, member = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
  if redis.call('HEXISTS', heads, id) == 0 then
    redis.call('ZREM', in_flight, id)
  elseif verdict == 'delivered' then
    local isUnderWay = redis.call('ZREM', in_flight, id) == 1
    -- What this worker has under way by its schedule, and still so, is in no other place. Who was replaced tells of an attempt
    -- of its own: the one that is under way may be another, asked for by hand.
    if not (owner and isUnderWay and ARGV[at + 5] == '0') then
      for _, key in ipairs({ ready, retry, blocked, failed, parked }) do redis.call('ZREM', key, id) end
      -- Its place may have been given to it since it was taken.
      if member == '' then member = cjson.decode(redis.call('HGET', heads, id))[6] end
    end
    redis.call('ZADD', delivered, when, id)
    writeDown(id, ARGV[at + 3])
    redis.call('HDEL', counted, id)
    advance(subjectQueue, blocked, ready, retry, in_flight, member, when)
  elseif owner and redis.call('ZREM', in_flight, id) == 1 then
    if verdict == 'back' then
      redis.call('ZADD', ready, when, id)
    else
      writeDown(id, ARGV[at + 3])
      if not standsElsewhere(id) then
        if verdict == 'retry' then
          -- An earlier event of its subject may have been recovered since: that one comes first.
          local goes = member == '' or enter(subjectQueue, blocked, ready, retry, member, when)
          redis.call('ZADD', goes and retry or blocked, when, id)
          redis.call('HSET', counted, id, ARGV[at + 5])
        else
          redis.call('ZADD', verdict == 'parked' and parked or failed, when, id)
          redis.call('HDEL', counted, id)
          advance(subjectQueue, blocked, ready, retry, in_flight, member, when)
        end
      end
    end
  end
end
if not owner then return {} end
local now, room = tonumber(time), tonumber(count)
local ids = {}
local function take(id)
  if redis.call('HEXISTS', heads, id) == 0 then
    redis.call('ZREM', in_flight, id)
    return
  end
  ids[#ids + 1] = id
end
local known = {}
for at = known_from + 1, #ARGV do known[ARGV[at]] = true end
for _, id in ipairs(redis.call('ZRANGE', in_flight, 0, -1)) do
  if not known[id] and #ids < room then take(id) end
end
local retries = 0
local function takeDue(key, most, last)
  if most <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', last, 'LIMIT', 0, most)) do
    local byHand = key == retry and redis.call('ZSCORE', ready, id)
    if not byHand and redis.call('ZADD', in_flight, 'NX', now, id) == 1 then
      redis.call('ZREM', key, id)
      take(id)
      if key == retry then retries = retries + 1 end
    elseif key == retry then
      redis.call('ZADD', key, now + 30000, id)
    else
      redis.call('ZREM', key, id)
    end
  end
end
takeDue(retry, math.min(room - #ids, tonumber(late)), now)
takeDue(ready, room - #ids, '+inf')
takeDue(retry, room - #ids, now)
if tonumber(ahead) > 0 and #ids >= room and redis.call('ZCOUNT', retry, '-inf', now) == 0 then
  takeDue(ready, tonumber(ahead), '+inf')
end
local due = ''
for _, key in ipairs({ ready, retry }) do
  local at = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if at and key == ready then at = math.min(tonumber(at), now) end
  if at and (due == '' or tonumber(at) < tonumber(due)) then due = string.format('%.0f', at) end
end
local wakes = redis.call('GET', wakes) or ''
if #ids == 0 then return { wakes, due, {}, {}, {}, {}, {}, 0 } end
local manual = {}
for at = 1, #ids do manual[at] = 0 end
for _, key in ipairs({ retry, blocked, failed, parked, delivered }) do
  for at, score in ipairs(redis.call('ZMSCORE', key, unpack(ids))) do
    if score then manual[at] = 1 end
  end
end
return {
  wakes, due, ids,
  redis.call('HMGET', heads, unpack(ids)),
  redis.call('HMGET', attempts, unpack(ids)),
  redis.call('HMGET', counted, unpack(ids)),
  manual, retries,
}`,
);

export const PARK = defineScript(
  {
    keys: [
      "ready",
      "retry",
      "blocked",
      "parked",
      "failed",
      "delivered",
      "subjectQueue",
      "counted",
      "epoch",
      "heads",
    ],
    args: ["now", "count", "mine"],
  },
  `
if redis.call('GET', epoch) ~= mine then return 0 end
local moved = 0
local room = tonumber(count)
-- Those behind others go first: whatever ends this in between leaves none that nothing would call up any more.
for _, key in ipairs({ blocked, ready, retry }) do
  if moved < room then
    for _, id in ipairs(redis.call('ZRANGE', key, 0, room - moved - 1)) do
      redis.call('ZREM', key, id)
      redis.call('HDEL', counted, id)
      local head = redis.call('HGET', heads, id)
      local member = head and cjson.decode(head)[6] or ''
      if member ~= '' then redis.call('ZREM', subjectQueue, member) end
      if not (redis.call('ZSCORE', failed, id) or redis.call('ZSCORE', delivered, id)) then
        redis.call('ZADD', parked, 'NX', now, id)
      end
      moved = moved + 1
    end
  end
end
return moved`,
);

export const WRITE_HEALTH = defineScript(
  { keys: ["epoch", "health", "wakes"], args: ["state"] },
  `
redis.call('INCR', epoch)
redis.call('SET', health, state)
redis.call('INCR', wakes)
return 1`,
);

export const ADVANCE = defineScript(
  { keys: ["retry"], args: ["by"] },
  `
for _, id in ipairs(redis.call('ZRANGE', retry, 0, -1)) do redis.call('ZINCRBY', retry, by, id) end
return 1`,
);
