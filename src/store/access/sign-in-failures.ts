import type { Redis } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

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

const ADD = defineScript(
  { keys: ["failures"], args: ["present", "more_times", "more_guesses", "kept"] },
  `
local times = redis.call('HINCRBY', failures, present .. ':times', more_times)
local guesses = redis.call('HINCRBY', failures, present .. ':guesses', more_guesses)
if redis.call('HLEN', failures) > 2 * kept then
  for _, field in ipairs(redis.call('HKEYS', failures)) do
    local minute = tonumber(string.match(field, '^(%d+):'))
    if minute == nil or math.abs(present - minute) >= tonumber(kept) then redis.call('HDEL', failures, field) end
  end
end
redis.call('EXPIRE', failures, 60 * kept)
return { times, guesses }`,
);

export function createSignInFailures(
  redis: Redis,
  keys: Pick<Keys, "signInFailures">,
  now: () => number,
): SignInFailures {
  return {
    async add({ minute, times, guesses }) {
      const reply = await ADD.run(redis, {
        keys: { failures: keys.signInFailures },
        args: { present: minute, more_times: times, more_guesses: guesses, kept: KEPT_MINUTES },
      });
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
