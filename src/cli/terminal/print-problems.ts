import type { ConfigError } from "../../shared/errors.ts";

/** Every problem with where it is and what to do, as the operator reads it. */
export function formatProblems(error: ConfigError): string {
  const problems = error.problems.map(({ path, line, message, remedy }) => {
    const where = line === undefined ? path : `${path} (line ${line})`;
    return `  ${where}\n    ${message}\n    → ${remedy}`;
  });
  return `${error.message}:\n\n${problems.join("\n\n")}\n`;
}
