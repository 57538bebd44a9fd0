import { defineScript } from "../redis/script.ts";
import { RELATED } from "./related-scripts.ts";

/**
 * What keeps an account's log findable by event id and by record, as parts of the scripts that write the log: an entry and its
 * index appear and go in one step, or not at all.
 *
 * `places` (hash): event id to its place in the log. `trails` (hash): `subject/record` to the places of its events, ascending,
 * at most `MOST_TRAIL` of them (a place of zeros in front says that there were more), and `count`, how many entries are indexed.
 * As long as that is the log's own length, the index is whole. `next` and `until` are there while it is made for entries of a
 * release that had none: from where on, and up to where. A place is 10 bytes: milliseconds and serial, big-endian.
 */
export const PLACE_BYTES = 10;
/** Events of one record that the index names: more than are shown at once. The oldest go first. */
export const MOST_TRAIL = 500;

/** Functions `add(places, trails, position, event, subject, record)` and `drop(…)`. */
export const LOG_INDEX = `
local SIZE, MOST = ${PLACE_BYTES}, ${MOST_TRAIL * PLACE_BYTES}
local FIRST = struct.pack('>I6I4', 0, 0)
local function pack(position)
  local ms, serial = string.match(position, '^(%d+)-(%d+)$')
  return struct.pack('>I6I4', tonumber(ms), tonumber(serial))
end
local function isBefore(left, right)
  local leftMs, leftSerial = struct.unpack('>I6I4', left)
  local rightMs, rightSerial = struct.unpack('>I6I4', right)
  if leftMs ~= rightMs then return leftMs < rightMs end
  return leftSerial < rightSerial
end
local function add(places, trails, position, event, subject, record)
  local place, name = pack(position), subject .. '/' .. record
  redis.call('HSET', places, event, place)
  redis.call('HINCRBY', trails, 'count', 1)
  local trail = redis.call('HGET', trails, name) or ''
  local at = #trail
  while at > 0 and isBefore(place, string.sub(trail, at - SIZE + 1, at)) do at = at - SIZE end
  trail = string.sub(trail, 1, at) .. place .. string.sub(trail, at + 1)
  local from = string.sub(trail, 1, SIZE) == FIRST and SIZE + 1 or 1
  if #trail - from + 1 > MOST then trail = FIRST .. string.sub(trail, from + SIZE) end
  redis.call('HSET', trails, name, trail)
end
local function drop(places, trails, position, event, subject, record)
  local place, name = pack(position), subject .. '/' .. record
  local known = redis.call('HGET', places, event) == place
  if known then redis.call('HDEL', places, event) end
  local trail = redis.call('HGET', trails, name) or ''
  for at = 1, #trail, SIZE do
    if string.sub(trail, at, at + SIZE - 1) == place then
      known, trail = true, string.sub(trail, 1, at - 1) .. string.sub(trail, at + SIZE)
      break
    end
  end
  if known then redis.call('HINCRBY', trails, 'count', -1) end
  if trail == '' or trail == FIRST then redis.call('HDEL', trails, name)
  else redis.call('HSET', trails, name, trail) end
end`;

/** Whether every entry of the log is indexed. */
const IS_WHOLE = `
local function isWhole(log, trails)
  return redis.call('XLEN', log) == tonumber(redis.call('HGET', trails, 'count') or 0)
end`;

/** Answers: whole, and the entry if there is one. */
export const FIND_BY_ID = defineScript(
  { keys: ["log", "places", "trails"], args: ["event"] },
  `${IS_WHOLE}
local whole = isWhole(log, trails) and 1 or 0
local place = redis.call('HGET', places, event)
if not place then return { whole, {} } end
local ms, serial = struct.unpack('>I6I4', place)
local position = string.format('%.0f-%.0f', ms, serial)
return { whole, redis.call('XRANGE', log, position, position) }`,
);

/** `name`: subject/record. Answers: whole, and the record's trail. */
export const FIND_TRAIL = defineScript(
  { keys: ["log", "trails"], args: ["name"] },
  `${IS_WHOLE}
return { isWhole(log, trails) and 1 or 0, redis.call('HGET', trails, name) or '' }`,
);

/**
 * Answers: 'whole' · 'begun' · 'more'. Whoever calls it carries on where the last one stopped. What
 * is committed meanwhile indexes itself.
 */
export const INDEX_BATCH = defineScript(
  { keys: ["log", "places", "trails"], args: ["batch"] },
  `${LOG_INDEX}${IS_WHOLE}
local from, answer = redis.call('HGET', trails, 'next'), 'more'
if not from then
  if isWhole(log, trails) then return 'whole' end
  redis.call('UNLINK', places, trails)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if not last then return 'whole' end
  from, answer = '-', 'begun'
  redis.call('HSET', trails, 'until', last[1])
end
local rows = redis.call('XRANGE', log, from, redis.call('HGET', trails, 'until'), 'COUNT', batch)
for _, row in ipairs(rows) do
  local fields = {}
  for at = 1, #row[2], 2 do fields[row[2][at]] = row[2][at + 1] end
  add(places, trails, row[1], fields.event or '', fields.subject or '', fields.record or '')
end
if #rows < tonumber(batch) then redis.call('HDEL', trails, 'next', 'until')
else redis.call('HSET', trails, 'next', '(' .. rows[#rows][1]) end
return answer`,
);

/** Those of (position event subject record)… */
export const TRIM_ENTRIES = defineScript(
  { keys: ["log", "bodies", "places", "trails", "related", "versions", "uses"] },
  `${LOG_INDEX}${RELATED}
for at = 1, #ARGV, 4 do
  drop(places, trails, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
  redis.call('HDEL', bodies, ARGV[at + 1])
  release(related, versions, uses, ARGV[at + 1])
  redis.call('XDEL', log, ARGV[at])
end
return 1`,
);
