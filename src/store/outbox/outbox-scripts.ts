/*
 * The steps of an endpoint's outbox, as Lua: each is atomic, and touches keys of one hash slot. See delivery.ts for the
 * states. A delivery that a person asked for once more stands in `ready`, then `in_flight`, beside the set where it stands.
 */

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

/** KEYS positions heads timeline ready blocked subjectQueue wakes retry · ARGV account position (id head at place)… */
export const ADD = `${SUBJECT_QUEUE}
local added = 0
for at = 3, #ARGV, 4 do
  local id, when, member = ARGV[at], ARGV[at + 2], ARGV[at + 3]
  if redis.call('HSETNX', KEYS[2], id, ARGV[at + 1]) == 1 then
    added = added + 1
    redis.call('ZADD', KEYS[3], when, id)
    local place = KEYS[4]
    if member ~= '' and not enter(KEYS[6], KEYS[5], KEYS[4], KEYS[8], member, when) then place = KEYS[5] end
    redis.call('ZADD', place, when, id)
  end
end
if ARGV[2] ~= '' then
  local function parts(text)
    local ms, n = string.match(text, '(%d+)-(%d+)')
    return tonumber(ms), tonumber(n)
  end
  local current = redis.call('HGET', KEYS[1], ARGV[1]) or '0-0'
  local ms, n = parts(current)
  local nextMs, nextN = parts(ARGV[2])
  if nextMs > ms or (nextMs == ms and nextN > n) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
end
if added > 0 then redis.call('INCR', KEYS[7]) end
return added`;

/** KEYS epoch in_flight ready health heads retry blocked failed parked delivered subjectQueue */
export const OPEN = `${SUBJECT_QUEUE}
local epoch = redis.call('INCR', KEYS[1])
local in_flight = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
redis.call('DEL', KEYS[2])
for at = 1, #in_flight, 2 do
  local id, place = in_flight[at], KEYS[3]
  local rests = false
  for _, key in ipairs({ KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10] }) do
    if redis.call('ZSCORE', key, id) then rests = true end
  end
  local head = redis.call('HGET', KEYS[5], id)
  local member = head and cjson.decode(head)[6] or ''
  if not rests and member ~= '' and not enter(KEYS[11], KEYS[7], KEYS[3], KEYS[6], member, in_flight[at + 1]) then
    place = KEYS[7]
  end
  redis.call('ZADD', place, in_flight[at + 1], id)
end
return { epoch, redis.call('GET', KEYS[4]) }`;

/**
 * KEYS epoch ready retry in_flight failed parked delivered heads attempts counted wakes blocked ·
 * ARGV epoch now count late (id under way)…
 *
 * `late` retries that are due go first, then first attempts, then more retries: each kind takes the room that the other
 * one leaves.
 * What is under way and not known to the worker was claimed by it and never heard of: the connection broke before the answer,
 * and the client asked again. It is handed out now. First attempts are due whatever the clock says (theirs is the log's).
 * A retry that comes due while the same delivery is under way by hand, or about to be, waits a little.
 */
export const CLAIM = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
local now, room = tonumber(ARGV[2]), tonumber(ARGV[3])
local ids, manual = {}, {}
local function take(id)
  if redis.call('HEXISTS', KEYS[8], id) == 0 then
    redis.call('ZREM', KEYS[4], id)
    return
  end
  local stands = redis.call('ZSCORE', KEYS[3], id) or redis.call('ZSCORE', KEYS[5], id)
    or redis.call('ZSCORE', KEYS[6], id) or redis.call('ZSCORE', KEYS[7], id) or redis.call('ZSCORE', KEYS[12], id)
  ids[#ids + 1] = id
  manual[#ids] = stands and 1 or 0
end
local known = {}
for at = 5, #ARGV do known[ARGV[at]] = true end
for _, id in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
  if not known[id] and #ids < room then take(id) end
end
local retries = 0
local function takeDue(key, most, last)
  if most <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', last, 'LIMIT', 0, most)) do
    local byHand = key == KEYS[3] and redis.call('ZSCORE', KEYS[2], id)
    if not byHand and redis.call('ZADD', KEYS[4], 'NX', now, id) == 1 then
      redis.call('ZREM', key, id)
      take(id)
      if key == KEYS[3] then retries = retries + 1 end
    elseif key == KEYS[3] then
      redis.call('ZADD', key, now + 30000, id)
    else
      redis.call('ZREM', key, id)
    end
  end
end
takeDue(KEYS[3], math.min(room - #ids, tonumber(ARGV[4])), now)
takeDue(KEYS[2], room - #ids, '+inf')
takeDue(KEYS[3], room - #ids, now)
local due = ''
for _, key in ipairs({ KEYS[2], KEYS[3] }) do
  local at = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if at and key == KEYS[2] then at = math.min(tonumber(at), now) end
  if at and (due == '' or tonumber(at) < tonumber(due)) then due = string.format('%.0f', at) end
end
local wakes = redis.call('GET', KEYS[11]) or ''
if #ids == 0 then return { wakes, due, {}, {}, {}, {}, {}, 0 } end
return {
  wakes, due, ids,
  redis.call('HMGET', KEYS[8], unpack(ids)),
  redis.call('HMGET', KEYS[9], unpack(ids)),
  redis.call('HMGET', KEYS[10], unpack(ids)),
  manual, retries,
}`;

/**
 * KEYS epoch ready retry in_flight blocked failed parked delivered subjectQueue attempts counted health heads erased ·
 * ARGV epoch health (id verdict at attempts place counted)…
 * What has been removed meanwhile stays so. A failure counts of what is under way alone: somebody else may have delivered
 * it since, and told so. What the receiver said of an erased event is not written down.
 */
export const SETTLE = `${SUBJECT_QUEUE}
local owner = redis.call('GET', KEYS[1]) == ARGV[1]
if owner and ARGV[2] ~= '' then redis.call('SET', KEYS[12], ARGV[2]) end
local function standsElsewhere(id)
  for _, key in ipairs({ KEYS[3], KEYS[5], KEYS[6], KEYS[7], KEYS[8] }) do
    if redis.call('ZSCORE', key, id) then return true end
  end
end
local function writeDown(id, attempts)
  if redis.call('SISMEMBER', KEYS[14], id) == 0 then redis.call('HSET', KEYS[10], id, attempts) end
end
for at = 3, #ARGV, 6 do
  local id, verdict, when, member = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
  if redis.call('HEXISTS', KEYS[13], id) == 0 then
    redis.call('ZREM', KEYS[4], id)
  elseif verdict == 'delivered' then
    for place = 2, 7 do redis.call('ZREM', KEYS[place], id) end
    redis.call('ZADD', KEYS[8], when, id)
    writeDown(id, ARGV[at + 3])
    redis.call('HDEL', KEYS[11], id)
    advance(KEYS[9], KEYS[5], KEYS[2], KEYS[3], KEYS[4], member, when)
  elseif owner and redis.call('ZREM', KEYS[4], id) == 1 then
    writeDown(id, ARGV[at + 3])
    if not standsElsewhere(id) then
      if verdict == 'retry' then
        -- An earlier event of its subject may have been recovered since: that one comes first.
        local goes = member == '' or enter(KEYS[9], KEYS[5], KEYS[2], KEYS[3], member, when)
        redis.call('ZADD', goes and KEYS[3] or KEYS[5], when, id)
        redis.call('HSET', KEYS[11], id, ARGV[at + 5])
      else
        redis.call('ZADD', verdict == 'parked' and KEYS[7] or KEYS[6], when, id)
        redis.call('HDEL', KEYS[11], id)
        advance(KEYS[9], KEYS[5], KEYS[2], KEYS[3], KEYS[4], member, when)
      end
    end
  end
end
return 1`;

/** KEYS ready retry blocked parked failed delivered subjectQueue counted epoch heads · ARGV now count epoch */
export const PARK = `
if redis.call('GET', KEYS[9]) ~= ARGV[3] then return 0 end
local moved = 0
local room = tonumber(ARGV[2])
-- Those behind others go first: whatever ends this in between leaves none that nothing would call up any more.
for _, key in ipairs({ KEYS[3], KEYS[1], KEYS[2] }) do
  if moved < room then
    for _, id in ipairs(redis.call('ZRANGE', key, 0, room - moved - 1)) do
      redis.call('ZREM', key, id)
      redis.call('HDEL', KEYS[8], id)
      local head = redis.call('HGET', KEYS[10], id)
      local member = head and cjson.decode(head)[6] or ''
      if member ~= '' then redis.call('ZREM', KEYS[7], member) end
      if not (redis.call('ZSCORE', KEYS[5], id) or redis.call('ZSCORE', KEYS[6], id)) then
        redis.call('ZADD', KEYS[4], 'NX', ARGV[1], id)
      end
      moved = moved + 1
    end
  end
end
return moved`;

/** KEYS epoch health wakes · ARGV health */
export const WRITE_HEALTH = `
redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('INCR', KEYS[3])
return 1`;

/** KEYS retry · ARGV by */
export const ADVANCE = `
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZINCRBY', KEYS[1], ARGV[1], id) end
return 1`;
