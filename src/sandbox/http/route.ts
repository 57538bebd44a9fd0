import type { Answer } from "./answers.ts";
import type { Call } from "./call.ts";

export interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly answer: (call: Call) => Answer;
  /** What it is about, when the path begins with something else. */
  readonly resource?: string | undefined;
}

/** A segment that starts with a colon takes any value. Routes are tried in order. */
export function route(
  method: string,
  pattern: string,
  answer: (call: Call) => Answer,
  resource?: string,
): Route {
  return { method, segments: pattern.split("/"), answer, resource };
}

export function matchRoute(
  candidate: Route,
  method: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const parts = path.split("/");
  if (candidate.method !== method || candidate.segments.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of candidate.segments.entries()) {
    const part = parts[index] ?? "";
    if (segment.startsWith(":") && part !== "") parameters[segment.slice(1)] = part;
    else if (segment !== part) return undefined;
  }
  return parameters;
}
