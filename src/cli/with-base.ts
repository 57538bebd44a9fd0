import { type Base, openBase, runningRedis } from "../admin/base.ts";
import type { Config } from "../config/config.ts";
import { RedisUnavailableError } from "../shared/errors.ts";
import { createLogger } from "../shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../shared/release-stack.ts";
import { describeAddress } from "../store/redis/redis.ts";
import { refusalOf } from "../store/redis/storage-state.ts";

/**
 * Opens what a running service keeps, for one command.
 * @throws RedisUnavailableError where no service was ever started, or Redis takes no writes
 */
export async function withBase<Result>(
  config: Config,
  work: (base: Base, stack: ReleaseStack) => Promise<Result>,
  now: () => number = Date.now,
): Promise<Result> {
  await using stack = createReleaseStack();
  const logger = createLogger("silent");
  const address = runningRedis(config);
  try {
    const base = await openBase(stack, { config, logger, now, asCommand: true }, address);
    return await work(base, stack);
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    const where = `Redis at ${describeAddress(address)} cannot be used`;
    throw new RedisUnavailableError(`${where}: ${reason}. Then run this again (docs/operations.md#redis)`, {
      cause: error,
    });
  }
}
