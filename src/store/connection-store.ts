import type { Redis } from "ioredis";

import type { Keys } from "./keys.ts";

/** Whether an account can be read at all. Shared by all workers, so that one of them meeting a 401 stops them all. */
export interface Connection {
  readonly state: "ok" | "key_revoked";
  /** Unix ms. */
  readonly since: number;
  /** When it was last found to be so, unix ms. */
  readonly checkedAt: number;
  readonly detail: string;
  /** Which key it was said of: another key starts afresh. */
  readonly keyHash: string;
}

export interface ConnectionStore {
  read(account: string): Promise<Connection | undefined>;
  write(account: string, connection: Connection): Promise<void>;
}

export function createConnectionStore(redis: Redis, keys: Keys): ConnectionStore {
  return {
    async read(account) {
      const fields = await redis.hgetall(keys.connection(account));
      const { state, since, checked_at: checkedAt, detail = "", key_hash: keyHash = "" } = fields;
      if (state !== "ok" && state !== "key_revoked") return undefined;
      return { state, since: Number(since), checkedAt: Number(checkedAt), detail, keyHash };
    },
    async write(account, { state, since, checkedAt, detail, keyHash }) {
      const fields = { state, since, checked_at: checkedAt, detail, key_hash: keyHash };
      await redis.hset(keys.connection(account), fields);
    },
  };
}
