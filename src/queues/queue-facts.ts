import type { Queue } from "bullmq";

import { readOldestWaiting } from "./oldest-waiting.ts";
import type { Queues } from "./queues.ts";

/** How a queue is getting on. */
export interface QueueFacts {
  readonly queue: string;
  /** Processes that take jobs from it; undefined: this Redis does not tell its clients. */
  readonly workers: number | undefined;
  /** Jobs by state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** When the job that sleeps the shortest wants to wake, unix ms; undefined: none sleeps. */
  readonly nextWakeAt: number | undefined;
  /** Since when the first of those that could run now has waited for a worker, unix ms; undefined: none waits. */
  readonly oldestWaitingAt: number | undefined;
}

/** BullMQ scores a sleeping job by its time, times this, plus a counter. Tried by test/integration/queues/queue-facts.test.ts. */
export const SCORE_PER_MS = 0x1000;

/** Changes nothing. */
export async function readQueueFacts({
  board,
  counts,
}: Pick<Queues, "board" | "counts">): Promise<QueueFacts[]> {
  const counted = await counts();
  return await Promise.all(
    board.map(async (queue) => ({
      queue: queue.name,
      workers: await countWorkers(queue),
      jobs: Object.fromEntries(
        counted.filter((row) => row.queue === queue.name).map(({ state, count }) => [state, count]),
      ),
      nextWakeAt: await readNextWake(queue),
      oldestWaitingAt: await readOldestWaiting(queue),
    })),
  );
}

async function countWorkers(queue: Queue): Promise<number | undefined> {
  try {
    const workers = await queue.getWorkers();
    // What BullMQ answers where the list of clients is forbidden.
    if (workers.some(({ name }) => name?.includes("does not support client list"))) return undefined;
    // Redis lists the clients of all its databases, and another installation there may have our prefix.
    const { options } = await queue.backend.client;
    const ours = String(options["db"] ?? 0);
    return workers.filter(({ db }) => db === undefined || db === ours).length;
  } catch {
    return undefined;
  }
}

async function readNextWake(queue: Queue): Promise<number | undefined> {
  const client = await queue.backend.client;
  const [, score] = await client.zrange(queue.toKey("delayed"), 0, 0, { WITHSCORES: true });
  return score === undefined ? undefined : Math.floor(Number(score) / SCORE_PER_MS);
}
