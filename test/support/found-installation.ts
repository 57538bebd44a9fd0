import { openBase, runningRedis } from "../../src/admin/base.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";

/** Leaves in the Redis of a configuration file what a first start of the service leaves there before all else. */
export async function foundInstallation(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  await using stack = createReleaseStack();
  const config = await readConfig(file, env);
  await openBase(stack, { config, logger: createLogger("silent") }, runningRedis(config));
}
