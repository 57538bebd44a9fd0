import { ProblemError } from "./problem.ts";

/** What may be gone a second later: no answer, and a service that is starting or has lost its store. */
export function isPassing(error: unknown): boolean {
  return error instanceof ProblemError && [0, 502, 503, 504].includes(error.status);
}
