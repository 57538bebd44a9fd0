import { z } from "zod";

import { createToken, revokeToken } from "../../../admin/access/tokens.ts";
import type { ListedToken } from "../../../store/access/token-store.ts";
import { ApiError } from "../api-error.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { idempotencyHeaders, madeAndGone, once } from "../idempotency.ts";
import { cutPage, pageQuery } from "../page.ts";
import { toApiError } from "../refuse.ts";
import { MADE_TOKEN, NEW_TOKEN, TOKEN, madeTokenSchema, newTokenSchema, tokenPage } from "./token-schemas.ts";
import { toTokenAnswer } from "./token-answer.ts";
import { createToldAgain } from "./told-again.ts";
import { nameOf } from "../validate.ts";
import { boundedText } from "../query-fields.ts";

export function addTokenRoutes(scope: ApiScope, deps: ApiDeps): void {
  addList(scope, deps);
  addCreate(scope, deps);
  addRevoke(scope, deps);
}

function addList(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/tokens",
    config: {
      operation: {
        roles: ["admin"],
        answers: { 200: "A page of tokens." },
        examples: { answer: { data: [TOKEN], next: null, unreadable: [] } },
      },
    },
    schema: {
      operationId: "listTokens",
      tags: ["Access"],
      summary: "List the tokens",
      description:
        "The oldest first. Those that have expired are among them, those that were revoked are not.",
      querystring: z.strictObject(pageQuery),
      response: { 200: tokenPage },
    },
    handler: async ({ query }) => {
      const { items, next } = cutPage(await base.tokens.list(), query, keyOf);
      const unreadable = [...(await base.tokens.unreadable())];
      return { data: items.map((token) => toTokenAnswer(token, token.lastUsedAt)), next, unreadable };
    },
  });
}

function addCreate(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/tokens",
    config: {
      operation: {
        roles: ["admin"],
        problems: ["under_way", "gone", "key_reused"],
        answers: { 201: "The token. It is shown this once." },
        examples: { body: NEW_TOKEN, answer: MADE_TOKEN },
      },
    },
    schema: {
      operationId: "createToken",
      tags: ["Access"],
      summary: "Make a token",
      description:
        "The answer holds the token itself. Only its SHA-256 is kept. It expires after 90 days, unless you say otherwise.",
      headers: idempotencyHeaders,
      body: newTokenSchema,
      response: { 201: madeTokenSchema },
    },
    handler: async (request, reply) => {
      const { expires_at: expiresAt, ...given } = request.body;
      const toldAgain = createToldAgain(request, base.config.ops.publicUrl);
      const made = await once(base, request, reply, {
        carryOut: async () => {
          const until = typeof expiresAt === "string" ? Date.parse(expiresAt) : expiresAt;
          const asked = { ...given, expiresAt: until };
          const outcome = await createToken(base, callerOf(request), asked, nameOf);
          if (outcome.kind !== "created") throw toApiError(outcome, "token", "");
          const { secret, token } = outcome;
          return {
            made: { id: token.id, sealed: toldAgain.seal(secret) },
            answer: { ...toTokenAnswer(token, undefined), token: secret },
          };
        },
        replay: async ({ id, sealed = "" }) => {
          const token = (await base.tokens.list()).find((known) => known.id === id);
          if (!token) throw madeAndGone("token", id);
          const secret = toldAgain.open(sealed);
          if (secret === undefined) throw toldToAnother(id);
          return { ...toTokenAnswer(token, undefined), token: secret };
        },
      });
      return await reply.code(201).send(made);
    },
  });
}

/** The sign-in has changed since, or the ops token. */
function toldToAnother(id: string): ApiError {
  const remedy = "revoke it, and send another key for another one";
  return new ApiError(
    "gone",
    `The token "${id}" is told again to the very session or token that made it: ${remedy}.`,
  );
}

function addRevoke(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "DELETE",
    url: "/tokens/:id",
    config: {
      operation: {
        roles: ["admin"],
        problems: ["not_found"],
        answers: { 204: "It opens nothing any more." },
      },
    },
    schema: {
      operationId: "revokeToken",
      tags: ["Access"],
      summary: "Revoke a token",
      description:
        "It opens nothing from now on. Endpoints that were made with it stay, and go on being called: pause or delete them if that is to end too.",
      params: z.object({
        id: boundedText(100).meta({ description: "Id of the token.", examples: ["3f9c2ab41d07"] }),
      }),
      response: { 204: z.undefined() },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const outcome = await revokeToken(base, callerOf(request), id);
      if (outcome.kind !== "revoked") throw toApiError(outcome, "token", id);
      return await reply.code(204).send();
    },
  });
}

/** In the order of the list. */
function keyOf({ createdAt, id }: ListedToken): string {
  return `${String(createdAt).padStart(15, "0")} ${id}`;
}
