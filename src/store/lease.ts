import type { Redis } from "ioredis";

import type { Keys } from "./keys.ts";

/** The right to write for one (account, resource). The epoch fences: a later holder's is always higher. */
export interface Lease {
  readonly account: string;
  readonly resource: string;
  readonly epoch: number;
}

export interface Leases {
  /** Undefined: somebody else reads this resource now. The lease lapses after `ttlMs` unless it is renewed. */
  acquire(account: string, resource: string): Promise<Lease | undefined>;
  /** False: the lease was lost, and whatever its holder still does will be refused. */
  renew(lease: Lease): Promise<boolean>;
  release(lease: Lease): Promise<void>;
}

const ACQUIRE = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], epoch, 'PX', ARGV[1])
return epoch`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

export function createLeases(redis: Redis, keys: Keys, ttlMs: number): Leases {
  const leaseKey = (lease: Lease): string => keys.lease(lease.account, lease.resource);
  return {
    async acquire(account, resource) {
      const scope = [keys.lease(account, resource), keys.epoch(account, resource)];
      const epoch = Number(await redis.eval(ACQUIRE, 2, ...scope, ttlMs));
      return epoch === 0 ? undefined : { account, resource, epoch };
    },
    async renew(lease) {
      return Number(await redis.eval(RENEW, 1, leaseKey(lease), lease.epoch, ttlMs)) === 1;
    },
    async release(lease) {
      await redis.eval(RELEASE, 1, leaseKey(lease), lease.epoch);
    },
  };
}
