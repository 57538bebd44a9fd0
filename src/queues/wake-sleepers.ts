import type { Queue } from "bullmq";
import { z } from "zod";

import { wakeIfAsleep } from "./promote.ts";
import { SCORE_PER_MS } from "./queue-facts.ts";

const COMMAND = "overslept";
/** Jobs woken in one round: the next one finds the others. */
const MOST = 1_000;
/** By how much a sleep may look longer than it was meant, ms: two clocks that keep time differ a little. */
const SLACK_MS = 1_000;

/**
 * KEYS delayed · ARGV now beyond prefix most slack. BullMQ keeps beside a job for how long it was to sleep: one that has more
 * than that before it was put to sleep by a clock that was ahead.
 */
const SCRIPT = `
local now, per = tonumber(ARGV[1]), ${SCORE_PER_MS}
local far = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', (now + ARGV[2]) * per), '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[4])
local found = {}
for at = 1, #far, 2 do
  local meant = tonumber(redis.call('HGET', ARGV[3] .. far[at], 'delay') or '0')
  if far[at + 1] / per - now > meant + ARGV[5] then found[#found + 1] = far[at] end
end
return found`;

/**
 * Wakes the jobs that would sleep longer than they were meant to, because the clock went back since, here or in the process
 * that put them to sleep. Looks at those alone that sleep for longer than `beyondMs`. Resolves to how many.
 */
export async function wakeOverslept(queue: Queue, beyondMs: number): Promise<number> {
  const client = await queue.backend.client;
  client.defineCommand(COMMAND, { numberOfKeys: 1, lua: SCRIPT, readOnly: true });
  // The clock by which BullMQ keeps them asleep.
  const given = [queue.toKey("delayed"), Date.now(), beyondMs, queue.toKey(""), MOST, SLACK_MS];
  const ids = z.array(z.string()).parse(await client.runCommand(COMMAND, given));
  const woken = await Promise.all(
    ids.map(async (id) => {
      const job = await queue.getJob(id);
      return job !== undefined && (await wakeIfAsleep(job));
    }),
  );
  return woken.filter(Boolean).length;
}
