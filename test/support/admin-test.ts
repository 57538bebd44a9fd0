import { openAdmin } from "./admin-setup.ts";
import { disposedAfter, test as base } from "./redis-test.ts";

export const test = base.extend("admin", async ({ address, prefix }, { onCleanup }) =>
  disposedAfter(onCleanup, await openAdmin({ address, prefix })),
);
