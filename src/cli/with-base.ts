import { setTimeout as delay } from "node:timers/promises";

import { type Base, openBase, runningRedis } from "../admin/base.ts";
import type { Config } from "../config/config.ts";
import { RedisUnavailableError } from "../shared/errors.ts";
import { createLogger } from "../shared/logger.ts";
import { type ReleaseStack, createReleaseStack } from "../shared/release-stack.ts";
import type { Redis } from "../store/redis/client.ts";
import { describeAddress } from "../store/redis/redis.ts";
import { refusalOf } from "../store/redis/storage-state.ts";

/**
 * Opens what a running service keeps, for one command.
 * @throws RedisUnavailableError where no service was ever started, Redis takes no writes, or does not answer any more
 */
export async function withBase<Result>(
  config: Config,
  work: (base: Base, stack: ReleaseStack) => Promise<Result>,
  now: () => number = Date.now,
  lookMs = LOOK_MS,
): Promise<Result> {
  await using stack = createReleaseStack();
  const logger = createLogger("silent");
  const address = runningRedis(config);
  try {
    const base = await openBase(stack, { config, logger, now, asCommand: true }, address);
    return await whileAnswered(base.redis, describeAddress(address), lookMs, work(base, stack));
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    const where = `Redis at ${describeAddress(address)} cannot be used`;
    throw new RedisUnavailableError(`${where}: ${reason}. Then run this again (docs/operations.md#redis)`, {
      cause: error,
    });
  }
}

/** How often Redis is asked whether it is still there. */
const LOOK_MS = 3_000;
/** So many looks in a row without an answer: it is gone. A machine that slept through some of them has missed one. */
const LOOKS = 10;

/**
 * A service waits for its Redis however long it is away. Somebody who typed a command is told.
 * @throws RedisUnavailableError
 */
async function whileAnswered<Result>(
  redis: Pick<Redis, "ping">,
  where: string,
  lookMs: number,
  working: Promise<Result>,
): Promise<Result> {
  const ended = new AbortController();
  const { signal } = ended;
  const look = async (): Promise<boolean> => {
    const answered = redis.ping().then(
      () => true,
      () => true,
    );
    return await Promise.race([answered, delay(lookMs, false, { signal })]);
  };
  const watch = async (): Promise<never> => {
    for (let silent = 0; silent < LOOKS;) {
      silent = (await look()) ? 0 : silent + 1;
      if (silent === 0) await delay(lookMs, undefined, { signal });
    }
    const seconds = (LOOKS * lookMs) / 1_000;
    throw new RedisUnavailableError(
      `Redis at ${where} has not answered for ${seconds} s. What was done stays done: run this again when it is back`,
    );
  };
  const watching = watch();
  // Whichever of the two is left over ends with the connection.
  for (const one of [working, watching]) one.catch(() => undefined);
  try {
    return await Promise.race([working, watching]);
  } finally {
    ended.abort();
  }
}
