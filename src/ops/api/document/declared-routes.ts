import type { RouteOptions } from "fastify";

import { mayBeFull } from "../limit-kept.ts";
import type { ApiScope, Operation } from "../api-scope.ts";
import { PROBLEMS, PROBLEM_TYPE, type ProblemCode, problemSchema } from "../api-error.ts";

/** One operation of the API, as it was declared. */
export interface DeclaredRoute {
  readonly method: string;
  /** `/v1/endpoints/:id`. */
  readonly url: string;
  readonly operation: Operation;
  readonly problems: readonly ProblemCode[];
}

/** May happen to every request. */
const ALWAYS: readonly ProblemCode[] = ["bad_request", "too_many_requests", "internal", "unavailable"];
/** To every one that wants a token. */
const WITH_TOKEN: readonly ProblemCode[] = ["unauthorized", "forbidden"];
/** To every one with a body. */
const WITH_BODY: readonly ProblemCode[] = ["too_large", "unsupported_media_type"];

/**
 * From here on every route of the scope must say who may call it, or the service does not start. Adds the answers for
 * what may go wrong, so that they are described, and checked like all others. Resolves to the list as it grows.
 */
export function declareRoutes(scope: ApiScope): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  scope.addHook("onRoute", (route) => {
    const { operation } = route.config ?? {};
    if (!operation) throw new TypeError(`${String(route.method)} ${route.url} does not say who may call it`);
    const problems = problemsOf(route, operation);
    route.schema = {
      ...route.schema,
      ...(operation.roles === "anyone" ? { security: [] } : {}),
      response: { ...toRecord(route.schema?.response), ...toResponses(problems) },
    };
    for (const method of [route.method].flat()) {
      // Fastify adds HEAD to every GET.
      if (method !== "HEAD") declared.push({ method, url: route.url, operation, problems });
    }
  });
  return declared;
}

function problemsOf(route: RouteOptions, operation: Operation): readonly ProblemCode[] {
  return [
    ...new Set([
      ...ALWAYS,
      ...(operation.roles === "anyone" ? [] : WITH_TOKEN),
      ...(route.schema?.body === undefined ? [] : WITH_BODY),
      ...(mayBeFull(route, operation) ? (["too_much_kept"] as const) : []),
      ...(operation.problems ?? []),
    ]),
  ];
}

function toResponses(problems: readonly ProblemCode[]): Record<string, unknown> {
  const statuses = [...new Set(problems.map((code) => PROBLEMS[code]))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [status, { content: { [PROBLEM_TYPE]: { schema: problemSchema } } }]),
  );
}

function toRecord(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
