import { createHash } from "node:crypto";

import type { Redis } from "../redis/client.ts";
import { z } from "zod";

import type { RequestBudget } from "../../cliniko/budget.ts";
import type { Secret } from "../../config/secret.ts";
import type { Batch, Later } from "../redis/batch.ts";
import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/** Requests that may follow each other without a pause after a quiet spell. */
const BURST = 5;

/** Where so many more could follow a request at once, it is not asked before the next one whether it must wait. */
const ROOMY = 2;
const ROOMY_MS = 20_000;

/** What is left of the share after a 429, and what comes back of it every minute. */
const SHRINK = 0.5;
/** However often it is refused, this much stays: what is left must be enough to notice that it is welcome again. */
const LEAST_IN_FORCE = 0.05;
const RECOVERY_PER_MINUTE = 0.01;
/** Refusals that follow one another this closely, or while a block lasts, are one: their requests were sent together. */
const SAME_REFUSAL_MS = 1_000;
/** What is asked for is cut to five minutes (interpret-answer.ts), and spread over a second. */
const LONGEST_BLOCK_MS = 310_000;

/**
 * Redis's clock, and how much of the configured share is in force (0 to 1): all of it, until an upstream that says 429
 * takes half away. It grows back by itself, in a straight line.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', budget, 'blocked', 'shrunk_at', 'in_force', 'empty_at', 'taken')
local function stored(at, otherwise) return tonumber(kept[at] or otherwise) end
local blocked = stored(1, 0)
-- Further ahead than any block, or later than now: stamped before this clock was set back.
if blocked - now > ${LONGEST_BLOCK_MS} then blocked = 0 end
local shrunkAt = stored(2, 0)
local shrunkLater = shrunkAt > now
local inForce = math.min(1, stored(3, 1) + math.max(0, now - shrunkAt) / 60000 * ${RECOVERY_PER_MINUTE})
`;

/**
 * How long to wait, ms; where nothing is to be waited for, how many more could follow at once, as a negative number. With anything to
 * `look` nothing is taken. A token bucket as one number: the time at which the bucket would be empty again (GCRA). All times are Redis's own
 * clock, so that workers on machines with different clocks share one budget. A bucket is never emptier than empty, so
 * a share that has grown back meanwhile is felt at once.
 */
const TAKE = defineScript(
  { keys: ["budget"], args: ["gap_of_share", "burst", "look"] },
  `${PRELUDE}
if blocked > now then return blocked - now end
local gap = tonumber(gap_of_share) / inForce
local full = now + gap * tonumber(burst)
local emptyAt = math.min(math.max(stored(4, 0), now), full)
local wait = emptyAt + gap - full
if wait > 0 then return math.ceil(wait) end
if look ~= '' then return 0 end
redis.call('HSET', budget, 'empty_at', emptyAt + gap, 'taken', stored(5, 0) + 1)
if shrunkLater then redis.call('HSET', budget, 'shrunk_at', now) end
redis.call('PEXPIRE', budget, 3600000)
return -math.floor((full - emptyAt - gap) / gap)`,
);

/** What was taken stays taken: a time that stands for requests is stretched as their gap grows. */
const BLOCK = defineScript(
  { keys: ["budget"], args: ["ms"] },
  `${PRELUDE}
if blocked <= now and (shrunkLater or now - shrunkAt >= ${SAME_REFUSAL_MS}) then
  local left = math.max(inForce * ${SHRINK}, ${LEAST_IN_FORCE})
  redis.call('HSET', budget, 'in_force', left, 'shrunk_at', now)
  local emptyAt = stored(4, 0)
  if emptyAt > now then redis.call('HSET', budget, 'empty_at', now + (emptyAt - now) * inForce / left) end
end
local untilTime = now + tonumber(ms)
if untilTime > blocked then redis.call('HSET', budget, 'blocked', untilTime) end
redis.call('PEXPIRE', budget, 3600000)
return 1`,
);

/** How full the bucket is: 1 lets nothing through until some of it has run out. */
const READ = defineScript(
  { keys: ["budget"], args: ["gap_of_share", "burst"] },
  `${PRELUDE}
local room = tonumber(gap_of_share) / inForce * tonumber(burst)
local used = math.min(1, math.max(0, stored(4, 0) - now) / room)
return {
  string.format('%.17g', inForce), math.max(0, blocked - now), stored(5, 0), string.format('%.17g', used),
}`,
);

const readingSchema = z.tuple([z.coerce.number(), z.number(), z.number(), z.coerce.number()]);

export interface BudgetReading {
  /** Our part of the upstream's limit at present: never above what was configured. */
  readonly share: number;
  /** Unix ms by our clock; undefined: nothing is held back. */
  readonly blockedUntilMs: number | undefined;
  /** Requests since the budget was last forgotten (an hour without any). */
  readonly taken: number;
  /** How much of what may follow each other without a pause is used up at this moment, 0 to 1. At 1 requests wait. */
  readonly used: number;
}

export interface SharedBudget extends RequestBudget {
  read(): Promise<BudgetReading>;
}

export interface BudgetOptions {
  readonly apiKey: Secret;
  /** What Cliniko allows a user, all its tools together. */
  readonly requestsPerMinute: number;
  /** Our part of it, (0, 1]. */
  readonly share: number;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * One bucket per API key for all workers on this Redis. Rejects when Redis is gone, so that nothing is sent then.
 * Refused by the upstream, it halves its share and takes it back by 1 % a minute: other tools of the clinic draw on the
 * same limit, and how much they need can be learnt in no other way.
 */
export function createRequestBudget(
  redis: Redis,
  keys: Keys,
  options: BudgetOptions,
  elapsedMs: () => number = () => performance.now(),
): SharedBudget {
  const scope = { keys: { budget: keys.budget(hashOfKey(options.apiKey)) } };
  const share = { gap_of_share: gapOf(options), burst: BURST };
  let roomyAtMs = -Infinity;
  return {
    async take() {
      const reply = Number(await TAKE.run(redis, { ...scope, args: { ...share, look: "" } }));
      roomyAtMs = -reply >= ROOMY ? elapsedMs() : -Infinity;
      return Math.max(0, reply);
    },
    async freeInMs() {
      // What others have taken since is met when a request is taken, and waited for there.
      if (elapsedMs() - roomyAtMs < ROOMY_MS) return 0;
      return Math.max(0, Number(await TAKE.run(redis, { ...scope, args: { ...share, look: "look" } })));
    },
    async blockUntil(resetAtMs) {
      roomyAtMs = -Infinity;
      const jitterMs = options.random() * 1_000;
      await BLOCK.run(redis, {
        ...scope,
        args: { ms: Math.max(0, Math.ceil(resetAtMs - options.now() + jitterMs)) },
      });
    },
    async read() {
      return toReading(options, await READ.run(redis, { ...scope, args: share }));
    },
  };
}

/** What `read` says, for many keys at once. */
export function askBudget(
  batch: Batch,
  keys: Pick<Keys, "budget">,
  options: Omit<BudgetOptions, "random">,
): Later<BudgetReading> {
  const key = keys.budget(hashOfKey(options.apiKey));
  return batch.ask(
    (pipeline, how) =>
      READ.queue(
        pipeline,
        { keys: { budget: key }, args: { gap_of_share: gapOf(options), burst: BURST } },
        how,
      ),
    (reply) => toReading(options, reply),
  );
}

function gapOf({ requestsPerMinute, share }: Pick<BudgetOptions, "requestsPerMinute" | "share">): number {
  return 60_000 / (requestsPerMinute * share);
}

function toReading({ now, share }: Pick<BudgetOptions, "now" | "share">, reply: unknown): BudgetReading {
  const [inForce, blockedForMs, taken, used] = readingSchema.parse(reply);
  return {
    share: share * inForce,
    blockedUntilMs: blockedForMs > 0 ? now() + blockedForMs : undefined,
    taken,
    used,
  };
}

/**
 * Names a key without telling it: enough of its hash to tell two keys apart. The shard suffix makes no difference, nor does
 * where it is used: Cliniko counts the requests of a user, whichever way they come.
 */
export function hashOfKey(apiKey: Secret): string {
  return shortHash(bareKey(apiKey));
}

/** Names a connection, which is a key and where it is used: the same key at another address is another one. */
export function hashOfConnection(apiKey: Secret, baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return shortHash(`${bareKey(apiKey)}\n${origin}${pathname.replace(/\/+$/, "")}`);
}

function bareKey(apiKey: Secret): string {
  return apiKey.reveal().replace(/-[a-z]{2}\d{1,2}$/i, "");
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
