import { readFileSync } from "node:fs";
import { once } from "node:events";

import { type App, startApp } from "./app.ts";
import { NAMEABLE } from "./nameable.ts";
import type { Config } from "./config/config.ts";
import { parseConfig } from "./config/parse-config.ts";
import { ConfigError, NotifierError, toError } from "./errors.ts";
import { type Logger, createLogger } from "./logger.ts";

export const EXIT = { ok: 0, failure: 1, badConfig: 2, unavailable: 3 } as const;

/** How long work in hand may take after the signal; then we go anyway, and another process takes it up. */
const DRAIN_MS = 25_000;

/** @throws ConfigError with every problem in the file and in the environment. */
export function readConfig(file: string, env: NodeJS.ProcessEnv): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ConfigError(file, [
      {
        path: file,
        message: "cannot be read",
        remedy: "name a file with --config; start from notifier.example.yaml",
      },
    ]);
  }
  return parseConfig(text, file, {
    env,
    readFile: (path) => readFileSync(path, "utf8"),
    ...NAMEABLE,
  });
}

/** Runs the service until SIGTERM or SIGINT, then drains. Resolves to the exit code. */
export async function runService(config: Config): Promise<number> {
  const logger = createLogger(config.logLevel);
  const stopped = stopSignal(logger);
  let app: App;
  try {
    app = await startApp({ config, logger, searchPath: process.env["PATH"], onClock: goBy });
  } catch (error) {
    logger.fatal({ err: toError(error) }, "service could not start");
    return error instanceof NotifierError && error.code === "redis_unavailable"
      ? EXIT.unavailable
      : EXIT.failure;
  }
  const signal = await stopped;
  logger.info({ signal }, "draining");
  const timer = setTimeout(() => {
    logger.error({ afterMs: DRAIN_MS }, "work in hand did not end in time, leaving it to another process");
    process.exit(EXIT.failure);
  }, DRAIN_MS);
  await app[Symbol.asyncDispose]();
  clearTimeout(timer);
  logger.info("stopped");
  return EXIT.ok;
}

/** The first signal drains, the second leaves at once. A fault that nobody caught ends the process: its state is unknown. */
async function stopSignal(logger: Logger): Promise<string> {
  const die = (error: unknown): void => {
    logger.fatal({ err: toError(error) }, "uncaught error, stopping");
    process.exit(EXIT.failure);
  };
  process.once("uncaughtException", die);
  process.once("unhandledRejection", die);
  const signal = await Promise.race([
    once(process, "SIGTERM").then(() => "SIGTERM"),
    once(process, "SIGINT").then(() => "SIGINT"),
  ]);
  for (const again of ["SIGTERM", "SIGINT"]) process.once(again, () => process.exit(EXIT.failure));
  return signal;
}

/**
 * From here on the whole process goes by one clock. BullMQ puts jobs to sleep, wakes them and renews its locks by `Date.now`,
 * and can be given no other (docs/decisions/0020-one-clock.md).
 */
function goBy(now: () => number): void {
  Date.now = now;
}
