import { startApi } from "./api-harness.ts";
import { disposedAfter, test as base } from "./redis-test.ts";

export const test = base.extend("api", async ({ address, prefix }, { onCleanup }) =>
  disposedAfter(onCleanup, await startApi({ address, prefix })),
);
