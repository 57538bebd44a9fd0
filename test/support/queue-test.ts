import { createQueueSetup } from "./queue-setup.ts";
import { disposedAfter, test as base } from "./redis-test.ts";

export const test = base.extend("setup", ({ redis, prefix }, { onCleanup }) =>
  disposedAfter(onCleanup, createQueueSetup(redis, prefix)),
);
