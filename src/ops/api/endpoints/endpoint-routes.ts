import { z } from "zod";

import { updateEndpoint } from "../../../admin/endpoints/change-endpoint.ts";
import { createEndpoint } from "../../../admin/endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../../../admin/endpoints/delete-endpoint.ts";
import { findEndpoint } from "../../../admin/endpoints/find-endpoint.ts";
import { listEndpoints } from "../../../admin/endpoints/list-endpoints.ts";
import type { ApiDeps } from "../api.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { toAnswerWithSecret, toEndpointAnswer } from "./endpoint-answer.ts";
import { ENDPOINT, ENDPOINT_WITH_SECRET } from "./endpoint-examples.ts";
import {
  endpointChangeSchema,
  endpointPage,
  endpointParams,
  endpointSchema,
  endpointStatusSchema,
  endpointWithSecretSchema,
  newEndpointSchema,
} from "./endpoint-schemas.ts";
import { matchHeaders, revisionOf, toEntityTag } from "../entity-tag.ts";
import { idempotencyHeaders, madeAndGone, once } from "../idempotency.ts";
import { cutPage, pageQuery } from "../page.ts";
import { MOST_URL_CHARACTERS, pathBefore } from "../../../config/http-url.ts";
import { boundedText, searchQuery } from "../query-fields.ts";
import { toApiError } from "../refuse.ts";
import { nameOf } from "../validate.ts";

const listQuery = z.strictObject({
  ...pageQuery,
  search: searchQuery("the id, the description or the host"),
  url: boundedText(MOST_URL_CHARACTERS)
    .optional()
    .meta({
      description:
        "Only those that call exactly this URL. Not for viewers, to whom URLs are not shown whole.",
      examples: [ENDPOINT.url],
    }),
  state: z
    .enum([...endpointStatusSchema.shape.state.options, "trouble"])
    .optional()
    .meta({
      description: "Only those in this state. trouble: in any but healthy. Left out: all.",
      examples: ["trouble"],
    }),
});

export function addEndpointRoutes(scope: ApiScope, deps: ApiDeps): void {
  addReading(scope, deps);
  addCreate(scope, deps);
  addUpdate(scope, deps);
  addDelete(scope, deps);
}

function addReading(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/endpoints",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: { 200: "A page of endpoints, by id." },
        examples: { answer: { data: [ENDPOINT], next: null } },
      },
    },
    schema: {
      operationId: "listEndpoints",
      tags: ["Endpoints"],
      summary: "List the endpoints",
      description: "A subscriber sees its own, everybody else all of them.",
      querystring: listQuery,
      response: { 200: endpointPage },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      if (caller.role === "viewer" && request.query.url !== undefined) throw hiddenUrl();
      const found = await listEndpoints(base, caller, request.query);
      const { items, next } = cutPage(found, request.query, ({ id }) => id);
      return { data: await Promise.all(items.map((item) => toEndpointAnswer(base, caller, item))), next };
    },
  });

  scope.route({
    method: "GET",
    url: "/endpoints/:id",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: { 200: "The endpoint. Its version stands in `etag`, for `If-Match`." },
        examples: { answer: ENDPOINT },
      },
    },
    schema: {
      operationId: "readEndpoint",
      tags: ["Endpoints"],
      summary: "Read an endpoint",
      description: "Its settings, its keys without their secrets, and how it is doing.",
      params: endpointParams,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const endpoint = await findEndpoint(base, callerOf(request), id);
      if (!endpoint) throw notFound("endpoint", id);
      reply.header("etag", toEntityTag(endpoint.revision));
      return await toEndpointAnswer(base, callerOf(request), endpoint);
    },
  });
}

function addCreate(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["conflict", "under_way", "gone", "key_reused"],
        answers: {
          201: "The endpoint, and what its callbacks are verified with. The secret is shown this once.",
        },
        examples: { body: { url: ENDPOINT.url, events: ENDPOINT.events }, answer: ENDPOINT_WITH_SECRET },
      },
    },
    schema: {
      operationId: "createEndpoint",
      tags: ["Endpoints"],
      summary: "Make an endpoint (subscribe)",
      description:
        "It gets what happens from now on. `url` and `events` are enough: this is the subscribe of REST Hooks, and deleting the endpoint is the unsubscribe.",
      headers: idempotencyHeaders,
      body: newEndpointSchema,
      response: { 201: endpointWithSecretSchema },
    },
    handler: async (request, reply) => {
      const { id, signature, paused, ...settings } = request.body;
      const caller = callerOf(request);
      const made = await once(base, request, reply, {
        carryOut: async () => {
          const given = { id, signature, paused, settings: toSettings(settings) };
          const outcome = await createEndpoint(base, caller, given, nameOf);
          if (outcome.kind === "exists") throw taken(id ?? "");
          if (outcome.kind !== "created") throw toApiError(outcome, "endpoint", id ?? "");
          const { endpoint, key } = outcome;
          return {
            made: { id: endpoint.id, key: key.createdAt },
            answer: await toAnswerWithSecret(base, caller, endpoint),
          };
        },
        replay: async ({ id: madeId, key }) => {
          const endpoint = await findEndpoint(base, caller, madeId);
          if (!endpoint) throw madeAndGone("endpoint", madeId);
          // The secret of a later key is for whoever rotated.
          if (endpoint.signingKeys[0]?.createdAt !== key) throw rotatedSince(madeId);
          return await toAnswerWithSecret(base, caller, endpoint);
        },
      });
      const where = {
        location: `${pathBefore(base.config.ops.publicUrl)}/v1/endpoints/${made.id}`,
        etag: toEntityTag(made.revision),
      };
      return await reply.code(201).headers(where).send(made);
    },
  });
}

function addUpdate(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "PATCH",
    url: "/endpoints/:id",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "conflict", "stale"],
        answers: { 200: "The endpoint as it is now." },
        examples: { body: { payload: "ids", rate_limit: 10 }, answer: ENDPOINT },
      },
    },
    schema: {
      operationId: "updateEndpoint",
      tags: ["Endpoints"],
      summary: "Change an endpoint",
      description:
        "Changes the settings that are given and leaves the others. An endpoint of the configuration file is changed there (409).",
      params: endpointParams,
      headers: matchHeaders,
      body: endpointChangeSchema,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const change = {
        settings: toSettings(request.body),
        revision: revisionOf(request.headers["if-match"]),
      };
      const outcome = await updateEndpoint(base, callerOf(request), id, change, nameOf);
      if (outcome.kind !== "changed") throw toApiError(outcome, "endpoint", id);
      reply.header("etag", toEntityTag(outcome.endpoint.revision));
      return await toEndpointAnswer(base, callerOf(request), outcome.endpoint);
    },
  });
}

function addDelete(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "DELETE",
    url: "/endpoints/:id",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        whenFull: "allowed",
        problems: ["not_found", "conflict", "stale"],
        answers: { 204: "It is gone, and every delivery that waited for it." },
      },
    },
    schema: {
      operationId: "deleteEndpoint",
      tags: ["Endpoints"],
      summary: "Delete an endpoint (unsubscribe)",
      description:
        "For good, with every delivery that still waits for it. To hold them back instead, pause it.",
      params: endpointParams,
      headers: matchHeaders,
      response: { 204: z.undefined() },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const outcome = await deleteEndpoint(
        base,
        callerOf(request),
        id,
        nameOf,
        revisionOf(request.headers["if-match"]),
      );
      if (outcome.kind !== "deleted") throw toApiError(outcome, "endpoint", id);
      return await reply.code(204).send();
    },
  });
}

/** A viewer could find out by trying what it is not shown. */
function hiddenUrl(): ApiError {
  return new ApiError(
    "forbidden",
    "A viewer's token does not look for endpoints by their whole URL: search finds the host.",
  );
}

function rotatedSince(id: string): ApiError {
  return new ApiError(
    "conflict",
    `The endpoint "${id}" that this Idempotency-Key made has had its signing key replaced since: its secret was told then.`,
  );
}

function taken(id: string): ApiError {
  const message = `there is an endpoint "${id}" already`;
  const problem = { path: "id", message, remedy: "take another name, or change that one" };
  return new ApiError("conflict", message, { problems: [problem] });
}

/** Null takes a setting back to its default: in the settings' own schema that is to leave it out. */
function toSettings(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? undefined]));
}
