import { Queue } from "bullmq";

import { queuePrefix } from "../../src/queues/queues.ts";
import { createConnectionStore } from "../../src/store/detection/connection-store.ts";
import { createKeyring } from "../../src/store/sealing/keyring.ts";
import type { World } from "./standstill-world.ts";

/** What the keys of the queue of polls begin with. */
export const POLL_KEYS = "cliniko-webhooks:queue:{poll}:poll";

const DAY = 86_400_000;

/** A job that no worker finds any more; asleep again it sleeps as it was meant to: whoever is left would wake it otherwise. */
export async function takeFromQueue({ redis }: World, job: string): Promise<void> {
  await redis.zrem(`${POLL_KEYS}:delayed`, job);
  await redis.lrem(`${POLL_KEYS}:wait`, 0, job);
  await redis.hset(`${POLL_KEYS}:${job}`, "delay", DAY);
}

/** Jobs of ours, as nobody but a fault would treat them. */
export async function withPollQueue(world: World, work: (queue: Queue) => Promise<unknown>): Promise<void> {
  const queue = new Queue("poll", {
    connection: world.redis,
    prefix: queuePrefix("cliniko-webhooks:queue", "poll"),
  });
  await work(queue);
  await queue.close();
}

/** As a guard that has seen many records go. */
export async function hold(world: World): Promise<void> {
  const connections = createConnectionStore(
    world.redis,
    world.keys,
    createKeyring(world.config.encryptionKeys),
  );
  const problem = {
    ...({ kind: "permission_reduced", since: Date.now(), told: true, quarantined: true } as const),
    detail: "212 of 3,054 known records are missing at once",
  };
  await connections.change(
    "northside",
    await connections.read("northside"),
    { resource: "patients", problem },
    undefined,
  );
}

/** What stands in Redis now; the answer puts it back, instead of what stands there then. */
export async function copyRedis({ redis }: World): Promise<() => Promise<void>> {
  const keys = await redis.keys("*");
  const copy = await Promise.all(keys.map(async (key) => await redis.dumpBuffer(key)));
  return async () => {
    const back = redis.multi().flushall();
    for (const [at, key] of keys.entries()) {
      const bytes = copy[at];
      if (bytes) back.restore(key, 0, bytes);
    }
    await back.exec();
  };
}
