import type { Redis } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/**
 * How many bytes of Redis a token has left behind in the last day: lines of the audit log, kept answers, recoveries. What it makes
 * and can take away again (endpoints) has bounds of its own. Whoever lets a subscriber leave something behind notes it here.
 */
export interface KeptBytes {
  note(token: string, bytes: number): Promise<void>;
  /** Undefined: there is room for more. Otherwise when there will be, unix ms. */
  fullUntil(token: string): Promise<number | undefined>;
}

/** Of one token in a day: some 20,000 changes. */
export const MOST_KEPT_BYTES = 4 * 1_024 * 1_024;

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** KEYS kept · ARGV hour bytes. A part of the scripts that leave something behind in the same slot. */
export const NOTE_KEPT = `
local function noteKept(key, hour, bytes)
  redis.call('HINCRBY', key, hour, bytes)
  redis.call('PEXPIRE', key, ${(DAY_HOURS + 1) * HOUR_MS})
  if redis.call('HLEN', key) <= ${DAY_HOURS + 1} then return end
  for _, known in ipairs(redis.call('HKEYS', key)) do
    if tonumber(known) <= tonumber(hour) - ${DAY_HOURS} then redis.call('HDEL', key, known) end
  end
end`;
const NOTE = defineScript(
  { keys: ["kept"], args: ["hour", "bytes"] },
  `${NOTE_KEPT}
noteKept(kept, hour, bytes)
return 1`,
);

/** Which hour it is. */
export function hourOf(now: number): number {
  return Math.floor(now / HOUR_MS);
}

export function createKeptBytes(redis: Redis, keys: Pick<Keys, "kept">, now: () => number): KeptBytes {
  return {
    async note(token, bytes) {
      await NOTE.run(redis, {
        keys: { kept: keys.kept(token) },
        args: { hour: hourOf(now()), bytes: Math.ceil(bytes) },
      });
    },

    async fullUntil(token) {
      const hour = hourOf(now());
      const hours = Object.entries(await redis.hgetall(keys.kept(token)))
        .map(([at, bytes]) => ({ at: Number(at), bytes: Number(bytes) }))
        .filter(({ at }) => at > hour - DAY_HOURS)
        .toSorted((left, right) => left.at - right.at);
      let left = hours.reduce((sum, { bytes }) => sum + bytes, 0);
      if (left < MOST_KEPT_BYTES) return undefined;
      for (const { at, bytes } of hours) {
        left -= bytes;
        // Hours that a clock which was set back has not come to yet are counted, and go no later than a day from now.
        if (left < MOST_KEPT_BYTES) return (Math.min(at, hour) + DAY_HOURS) * HOUR_MS;
      }
      return (hour + DAY_HOURS) * HOUR_MS;
    },
  };
}
