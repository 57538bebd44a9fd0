import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";

import { MOST_PROBLEMS, toProblems } from "../../config/issue-problems.ts";
import { ApiError } from "./api-error.ts";

/** Where the parts of a request stand, as a problem's path begins. A body's fields need no beginning. */
const PREFIXES: Readonly<Record<string, string>> = {
  params: "path.",
  querystring: "query.",
  query: "query.",
  headers: "header.",
};

/** Checks a part of a request by its zod schema. Every field that is wrong is named, with a remedy. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = "body" }) => {
  const prefix = PREFIXES[httpPart] ?? "";
  return (data: unknown) => {
    // With its input, an issue tells what is missing from what is of the wrong kind. No input reaches a problem.
    const result = schema.safeParse(data ?? undefined, { reportInput: true });
    if (result.success) return { value: result.data };
    // Nothing sent, where nothing has to be: the defaults.
    const defaults =
      httpPart === "body" && (data ?? undefined) === undefined ? schema.safeParse({}) : undefined;
    if (defaults?.success) return { value: defaults.data };
    const problems = toProblems(result.error.issues, (path) => ({ path: pathOf(prefix, path) }), schema, {
      shownBy: "/v1/openapi.json",
      most: MOST_PROBLEMS,
    });
    return { error: new ApiError("bad_request", "The request is not as it should be.", { problems }) };
  };
};

/** How the API calls a field of a body. The body itself is `body`. */
export function nameOf(path: readonly PropertyKey[]): string {
  return pathOf("", path);
}

function pathOf(prefix: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? "body" : `${prefix}${path.map(String).join(".")}`;
}
