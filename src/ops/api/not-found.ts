import type { FastifyRequest } from "fastify";

import { ApiError } from "./api-error.ts";
import type { DeclaredRoute } from "./document/declared-routes.ts";

/** For what no route answers to: a path that is none, or a method that it does not have. */
export function explainNotFound(
  routes: readonly Pick<DeclaredRoute, "method" | "url">[],
  request: FastifyRequest,
): ApiError {
  const path = request.url.split("?")[0] ?? "";
  const allowed = routes.filter(({ url }) => toPattern(url).test(path)).map(({ method }) => method);
  if (allowed.length === 0) {
    return new ApiError("not_found", "There is no such path. /v1/openapi.json lists those that there are.");
  }
  const methods = [...new Set(allowed), ...(allowed.includes("GET") ? ["HEAD"] : [])].toSorted();
  return new ApiError("method_not_allowed", `This path takes ${methods.join(", ")}.`, {
    headers: { allow: methods.join(", ") },
  });
}

function toPattern(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : escape(part)));
  return new RegExp(`^${parts.join("/")}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
