import type { FastifyRequest } from "fastify";

import type { Way } from "../../../admin/accounts/note-reading.ts";
import { isRecord } from "../../../shared/is-record.ts";

/** How the caller of a request came to it. */
export function wayOf({ session }: FastifyRequest): Way {
  return session ? "dashboard" : "api";
}

/** Its name in the OpenAPI document. */
export function operationOf({ routeOptions }: FastifyRequest): string {
  const { schema } = routeOptions;
  const { operationId } = isRecord(schema) ? schema : {};
  return typeof operationId === "string" ? operationId : (routeOptions.url ?? "");
}

/** The record that a path is about, in the form in which answers name one. */
export function namedBy(params: unknown): unknown {
  if (!isRecord(params) || typeof params["subject"] !== "string") return undefined;
  return { account: params["account"], subject: { type: params["subject"], id: params["id"] } };
}
