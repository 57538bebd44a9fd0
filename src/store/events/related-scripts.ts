import { HOME, ZONE } from "../../diff/related.ts";

/**
 * What an event's record led to when it was committed, as parts of the scripts that write and remove events: with the event it
 * is kept, and with the event it goes.
 *
 * `related` (hash): event id to `name=version` for each link, with spaces between; a version is `resource/id/` and the first
 * half of the snapshot's fingerprint, or `-` where the record is known to be deleted. A link whose record was never read is left
 * out. `versions` (hash): version to the snapshot's own bytes: many events name one. `uses` (hash): version to how many do; with
 * the last of them it goes.
 */

/** Stands in front where refusing the clinic's privacy policy holds back what is about a patient. */
export const CONSENT = "@consent";

/**
 * Functions `relate(related, versions, uses, from)` and `release(…, event)`. The first reads arguments from that place on:
 * how many events, and of each its id, what stands in front, how many links, and of each name, resource, id and at which of the
 * further keys the resource's snapshots are; its deleted ones are at the next. Of links of one name the first that is known
 * counts. The first two of the further keys are the snapshots of businesses and of users: the place that stands in where no link
 * leads to a time zone. It answers where the arguments go on.
 */
export const RELATED = `
local function hexOf(bytes)
  return (string.gsub(bytes, '.', function(one) return string.format('%02x', string.byte(one)) end))
end
local function leastOf(ids)
  local least
  for _, id in ipairs(ids) do
    if not least or #id < #least or (#id == #least and id < least) then least = id end
  end
  return least
end
local function keep(versions, uses, resource, id, bytes)
  local version = resource .. '/' .. id .. '/' .. hexOf(string.sub(bytes, 11, 18))
  redis.call('HSETNX', versions, version, bytes)
  redis.call('HINCRBY', uses, version, 1)
  return version
end
local function relate(related, versions, uses, from)
  local at, count = from + 1, tonumber(ARGV[from])
  for _ = 1, count do
    local event, parts, last, zoned = ARGV[at], {}, '', false
    local isNew = redis.call('HEXISTS', related, event) == 0
    if ARGV[at + 1] ~= '' then parts[1] = ARGV[at + 1] end
    local links = tonumber(ARGV[at + 2])
    at = at + 3
    for _ = 1, isNew and links or 0 do
      local name, resource, id = ARGV[at], ARGV[at + 1], ARGV[at + 2]
      local key = MORE_KEYS + tonumber(ARGV[at + 3])
      if name ~= last and not (name == '${ZONE}' and zoned) then
        local bytes = redis.call('HGET', KEYS[key], id)
        if bytes then
          parts[#parts + 1], last = name .. '=' .. keep(versions, uses, resource, id, bytes), name
          zoned = zoned or resource == 'businesses'
        elseif redis.call('HEXISTS', KEYS[key + 1], id) == 1 then parts[#parts + 1], last = name .. '=-', name end
      end
      at = at + 4
    end
    if not isNew then at = at + 4 * links end
    for home, resource in ipairs(isNew and not zoned and { 'businesses', 'users' } or {}) do
      local id = not zoned and leastOf(redis.call('HKEYS', KEYS[MORE_KEYS + home]))
      local bytes = id and redis.call('HGET', KEYS[MORE_KEYS + home], id)
      if bytes then parts[#parts + 1], zoned = '${HOME}=' .. keep(versions, uses, resource, id, bytes), true end
    end
    if #parts > 0 then redis.call('HSET', related, event, table.concat(parts, ' ')) end
  end
  return at
end
local function release(related, versions, uses, event)
  local parts = redis.call('HGET', related, event)
  if not parts then return end
  redis.call('HDEL', related, event)
  for version in string.gmatch(parts, '=([^ ]+/[^ ]+/%x+)') do
    if redis.call('HINCRBY', uses, version, -1) <= 0 then
      redis.call('HDEL', uses, version)
      redis.call('HDEL', versions, version)
    end
  end
end`;
