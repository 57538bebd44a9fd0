import type { Queue } from "bullmq";
import { z } from "zod";

import { wakeIfAsleep } from "./promote.ts";
import { SCORE_PER_MS } from "./queue-facts.ts";

const COMMAND = "overslept";
/** Jobs looked at in one round: as long as one of them is woken, the next ones are looked at too. */
const MOST = 50;
/** By how much a sleep may look longer than it was meant, ms: two clocks that keep time differ a little. */
const SLACK_MS = 1_000;

/**
 * KEYS delayed · ARGV now beyond prefix most slack place. The place is a part of all that sleep so long: where to begin. BullMQ
 * keeps beside a job for how long it was to sleep: one that has more than that before it was put to sleep by a clock that was ahead.
 */
const SCRIPT = `
local now, per = tonumber(ARGV[1]), ${SCORE_PER_MS}
local from, most = string.format('%.0f', (now + ARGV[2]) * per), tonumber(ARGV[4])
local count = redis.call('ZCOUNT', KEYS[1], from, '+inf')
if count == 0 then return { '0', {} } end
local first = count > most and math.floor(ARGV[6] * count) or 0
local far = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', first, most)
local found = {}
for at = 1, #far, 2 do
  local meant = tonumber(redis.call('HGET', ARGV[3] .. far[at], 'delay') or '0')
  if far[at + 1] / per - now > meant + ARGV[5] then found[#found + 1] = far[at] end
end
return { tostring(first + most < count and (first + most) / count or 0), found }`;

const replySchema = z.tuple([z.coerce.number(), z.array(z.string())]);

/** Where the next look begins, by queue. */
export type Places = Map<string, number>;

/**
 * Wakes the jobs that would sleep longer than they were meant to, because the clock went back since, here or in the process
 * that put them to sleep. Looks at those alone that sleep for longer than `beyondMs`, some in turn. Resolves to how many.
 */
export async function wakeOverslept(queue: Queue, beyondMs: number, places: Places): Promise<number> {
  let woken = 0;
  for (;;) {
    const now = await wakeSome(queue, beyondMs, places);
    woken += now;
    if (now === 0) return woken;
  }
}

async function wakeSome(queue: Queue, beyondMs: number, places: Places): Promise<number> {
  const client = await queue.backend.client;
  client.defineCommand(COMMAND, { numberOfKeys: 1, lua: SCRIPT, readOnly: true });
  const place = places.get(queue.name) ?? 0;
  // The clock by which BullMQ keeps them asleep.
  const given = [queue.toKey("delayed"), Date.now(), beyondMs, queue.toKey(""), MOST, SLACK_MS, place];
  const [next, ids] = replySchema.parse(await client.runCommand(COMMAND, given));
  places.set(queue.name, next);
  const woken = await Promise.all(
    ids.map(async (id) => {
      const job = await queue.getJob(id);
      return job !== undefined && (await wakeIfAsleep(job));
    }),
  );
  return woken.filter(Boolean).length;
}
