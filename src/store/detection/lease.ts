import { randomBytes } from "node:crypto";

import type { Redis } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";
import { defineScript } from "../redis/script.ts";

/**
 * The right to write for one (account, resource). Its value in Redis is a chain: who holds it (the epoch grows, and a
 * random part tells two holders apart even when a Redis that went back gave out the same epoch again), and how many
 * commits the holder has made. A commit that does not continue the chain is refused: the lease was lost, Redis has
 * forgotten a commit that this scan builds on, or the very commit arrives a second time.
 */
export interface Lease {
  readonly account: string;
  readonly resource: string;
  readonly epoch: number;
  readonly holder: string;
  /** Counts on as its holder commits. */
  readonly chain: { commits: number };
}

/** How many leases of an account may be held at once, whoever holds them; `resources` are those that are counted. */
export interface AtMost {
  readonly count: number;
  readonly resources: readonly string[];
}

export interface Leases {
  /**
   * Undefined: somebody else reads this resource now, or `atMost` of the account's are being read. The lease lapses after
   * `ttlMs` unless it is renewed, whatever becomes of Redis's clock.
   */
  acquire(account: string, resource: string, atMost?: AtMost): Promise<Lease | undefined>;
  /** False: the lease was lost, and whatever its holder still does will be refused. */
  renew(lease: Lease): Promise<boolean>;
  release(lease: Lease): Promise<void>;
}

/**
 * The keys behind are the account's leases. Redis keeps the end of a lease by its own clock: one that is
 * further off than any lease lasts was set before that clock went back, and its holder may be dead.
 */
const ACQUIRE = defineScript(
  { keys: ["lease", "epoch_key"], args: ["ttl", "holder", "most"] },
  `
local held = 0
for at = MORE_KEYS + 1, #KEYS do held = held + redis.call('EXISTS', KEYS[at]) end
if redis.call('EXISTS', lease) == 1 or held >= tonumber(most) then
  for at, key in ipairs(KEYS) do
    if at ~= 2 and redis.call('PTTL', key) > tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
  end
  return 0
end
local epoch = redis.call('INCR', epoch_key)
redis.call('SET', lease, epoch .. ':' .. holder .. ':0', 'PX', ttl)
return epoch`,
);

/** Whatever was committed meanwhile: the part before the count says who holds it. */
const IS_HELD = `local value = redis.call('GET', lease) or ''
if string.sub(value, 1, #holder) ~= holder then return 0 end
`;

const RENEW = defineScript(
  { keys: ["lease"], args: ["holder", "ttl"] },
  `${IS_HELD}return redis.call('PEXPIRE', lease, ttl)`,
);

const RELEASE = defineScript(
  { keys: ["lease"], args: ["holder"] },
  `${IS_HELD}return redis.call('DEL', lease)`,
);

export function createLeases(redis: Redis, keys: Keys, ttlMs: number): Leases {
  const leaseKey = (lease: Lease): string => keys.lease(lease.account, lease.resource);
  return {
    async acquire(account, resource, atMost = { count: 1, resources: [] }) {
      const holder = randomBytes(9).toString("base64url");
      const reply = await ACQUIRE.run(redis, {
        keys: { lease: keys.lease(account, resource), epoch_key: keys.epoch(account, resource) },
        moreKeys: atMost.resources.map((name) => keys.lease(account, name)),
        args: { ttl: ttlMs, holder, most: atMost.count },
      });
      const epoch = Number(reply);
      return epoch === 0 ? undefined : { account, resource, epoch, holder, chain: { commits: 0 } };
    },
    async renew(lease) {
      return (
        Number(
          await RENEW.run(redis, {
            keys: { lease: leaseKey(lease) },
            args: { holder: holderOf(lease), ttl: ttlMs },
          }),
        ) === 1
      );
    },
    async release(lease) {
      await RELEASE.run(redis, { keys: { lease: leaseKey(lease) }, args: { holder: holderOf(lease) } });
    },
  };
}

function holderOf({ epoch, holder }: Lease): string {
  return `${epoch}:${holder}:`;
}

/** What the lease's key holds after so many of the holder's commits. */
export function leaseValue(lease: Lease, commits: number): string {
  return `${holderOf(lease)}${commits}`;
}
