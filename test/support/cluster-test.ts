import { connectRedis } from "../../src/store/redis/redis.ts";
import { startCluster } from "./redis-servers.ts";
import { test as base } from "./redis-test.ts";

/** With three primaries, which are started for those who ask for them. */
export const test = base.extend("cluster", { scope: "file" }, async ({}, { onCleanup }) => {
  const servers = await startCluster({ replicas: false });
  const cluster = await connectRedis({ url: servers.url }, 60_000);
  onCleanup(async () => {
    cluster.disconnect();
    await servers[Symbol.asyncDispose]();
  });
  return cluster;
});
