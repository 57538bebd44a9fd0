import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

import { type OpenedSession, endSession, openSession } from "../admin/access/sessions.ts";
import { useSignInCode } from "../admin/access/sign-in-links.ts";
import type { Base } from "../admin/base.ts";
import { placeOfHolder } from "../store/access/session-holder.ts";
import { type FaultDeps, answerError, sendProblem, unavailable } from "./api/answer-errors.ts";
import { assertRoom } from "./api/limit-kept.ts";
import { ApiError, notFound } from "./api/api-error.ts";
import { readBodies } from "./api/parse-body.ts";
import { reportTo } from "./api/api.ts";
import type { ApiScope } from "./api/api-scope.ts";
import { WRONG_TOKEN, WRONG_TOO_OFTEN, tooMany, unauthorized } from "./api/authenticate.ts";
import { type FailedTries, createFailedTries } from "./api/failed-tries.ts";
import { validatorCompiler } from "./api/validate.ts";
import { crossSiteFault } from "./browser-rules.ts";
import { checkCredential } from "./check-credential.ts";
import type { SignInGuard } from "./sign-ins/sign-in-guard.ts";
import {
  clearSessionCookie,
  holdsPlantedCookie,
  isOverHttps,
  readSessionCookie,
  setSessionCookie,
} from "./session-cookie.ts";

export interface SessionRouteDeps {
  readonly base: Pick<
    Base,
    "audit" | "config" | "keptBytes" | "logger" | "troubles" | "now" | "sessions" | "signInCodes" | "tokens"
  >;
  readonly guard: SignInGuard;
  readonly notReady: FaultDeps["notReady"];
}

/** In a minute, with one token. Each is a session and a line of the audit log; codes are limited where they are made. */
const MOST_SIGN_INS = 60;

/** A token, or the code of a sign-in link, fits into far less. */
const MAX_BODY_BYTES = 4 * 1_024;

const text = z.string().min(1).max(1_000).optional();
const signInSchema = z
  .strictObject({ token: text, code: text })
  .refine(({ token, code }) => (token === undefined) !== (code === undefined), {
    error: "send either a token or the code of a sign-in link",
  });
type SignIn = z.infer<typeof signInSchema>;

/**
 * `POST /ops/session` signs a browser in, `DELETE /ops/session` signs it out. They stand outside /v1: they make sense to a
 * browser alone, and answer with a cookie.
 */
export async function registerSessionRoutes(server: FastifyInstance, deps: SessionRouteDeps): Promise<void> {
  const { base, guard, notReady } = deps;
  const { publicUrl } = base.config.ops;
  const signIns = createFailedTries(base.now, MOST_SIGN_INS);
  const scope: ApiScope = server.withTypeProvider<ZodTypeProvider>();
  scope.setValidatorCompiler(validatorCompiler);
  scope.setErrorHandler(async (error, request, reply) => {
    await answerError({ notReady, onFault: reportTo(base) }, error, request, reply);
  });
  readBodies(scope);
  scope.setNotFoundHandler(async (request, reply) => {
    await sendProblem(reply, notFound("path", "/ops/session with this method"), request.id);
  });
  scope.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    const fault = crossSiteFault(request, publicUrl);
    if (fault !== undefined) throw new ApiError("forbidden", fault);
    if ((await notReady()) !== undefined) throw unavailable();
  });

  scope.route({
    method: "POST",
    url: "/",
    bodyLimit: MAX_BODY_BYTES,
    schema: { body: signInSchema },
    handler: async (request, reply) => {
      assertNothingPlanted(request, publicUrl);
      const { secret } = await signIn({ ...deps, signIns }, request.body, request);
      // Whoever signs in anew leaves nothing open behind.
      const former = readSessionCookie(request.headers, publicUrl);
      if (former) await endSession(base, former.secret, request.id);
      const cookie = setSessionCookie(secret, request.headers, publicUrl);
      return await reply.code(204).header("set-cookie", cookie).send();
    },
  });

  scope.route({
    method: "DELETE",
    url: "/",
    handler: async (request, reply) => {
      const cookie = readSessionCookie(request.headers, publicUrl);
      if (cookie) {
        const ended = await endSession(base, cookie.secret, request.id);
        if (ended) reply.header("set-cookie", clearSessionCookie(cookie.name));
        else guard.failed("cookie", request, "told");
      }
      return await reply.code(204).send();
    },
  });
}

/** Ours would be a third beside them, and not be found. @throws ApiError */
function assertNothingPlanted({ headers }: FastifyRequest, publicUrl: string | undefined): void {
  if (isOverHttps(headers, publicUrl) || !holdsPlantedCookie(headers)) return;
  const why = "another service of this host or domain has set one";
  throw new ApiError(
    "forbidden",
    `This browser holds two sessions of this host: ${why}. Delete its cookies.`,
  );
}

/** @throws ApiError when the token or the code opens nothing */
async function signIn(
  { base, guard, signIns }: SessionRouteDeps & { readonly signIns: FailedTries },
  { token, code }: SignIn,
  request: FastifyRequest,
): Promise<OpenedSession> {
  if (code !== undefined) return await signInByCode({ base, guard }, code, request);
  const deps = { tokens: base.tokens, opsToken: base.config.ops.token, guard };
  const found = await checkCredential(deps, token ?? "", "session", request);
  switch (found.kind) {
    case "blocked":
      throw tooMany(WRONG_TOO_OFTEN, found.forMs);
    case "unknown":
      throw unauthorized(WRONG_TOKEN);
    case "known": {
      const place = placeOfHolder(found.holder);
      const waitMs = signIns.blockedFor(place);
      if (waitMs !== undefined) throw tooMany("This token has signed in too often.", waitMs);
      await assertRoom(base, found.caller);
      signIns.note(place);
      const opened = await openSession(base, found.holder, request.id);
      // Revoked in this very moment.
      if (!opened) throw unauthorized(WRONG_TOKEN);
      return opened;
    }
  }
}

/** As with tokens of ours: nobody guesses 256 random bits, so a right code opens although its address has to wait. */
async function signInByCode(
  { base, guard }: Pick<SessionRouteDeps, "base" | "guard">,
  code: string,
  request: FastifyRequest,
): Promise<OpenedSession> {
  const opened = await useSignInCode(base, code, request.id);
  if (opened) return opened;
  const blockedForMs = guard.blockedFor(request);
  guard.failed("link", request, blockedForMs === undefined ? "counted" : "told");
  if (blockedForMs !== undefined) throw tooMany(WRONG_TOO_OFTEN, blockedForMs);
  throw unauthorized("This sign-in link has been used, or is older than ten minutes: ask for another.");
}
