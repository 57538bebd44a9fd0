import { CommanderError } from "commander";

import { ConfigError, RedisUnavailableError, toError } from "../errors.ts";
import { EXIT } from "../main.ts";
import { formatProblems } from "./print-problems.ts";

/** What a command that failed says on stderr, and what it ends with. */
export function explainFailure(error: unknown): { readonly exitCode: number; readonly text: string } {
  // Commander has said it already.
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.badConfig, text: "" };
  }
  if (error instanceof ConfigError) return { exitCode: EXIT.badConfig, text: formatProblems(error) };
  const exitCode = error instanceof RedisUnavailableError ? EXIT.unavailable : EXIT.failure;
  // As commander begins its own.
  return { exitCode, text: `error: ${toError(error).message}\n` };
}
