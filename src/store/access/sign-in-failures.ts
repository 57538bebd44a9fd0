import type { Redis } from "ioredis";

import type { Keys } from "../redis/keys.ts";

/** Failed sign-ins of one minute, of all processes. */
export interface FailedMinute {
  /** Of the Unix epoch. */
  readonly minute: number;
  /** Whatever was shown. */
  readonly times: number;
  /** Of those, what may have been guesses. */
  readonly guesses: number;
}

/** How many sign-ins fail, for the other processes and for whoever asks how all is: an hour of it, and no address. */
export interface SignInFailures {
  /** Resolves to what is counted of this minute now. */
  add(failed: FailedMinute): Promise<FailedMinute>;
  /** Of the last hour, the oldest first. */
  read(): Promise<readonly FailedMinute[]>;
}

const KEPT_MINUTES = 60;

/** KEYS failures · ARGV minute times guesses kept-minutes */
const ADD = `
local times = redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':times', ARGV[2])
local guesses = redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':guesses', ARGV[3])
if redis.call('HLEN', KEYS[1]) > 2 * ARGV[4] then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    local minute = tonumber(string.match(field, '^(%d+):'))
    if minute == nil or math.abs(ARGV[1] - minute) >= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], field) end
  end
end
redis.call('EXPIRE', KEYS[1], 60 * ARGV[4])
return { times, guesses }`;

export function createSignInFailures(
  redis: Redis,
  keys: Pick<Keys, "signInFailures">,
  now: () => number,
): SignInFailures {
  return {
    async add({ minute, times, guesses }) {
      const given = [minute, times, guesses, KEPT_MINUTES];
      const reply: unknown = await redis.eval(ADD, 1, keys.signInFailures, ...given);
      const [allTimes, allGuesses] = Array.isArray(reply) ? reply.map(Number) : [];
      return { minute, times: allTimes ?? times, guesses: allGuesses ?? guesses };
    },

    async read() {
      const fields = await redis.hgetall(keys.signInFailures);
      const present = Math.floor(now() / 60_000);
      const minutes = new Set(Object.keys(fields).map((field) => Number(field.split(":")[0])));
      return [...minutes]
        .filter((minute) => minute <= present && present - minute < KEPT_MINUTES)
        .toSorted((left, right) => left - right)
        .map((minute) => ({
          minute,
          times: Number(fields[`${minute}:times`] ?? 0),
          guesses: Number(fields[`${minute}:guesses`] ?? 0),
        }));
    },
  };
}
