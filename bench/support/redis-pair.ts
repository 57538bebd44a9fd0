import { setTimeout as delay } from "node:timers/promises";

import type { RedisNode } from "../../src/store/redis/client.ts";
import { type ReleaseStack } from "../../src/shared/release-stack.ts";
import { startRelay } from "../../test/support/relay.ts";
import { startPortServer } from "../../test/support/state-stage.ts";

/** Two servers, one of which follows the other, behind an address that leads to the one that is written to. */
export interface RedisPair {
  readonly url: string;
  /** The follower takes over, having everything, and the address moves to it: what is open breaks. */
  readonly failOver: () => Promise<void>;
}

export async function startRedisPair(stack: ReleaseStack): Promise<RedisPair> {
  let primary = stack.use(await startPortServer());
  let replica = stack.use(await startPortServer());
  await replica.redis.replicaof("127.0.0.1", primary.port);
  await until(replica.redis, "master_link_status:up");
  const relay = stack.use(await startRelay(primary.url));
  return {
    url: relay.url.replace("http", "redis"),
    failOver: async () => {
      await until(primary.redis, "state=online");
      await primary.redis.call("FAILOVER", "TO", "127.0.0.1", String(replica.port));
      await until(replica.redis, "role:master");
      relay.turnTo(replica.url);
      [primary, replica] = [replica, primary];
      await until(replica.redis, "master_link_status:up");
    },
  };
}

async function until(redis: RedisNode, told: string): Promise<void> {
  while (!(await redis.info("replication")).includes(told)) await delay(20);
}
