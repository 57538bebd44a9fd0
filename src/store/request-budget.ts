import { createHash } from "node:crypto";

import type { Redis } from "ioredis";

import type { RequestBudget } from "../cliniko/budget.ts";
import type { Secret } from "../config/secret.ts";
import type { Keys } from "./keys.ts";

/** Requests that may follow each other without a pause after a quiet spell. */
const BURST = 5;

/**
 * A token bucket as one number: the time at which the bucket would be empty again (GCRA). All times are Redis's own
 * clock, so that workers on machines with different clocks share one budget.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if blocked > now then return blocked - now end
local gap = tonumber(ARGV[1])
local emptyAt = math.max(tonumber(redis.call('HGET', KEYS[1], 'empty_at') or '0'), now)
local wait = emptyAt + gap - now - gap * tonumber(ARGV[2])
if wait > 0 then return math.ceil(wait) end
redis.call('HSET', KEYS[1], 'empty_at', emptyAt + gap)
redis.call('HINCRBY', KEYS[1], 'taken', 1)
redis.call('PEXPIRE', KEYS[1], 3600000)
return 0`;

const BLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local untilTime = now + tonumber(ARGV[1])
if untilTime > tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0') then
  redis.call('HSET', KEYS[1], 'blocked', untilTime)
  redis.call('PEXPIRE', KEYS[1], 3600000)
end
return 1`;

export interface BudgetOptions {
  readonly apiKey: Secret;
  /** What Cliniko allows a user, all its tools together. */
  readonly requestsPerMinute: number;
  /** Our part of it, (0, 1]. */
  readonly share: number;
  readonly now: () => number;
  readonly random: () => number;
}

/** One bucket per API key for all workers on this Redis. Rejects when Redis is gone, so that nothing is sent then. */
export function createRequestBudget(redis: Redis, keys: Keys, options: BudgetOptions): RequestBudget {
  const key = keys.budget(hashOfKey(options.apiKey));
  const gapMs = 60_000 / (options.requestsPerMinute * options.share);
  return {
    async take() {
      return Number(await redis.eval(TAKE, 1, key, gapMs, BURST));
    },
    async blockUntil(resetAtMs) {
      const jitterMs = options.random() * 1_000;
      await redis.eval(BLOCK, 1, key, Math.max(0, Math.ceil(resetAtMs - options.now() + jitterMs)));
    },
  };
}

/** Names a key without telling it: enough of its hash to tell two keys apart. The shard suffix makes no difference. */
export function hashOfKey(apiKey: Secret): string {
  const bare = apiKey.reveal().replace(/-[a-z]{2}\d{1,2}$/i, "");
  return createHash("sha256").update(bare).digest("hex").slice(0, 16);
}
