#!/usr/bin/env node
import { explainFailure } from "./cli/terminal/failure.ts";
import { createProgram } from "./cli/program.ts";
import { printable } from "./config/plain-text.ts";
import { EXIT } from "./shared/exit-code.ts";

// `… | head` has seen enough: that is no fault.
process.stdout.on("error", (error: Error & { readonly code?: string }) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
});

// The commands stand in cli/program.ts.
try {
  await createProgram().parseAsync();
} catch (error) {
  const { exitCode, text } = explainFailure(error);
  process.stderr.write(printable(text));
  process.exitCode = exitCode;
}
