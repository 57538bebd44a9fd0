import { createPollBench } from "./poll-bench.ts";
import { disposedAfter, test as base } from "./redis-test.ts";

export const test = base.extend("bench", async ({ redis, keys }, { onCleanup }) =>
  disposedAfter(onCleanup, await createPollBench({ redis, keys })),
);
