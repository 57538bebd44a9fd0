import { type App, startApp } from "./app/app.ts";
import type { Config } from "./config/config.ts";
import { NotifierError, toDetail, toError } from "./shared/errors.ts";
import { EXIT, exitCodeOf } from "./shared/exit-code.ts";
import { type Logger, createLogger } from "./shared/logger.ts";

/** How long work in hand may take after the signal; then we go anyway, and another process takes it up. */
const DRAIN_MS = 25_000;
const LEAVE_MS = 1_000;

/**
 * Runs the service until SIGTERM or SIGINT, then drains. A signal while it starts gives the start up. Resolves to the exit
 * code; the process ends soon after, whatever still holds it.
 */
export async function runService(
  config: Config,
  { withParent = false }: { readonly withParent?: boolean } = {},
): Promise<number> {
  // What is made from here on is for this user alone.
  process.umask(0o077);
  const logger = createLogger(config.logLevel);
  const { signal, stopped } = stopSignal(logger, withParent);
  let app: App;
  try {
    signal.throwIfAborted();
    app = await startApp({ config, logger, searchPath: process.env["PATH"], signal, onClock: goBy });
  } catch (error) {
    if (signal.aborted) {
      logger.info("stopped while starting");
      return leave(EXIT.ok);
    }
    // An error with words for the operator has its remedy in them; of any other the place is worth more.
    const facts = error instanceof NotifierError ? { detail: toDetail(error) } : { err: toError(error) };
    logger.fatal(facts, "service could not start");
    return leave(exitCodeOf(error));
  }
  const name = await stopped;
  logger.info({ signal: name }, "draining");
  const timer = setTimeout(() => {
    logger.error({ afterMs: DRAIN_MS }, "work in hand did not end in time, leaving it to another process");
    process.exit(EXIT.failure);
  }, DRAIN_MS);
  await app[Symbol.asyncDispose]();
  clearTimeout(timer);
  logger.info("stopped");
  return leave(EXIT.ok);
}

/** Nothing is left to be done; a library's timer or connection must not keep the process. */
function leave(exitCode: number): number {
  setTimeout(() => process.exit(exitCode), LEAVE_MS).unref();
  return exitCode;
}

/** The first signal drains, the second leaves at once. A fault that nobody caught ends the process: its state is unknown. */
function stopSignal(
  logger: Logger,
  withParent: boolean,
): { readonly signal: AbortSignal; readonly stopped: Promise<string> } {
  const die = (error: unknown): void => {
    logger.fatal({ err: toError(error) }, "uncaught error, stopping");
    process.exit(EXIT.failure);
  };
  process.once("uncaughtException", die);
  process.once("unhandledRejection", die);
  const controller = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(EXIT.failure);
        controller.abort();
        resolve(name);
      });
    }
    if (!withParent) return;
    const end = (): void => {
      controller.abort();
      resolve("the end of its parent");
    };
    // It may have ended while this program was still being loaded.
    if (process.connected) process.once("disconnect", end);
    else end();
  });
  return { signal: controller.signal, stopped };
}

/**
 * From here on the whole process goes by one clock. BullMQ puts jobs to sleep, wakes them and renews its locks by `Date.now`,
 * and can be given no other (docs/decisions/0020-one-clock.md).
 */
function goBy(now: () => number): void {
  Date.now = now;
}
