import type { Redis } from "../../src/store/redis/client.ts";

import { type QueueOptions, type Queues, createQueues } from "../../src/queues/queues.ts";

export interface QueueSetup extends AsyncDisposable {
  readonly queues: Queues;
  readonly options: QueueOptions;
  /** What the queues or their workers complained of. */
  readonly errors: readonly Error[];
  /** Jobs in one queue, by state. */
  readonly countOf: (queue: string, state: string) => Promise<number>;
}

/** The queues under a prefix of the test's own. Dispose workers first. */
export function createQueueSetup(redis: Redis, prefix: string): QueueSetup {
  const errors: Error[] = [];
  const options: QueueOptions = {
    connection: redis,
    now: Date.now,
    prefix: `${prefix}:queue`,
    onError: (error) => errors.push(error),
  };
  const queues = createQueues(options);
  return {
    queues,
    options,
    errors,
    countOf: async (queue, state) => {
      const counts = await queues.counts();
      return counts.find((row) => row.queue === queue && row.state === state)?.count ?? Number.NaN;
    },
    async [Symbol.asyncDispose]() {
      await queues[Symbol.asyncDispose]();
    },
  };
}
