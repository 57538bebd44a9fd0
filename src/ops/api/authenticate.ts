import { createHash, timingSafeEqual } from "node:crypto";

import type { FastifyRequest } from "fastify";

import type { Caller } from "../../admin/caller.ts";
import type { Secret } from "../../config/secret.ts";
import { type Token, type TokenStore, isTokenText } from "../../store/token-store.ts";
import { ApiError } from "./api-error.ts";
import type { FailedTries } from "./failed-tries.ts";

export interface AuthenticateDeps {
  readonly tokens: Pick<TokenStore, "verify">;
  /** The configuration's own, which is an admin's. It makes the first tokens. */
  readonly opsToken: Secret | undefined;
  readonly tries: FailedTries;
}

/** Finds out who asks, and whether they may. @throws ApiError */
export async function authenticate(deps: AuthenticateDeps, request: FastifyRequest): Promise<void> {
  const roles = request.routeOptions.config.operation?.roles;
  // What does not exist needs no token to be told so.
  if (request.is404 || roles === "anyone") return;
  const caller = await identify(deps, request);
  // Without a declaration nobody may: `declareRoutes` does not let such a route start either.
  if (!roles?.includes(caller.role)) {
    throw new ApiError("forbidden", `This is not for a token of role ${caller.role}.`);
  }
  request.caller = caller;
}

/** Who asks. Only where the route wants a token. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller) return request.caller;
  throw new TypeError(`${request.routeOptions.url ?? "the route"} is open to anyone and has no caller`);
}

async function identify(deps: AuthenticateDeps, request: FastifyRequest): Promise<Caller> {
  const text = bearerOf(request.headers.authorization);
  if (text === undefined) throw unauthorized("Send a token: Authorization: Bearer cwt_…");
  const token = isTokenText(text) ? await deps.tokens.verify(text) : undefined;
  if (token) return toCaller(token, request.id);
  // Nobody guesses 256 random bits: a right token is let in however many wrong ones came from its address (it may be
  // that of a proxy, with everyone behind it). The operator's own word may be weaker, so it is not even looked at.
  const blockedForMs = deps.tries.blockedFor(request.ip);
  if (blockedForMs !== undefined) {
    throw new ApiError("too_many_requests", "Too many wrong tokens came from this address.", {
      headers: { "retry-after": String(Math.ceil(blockedForMs / 1_000)) },
    });
  }
  if (deps.opsToken && isSame(text, deps.opsToken.reveal())) {
    return { id: "ops-token", name: "ops.token of the configuration", role: "admin", requestId: request.id };
  }
  deps.tries.note(request.ip);
  throw unauthorized("This token is unknown, revoked or expired.");
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

function unauthorized(detail: string): ApiError {
  return new ApiError("unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="cliniko-webhooks"' },
  });
}

function toCaller({ id, name, role, subscriber, accounts, sensitive }: Token, requestId: string): Caller {
  if (role !== "subscriber") return { id, name, role, requestId };
  if (subscriber === undefined) throw new TypeError(`token ${id} is for a subscriber and names none`);
  return { id, name, role, subscriber, accounts: accounts ?? [], sensitive, requestId };
}

/** Hashed first: both sides then have one length, and comparing tells nothing about it. */
export function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
