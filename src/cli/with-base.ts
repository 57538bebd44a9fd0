import { type Base, openBase, runningRedis } from "../admin/base.ts";
import type { Config } from "../config/config.ts";
import { createLogger } from "../shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../shared/release-stack.ts";

/** Opens what a running service keeps, for one command. @throws RedisUnavailableError where no service was ever started */
export async function withBase<Result>(
  config: Config,
  work: (base: Base, stack: ReleaseStack) => Promise<Result>,
  now: () => number = Date.now,
): Promise<Result> {
  await using stack = createReleaseStack();
  const logger = createLogger("silent");
  const base = await openBase(stack, { config, logger, now, asCommand: true }, runningRedis(config));
  return await work(base, stack);
}
