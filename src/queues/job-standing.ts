import type { Queue } from "bullmq";
import { z } from "zod";

import { SCORE_PER_MS } from "./queue-facts.ts";

/**
 * Where a job of ours is, each of which lives for ever. missing: it is gone, or left in a shape in which no worker will
 * ever find it · failed: given up for good, which none of ours should be.
 */
export interface JobStanding {
  readonly job: "asleep" | "running" | "waiting" | "failed" | "missing";
  /** When it wakes, unix ms; undefined: it does not sleep. */
  readonly nextAt: number | undefined;
  /** When it was made, unix ms; undefined: there is none. */
  readonly madeAt?: number | undefined;
}

/** Jobs looked at in one step, so that Redis is not kept from others. */
const AT_ONCE = 500;

const COMMAND = "jobStandings";
const SLEEPS = "jobSleeps";

/**
 * KEYS delayed active wait paused prioritized failed · ARGV prefix clear id… A job of which nobody knows when it was made is none: it is what is left
 * when its hash was removed while somebody counted in it. With `clear` what is missing or failed leaves nothing behind, so that it can be
 * made anew; one that a worker holds at this moment is left to it.
 */
const SCRIPT = `
local delayed, active, wait, paused, prioritized, failed = unpack(KEYS)
local listed = {}
for _, list in ipairs({ wait, paused }) do
  for _, id in ipairs(redis.call('LRANGE', list, 0, -1)) do listed[id] = 'waiting' end
end
for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do listed[id] = 'running' end
local scores = #ARGV > 2 and redis.call('ZMSCORE', delayed, unpack(ARGV, 3))
local reply = {}
for at = 3, #ARGV do
  local id = ARGV[at]
  local hash = ARGV[1] .. id
  local standing, score = 'missing', false
  local madeAt = redis.call('HGET', hash, 'timestamp')
  if madeAt then
    score = scores[at - 2]
    if score then standing = 'asleep'
    elseif listed[id] then standing = listed[id]
    elseif redis.call('ZSCORE', prioritized, id) then standing = 'waiting'
    elseif redis.call('ZSCORE', failed, id) then standing = 'failed' end
  elseif redis.call('EXISTS', hash .. ':lock') == 1 then standing = 'running' end
  if ARGV[2] == '1' and (standing == 'missing' or standing == 'failed') then
    for _, list in ipairs({ active, wait, paused }) do redis.call('LREM', list, 0, id) end
    for _, set in ipairs({ delayed, prioritized, failed }) do redis.call('ZREM', set, id) end
    redis.call('DEL', hash, hash .. ':lock')
  end
  reply[#reply + 1] = standing
  reply[#reply + 1] = score or ''
  reply[#reply + 1] = standing ~= 'missing' and madeAt or ''
end
return reply`;

const standingSchema = z.enum(["asleep", "running", "waiting", "failed", "missing"]);
const replySchema = z.array(z.string());
const sleepsSchema = z.array(z.string().nullable());

/** How the jobs of these ids stand, in their order. Changes nothing. */
export async function readStandings(queue: Queue, ids: readonly string[]): Promise<JobStanding[]> {
  return await run(queue, ids, false);
}

/** The score of each that sleeps, in their order: no two sleeps of a job have the same. Null: it does not sleep. */
export async function readSleeps(queue: Queue, ids: readonly string[]): Promise<(string | null)[]> {
  const client = await queue.backend.client;
  client.defineCommand(SLEEPS, {
    numberOfKeys: 1,
    lua: "return redis.call('ZMSCORE', KEYS[1], unpack(ARGV))",
  });
  const found: (string | null)[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const reply = await client.runCommand(SLEEPS, [
      queue.toKey("delayed"),
      ...ids.slice(from, from + AT_ONCE),
    ]);
    found.push(...sleepsSchema.parse(reply));
  }
  return found;
}

/** Those of the ids that nobody would work on again. What is left of them is removed: add them anew. */
export async function clearLost(queue: Queue, ids: readonly string[]): Promise<string[]> {
  const standings = await run(queue, ids, true);
  return ids.filter((_, index) => {
    const job = standings[index]?.job;
    return job === "missing" || job === "failed";
  });
}

async function run(queue: Queue, ids: readonly string[], clear: boolean): Promise<JobStanding[]> {
  const client = await queue.backend.client;
  client.defineCommand(COMMAND, { numberOfKeys: 6, lua: SCRIPT });
  const names = ["delayed", "active", "wait", "paused", "prioritized", "failed"].map((name) =>
    queue.toKey(name),
  );
  const found: JobStanding[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    const given = [...names, queue.toKey(""), clear ? "1" : "0", ...some];
    const reply = replySchema.parse(await client.runCommand(COMMAND, given));
    for (const [index] of some.entries()) {
      const [standing, score, madeAt] = reply.slice(index * 3, index * 3 + 3);
      found.push({
        job: standingSchema.parse(standing),
        nextAt: score ? Math.floor(Number(score) / SCORE_PER_MS) : undefined,
        madeAt: madeAt ? Number(madeAt) : undefined,
      });
    }
  }
  return found;
}
