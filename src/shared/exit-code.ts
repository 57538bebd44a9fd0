import { ConfigError, RedisUnavailableError, SetupError } from "./errors.ts";

export const EXIT = { ok: 0, failure: 1, badConfig: 2, unavailable: 3 } as const;

/** What a process ends with that was stopped by an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.badConfig;
  if (error instanceof SetupError) return error.retryable ? EXIT.unavailable : EXIT.badConfig;
  return error instanceof RedisUnavailableError ? EXIT.unavailable : EXIT.failure;
}
