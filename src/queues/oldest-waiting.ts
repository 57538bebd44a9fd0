import type { Queue } from "bullmq";
import { z } from "zod";

/**
 * How far back the queue's own events are looked through. A job makes about three of them a turn; where more jobs wait than
 * are found here, the answer is younger than the truth.
 */
const EVENTS_LOOKED_AT = 2_000;

const COMMAND = "oldestWaiting";

/**
 * KEYS wait events · ARGV count prefix. Ours live for ever and sleep in between, so when a job was made says nothing of how
 * long it has waited: its last event `waiting` does. The list is taken from at its end.
 */
const SCRIPT = `
local id = redis.call('LINDEX', KEYS[1], -1)
if not id then return false end
local entries = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', ARGV[1])
for _, entry in ipairs(entries) do
  local fields, event, job = entry[2], '', ''
  for at = 1, #fields, 2 do
    if fields[at] == 'event' then event = fields[at + 1] end
    if fields[at] == 'jobId' then job = fields[at + 1] end
  end
  if event == 'waiting' and job == id then return entry[1] end
end
if #entries == tonumber(ARGV[1]) then return entries[#entries][1] end
return redis.call('HGET', ARGV[2] .. id, 'timestamp')`;

const replySchema = z.string().nullish();

/** Since when the first of the jobs that could run now has waited for a worker, unix ms; undefined: none waits. */
export async function readOldestWaiting(queue: Queue): Promise<number | undefined> {
  const client = await queue.backend.client;
  client.defineCommand(COMMAND, { numberOfKeys: 2, lua: SCRIPT, readOnly: true });
  const names = [queue.toKey("wait"), queue.toKey("events")];
  const reply = await client.runCommand(COMMAND, [...names, EVENTS_LOOKED_AT, queue.toKey("")]);
  const [ms] = replySchema.parse(reply)?.split("-") ?? [];
  return ms === undefined ? undefined : Number(ms);
}
