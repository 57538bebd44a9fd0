import { CommanderError } from "commander";

import { ConfigError, toError } from "../../shared/errors.ts";
import { EXIT, exitCodeOf } from "../../shared/exit-code.ts";
import { formatProblems } from "./print-problems.ts";

/** By Ctrl-C. Whatever can be stopped goes on where it was, or is done again whole. */
const STOPPED = "error: stopped before its end: the same command again does the rest\n";

/** What a command that failed says on stderr, and what it ends with. */
export function explainFailure(error: unknown): { readonly exitCode: number; readonly text: string } {
  // Commander has said it already.
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.badConfig, text: "" };
  }
  if (error instanceof ConfigError) return { exitCode: EXIT.badConfig, text: formatProblems(error) };
  if (toError(error).name === "AbortError") return { exitCode: EXIT.failure, text: STOPPED };
  // As commander begins its own.
  return { exitCode: exitCodeOf(error), text: `error: ${toError(error).message}\n` };
}
