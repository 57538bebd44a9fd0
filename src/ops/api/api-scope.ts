import type { IncomingMessage, ServerResponse } from "node:http";

import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { Caller } from "../../admin/access/caller.ts";
import type { Session } from "../../store/access/session-store.ts";
import type { TokenRole } from "../../store/access/token-role.ts";
import type { ProblemCode } from "./api-error.ts";

/** Where routes are added: under `/v1`, with zod schemas. */
export type ApiScope = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What an operation says of itself besides its schema. */
export interface Operation {
  /** Who may call it. There is no default: a route without it does not start. */
  readonly roles: readonly TokenRole[] | "anyone";
  /** What may go wrong besides what always may (a bad request, no token, too many requests, a fault of ours). */
  readonly problems?: readonly ProblemCode[];
  /**
   * Of what is not a GET: carried out also for a subscriber that has left too much behind. Only what leaves nothing behind, or
   * makes room. See limit-kept.ts.
   */
  readonly whenFull?: "allowed";
  /** Shown in the OpenAPI document: a request's body, and what is answered when all goes well. */
  readonly examples?: { readonly body?: unknown; readonly answer?: unknown } & {
    /** Of answers that are not JSON, by media type. */
    readonly others?: Readonly<Record<string, unknown>>;
  };
  /** What its good answers mean, by status, where that goes without saying too little. */
  readonly answers?: Readonly<Record<number, string>>;
}

declare module "fastify" {
  interface FastifyContextConfig {
    readonly operation?: Operation;
  }
  interface FastifyRequest {
    /** Undefined: the route is open to anyone, and nobody was looked for. */
    caller: Caller | undefined;
    /** The browser's session by which the caller is known; undefined: it has sent a token. */
    session: Session | undefined;
  }
}
