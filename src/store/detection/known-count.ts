import type { Redis } from "../redis/client.ts";

import type { Keys } from "../redis/keys.ts";

/** How many records of a resource are known and not deleted, without reading any. */
export async function readKnownCount(
  redis: Redis,
  keys: Pick<Keys, "snapshots">,
  account: string,
  resource: string,
): Promise<number> {
  return await redis.hlen(keys.snapshots(account, resource));
}
