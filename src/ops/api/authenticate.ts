import type { FastifyRequest } from "fastify";

import type { Caller } from "../../admin/access/caller.ts";
import { findSessionCaller } from "../../admin/access/sessions.ts";
import type { Base } from "../../admin/base.ts";
import { crossSiteFault } from "../browser-rules.ts";
import { checkCredential } from "../check-credential.ts";
import { type SessionCookie, readSessionCookie } from "../session-cookie.ts";
import type { SignInGuard } from "../sign-ins/sign-in-guard.ts";
import { ApiError } from "./api-error.ts";

export interface AuthenticateDeps {
  readonly base: Pick<Base, "config" | "sessions" | "tokens">;
  readonly guard: SignInGuard;
}

export const WRONG_TOKEN = "This token is unknown, revoked or expired.";
export const WRONG_TOO_OFTEN = "Too many wrong tokens came from this address.";

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

/** What the request showed to be let in: a token, or the secret of a browser's session. Undefined: nothing that could be either. */
export function shownBy(
  { headers }: Pick<FastifyRequest, "headers">,
  publicUrl: string | undefined,
): string | undefined {
  const { authorization } = headers;
  return authorization === undefined
    ? readSessionCookie(headers, publicUrl)?.secret
    : bearerOf(authorization);
}

async function identify(deps: AuthenticateDeps, request: FastifyRequest): Promise<Caller> {
  const { authorization } = request.headers;
  const { config, tokens } = deps.base;
  // Who sends a token means it: the cookie, which a browser adds by itself, is then not looked at.
  const cookie =
    authorization === undefined ? readSessionCookie(request.headers, config.ops.publicUrl) : undefined;
  if (cookie) return await identifyBrowser(deps, request, cookie);
  const text = bearerOf(authorization);
  if (text === undefined) {
    if (authorization !== undefined) deps.guard.failed("api", request, "told");
    throw unauthorized("Send a token: Authorization: Bearer cwt_…");
  }
  const found = await checkCredential(
    { tokens, opsToken: config.ops.token, guard: deps.guard },
    text,
    "api",
    request,
  );
  switch (found.kind) {
    case "known":
      return found.caller;
    case "blocked":
      throw tooMany(WRONG_TOO_OFTEN, found.forMs);
    case "unknown":
      throw unauthorized(WRONG_TOKEN);
  }
}

async function identifyBrowser(
  { base, guard }: AuthenticateDeps,
  request: FastifyRequest,
  { secret }: SessionCookie,
): Promise<Caller> {
  const fault = crossSiteFault(request, base.config.ops.publicUrl);
  if (fault !== undefined) throw new ApiError("forbidden", fault);
  const found = await findSessionCaller(base, secret, request.id);
  if (!found) {
    guard.failed("cookie", request, "told");
    // Not counted as a failed try: nobody guesses 256 bits, and a page left open would shut its whole address out.
    throw unauthorized("This session has ended: sign in again.");
  }
  request.session = found.session;
  return found.caller;
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

/** Browsers know no `Bearer`: they show the answer to the page, and ask nobody for a password. */
export function unauthorized(detail: string): ApiError {
  return new ApiError("unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="cliniko-webhooks"' },
  });
}

export function tooMany(detail: string, waitMs: number): ApiError {
  return new ApiError("too_many_requests", detail, {
    headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) },
  });
}
