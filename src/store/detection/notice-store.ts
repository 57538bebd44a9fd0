import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

const toldSchema = z.object({ state: z.string(), at: z.number(), since: z.number().optional() });
type Told = z.infer<typeof toldSchema>;

/** What people were told last, by thing: names of accounts and endpoints, words of ours and times. */
export interface NoticeStore {
  /** Undefined: another process looks after it now. */
  take(holder: string): Promise<ReadonlyMap<string, Told> | undefined>;
  /** Writes it down, and lets others look. */
  put(holder: string, told: ReadonlyMap<string, Told>): Promise<void>;
}

/** A process that ended in between is waited for so long: the longest that telling takes. */
const HELD_MS = 120_000;

const TAKE = defineScript(
  { keys: ["told", "holder"], args: ["mine", "ttl"] },
  `
if redis.call('SET', holder, mine, 'NX', 'PX', ttl) == false then return false end
return redis.call('HGETALL', told)`,
);

/** More: (name, state)… */
const PUT = defineScript(
  { keys: ["told", "holder"], args: ["mine"] },
  `
if redis.call('GET', holder) ~= mine then return 0 end
redis.call('DEL', told, holder)
for at = MORE + 1, #ARGV, 2 do redis.call('HSET', told, ARGV[at], ARGV[at + 1]) end
return 1`,
);

export function createNoticeStore(redis: Redis, keys: Pick<Keys, "notices" | "noticesHolder">): NoticeStore {
  const scope = { told: keys.notices, holder: keys.noticesHolder };
  return {
    async take(holder) {
      const reply = await TAKE.run(redis, { keys: scope, args: { mine: holder, ttl: HELD_MS } });
      if (!Array.isArray(reply)) return undefined;
      const fields = reply.map(String);
      return new Map(
        fields.flatMap((name, index) => {
          const known = index % 2 === 0 ? parse(fields[index + 1] ?? "") : undefined;
          return known ? [[name, known] as const] : [];
        }),
      );
    },
    async put(holder, told) {
      const more = [...told].flatMap(([name, state]) => [name, JSON.stringify(state)]);
      await PUT.run(redis, { keys: scope, args: { mine: holder }, more });
    },
  };
}

/** What cannot be read counts as not told. */
function parse(text: string): Told | undefined {
  try {
    return toldSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
