import { openBase, runningRedis } from "../../src/admin/base.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { syncFileEndpoints } from "../../src/store/outbox/endpoint-file.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";

/** Leaves in the Redis of a configuration file what a first start of the service leaves there before all else; with its endpoints. */
export async function foundInstallation(
  file: string,
  env: NodeJS.ProcessEnv,
  { endpoints = false } = {},
): Promise<void> {
  await using stack = createReleaseStack();
  const config = await readConfig(file, env);
  const base = await openBase(stack, { config, logger: createLogger("silent") }, runningRedis(config));
  if (endpoints) await syncFileEndpoints(base.endpoints, config.endpoints, base.now);
}
