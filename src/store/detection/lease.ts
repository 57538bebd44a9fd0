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
 * Part of a script: takes `lease` where it is free and fewer than `most` of the account's are held, whose keys stand behind the named
 * ones; then `epoch` is its number. Redis keeps the end of a lease by its own clock: one that is
 * further off than any lease lasts was set before that clock went back, and its holder may be dead.
 */
export const TAKE_LEASE = `
local epoch
local taken = redis.call('EXISTS', lease, unpack(KEYS, MORE_KEYS + 1)) > 0
local held = taken and #KEYS > MORE_KEYS and redis.call('EXISTS', unpack(KEYS, MORE_KEYS + 1)) or 0
if held >= tonumber(most) or taken and redis.call('EXISTS', lease) == 1 then
  for at = MORE_KEYS, #KEYS do
    local key = at == MORE_KEYS and lease or KEYS[at]
    if redis.call('PTTL', key) > tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
  end
else
  epoch = redis.call('INCR', epoch_key)
  redis.call('SET', lease, epoch .. ':' .. holder .. ':0', 'PX', ttl)
end
`;

const ACQUIRE = defineScript(
  { keys: ["lease", "epoch_key"], args: ["ttl", "holder", "most"] },
  `${TAKE_LEASE}return epoch or 0`,
);

/** Part of a script: whether `lease` is `held`. Whatever was committed meanwhile, the part before the count says who holds it. */
export const HOLDS = `local held = string.sub(redis.call('GET', lease) or '', 1, #holder) == holder
`;

const RENEW = defineScript(
  { keys: ["lease"], args: ["holder", "ttl"] },
  `${HOLDS}return held and redis.call('PEXPIRE', lease, ttl) or 0`,
);

const RELEASE = defineScript(
  { keys: ["lease"], args: ["holder"] },
  `${HOLDS}return held and redis.call('DEL', lease) or 0`,
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

/** What the value of the lease's key begins with, whatever was committed. */
export function holderOf({ epoch, holder }: Lease): string {
  return `${epoch}:${holder}:`;
}

/** What the lease's key holds after so many of the holder's commits. */
export function leaseValue(lease: Lease, commits: number): string {
  return `${holderOf(lease)}${commits}`;
}
