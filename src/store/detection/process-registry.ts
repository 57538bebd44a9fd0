import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import { parseJson } from "../../shared/parse-json.ts";
import type { Keys } from "../redis/keys.ts";
import { readRedisTime } from "../redis/redis-facts.ts";
import { defineScript } from "../redis/script.ts";

const processSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  roles: z.array(z.string()),
  version: z.string(),
  node: z.string(),
  startedAt: z.number(),
  memoryBytes: z.number(),
  loopDelayMs: z.number(),
  accounts: z.array(z.string()).optional(),
  endpoints: z.array(z.string()).optional(),
  sealsWith: z.string().optional(),
});

/** What a process of the service says of itself. */
export interface ProcessFacts {
  /** Another one at every start. */
  readonly id: string;
  /** Name of its machine. */
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly string[];
  /** Of the release. */
  readonly version: string;
  /** Of Node.js, without the `v`. */
  readonly node: string;
  /** Unix ms. */
  readonly startedAt: number;
  /** Resident memory. */
  readonly memoryBytes: number;
  /** How late its timers were since it last said so, ms, the 99th percentile. */
  readonly loopDelayMs: number;
  /** Those that its configuration names; undefined: an older release does not say. */
  readonly accounts?: readonly string[] | undefined;
  /** The same of endpoints. */
  readonly endpoints?: readonly string[] | undefined;
  /** Id of the encryption key that it seals with; undefined: as above. */
  readonly sealsWith?: string | undefined;
}

export interface SeenProcess extends ProcessFacts {
  /** When it last said so, unix ms by the clock of Redis: processes need not agree on the time. */
  readonly seenAt: number;
  /** How long ago that was, ms by the same clock. */
  readonly silentMs: number;
}

/** The processes that work on this Redis. One that says nothing for a minute is gone from here, however it ended. */
export interface ProcessRegistry {
  say(facts: ProcessFacts): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those heard of in the last minute, who spoke last first. */
  list(): Promise<readonly SeenProcess[]>;
}

/** For a person. */
export function describeProcess({ host, pid }: Pick<ProcessFacts, "host" | "pid">): string {
  return `process ${pid} on ${host}`;
}

/** How long a process is believed without a word. */
export const SILENT_AFTER_MS = 60_000;

/** A service that starts and dies over and over leaves nothing behind: both keys lapse, and the list is cut at each word. */
const SAY = defineScript(
  { keys: ["processes", "process"], args: ["id", "facts", "silent"] },
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', process, facts, 'PX', silent)
redis.call('ZADD', processes, now, id)
redis.call('ZREMRANGEBYSCORE', processes, '-inf', now - silent)
-- Redis's clock went back: whoever still lives says so again.
redis.call('ZREMRANGEBYSCORE', processes, now + 1, '+inf')
redis.call('PEXPIRE', processes, silent)
return 1`,
);

const REMOVE = defineScript(
  { keys: ["processes", "process"], args: ["id"] },
  `
redis.call('DEL', process)
return redis.call('ZREM', processes, id)`,
);

export function createProcessRegistry(
  redis: Redis,
  keys: Pick<Keys, "clock" | "process" | "processes">,
): ProcessRegistry {
  return {
    async say(facts) {
      await SAY.run(redis, {
        keys: { processes: keys.processes, process: keys.process(facts.id) },
        args: { id: facts.id, facts: JSON.stringify(facts), silent: SILENT_AFTER_MS },
      });
    },

    async remove(id) {
      await REMOVE.run(redis, {
        keys: { processes: keys.processes, process: keys.process(id) },
        args: { id },
      });
    },

    async list() {
      const [now, ranked] = await Promise.all([
        readRedisTime(redis, keys),
        redis.zrevrange(keys.processes, 0, -1, "WITHSCORES"),
      ]);
      const seen = ranked.flatMap((id, at) => (at % 2 === 0 ? [{ id, seenAt: Number(ranked[at + 1]) }] : []));
      if (seen.length === 0) return [];
      const texts = await redis.mget(seen.map(({ id }) => keys.process(id)));
      return seen.flatMap(({ seenAt }, index) => {
        // Null: it has lapsed. Another shape: an older release runs beside this one.
        const parsed = processSchema.safeParse(parseJson(texts[index] ?? ""));
        return parsed.success
          ? [{ ...parsed.data, seenAt, silentMs: Math.max(0, Math.round(now - seenAt)) }]
          : [];
      });
    },
  };
}
