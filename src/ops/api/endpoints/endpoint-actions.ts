import { enableEndpoint, pauseEndpoint, rotateEndpoint } from "../../../admin/endpoints/change-endpoint.ts";
import { findEndpoint } from "../../../admin/endpoints/find-endpoint.ts";
import type { ApiDeps } from "../api.ts";
import { notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { toAnswerWithSecret, toEndpointAnswer } from "./endpoint-answer.ts";
import { ENDPOINT, ENDPOINT_WITH_SECRET, PAUSED } from "./endpoint-examples.ts";
import {
  endpointParams,
  endpointSchema,
  endpointWithSecretSchema,
  rotationSchema,
  testResultSchema,
} from "./endpoint-schemas.ts";
import { matchHeaders, revisionOf, toEntityTag } from "../entity-tag.ts";
import { toApiError } from "../refuse.ts";
import { toTestAnswer } from "./test-answer.ts";
import { nameOf } from "../validate.ts";

export function addEndpointActions(scope: ApiScope, deps: ApiDeps): void {
  addPause(scope, deps);
  addEnable(scope, deps);
  addRotate(scope, deps);
  addTest(scope, deps);
}

function addPause(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/pause",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        whenFull: "allowed",
        problems: ["not_found", "stale"],
        answers: { 200: "The endpoint, paused." },
        examples: { answer: PAUSED },
      },
    },
    schema: {
      operationId: "pauseEndpoint",
      tags: ["Endpoints"],
      summary: "Pause an endpoint",
      description:
        "Nothing goes out to it, and what it is to get is kept until it is enabled. Safe to repeat.",
      params: endpointParams,
      headers: matchHeaders,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const outcome = await pauseEndpoint(
        base,
        callerOf(request),
        id,
        revisionOf(request.headers["if-match"]),
      );
      if (outcome.kind !== "changed") throw toApiError(outcome, "endpoint", id);
      reply.header("etag", toEntityTag(outcome.endpoint.revision));
      return await toEndpointAnswer(base, callerOf(request), outcome.endpoint);
    },
  });
}

function addEnable(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/enable",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "conflict", "stale"],
        answers: { 200: "The endpoint, enabled. `status.parked` says how many wait for a recover." },
        examples: { answer: ENDPOINT },
      },
    },
    schema: {
      operationId: "enableEndpoint",
      tags: ["Endpoints"],
      summary: "Enable an endpoint",
      description:
        "Ends a pause, and a disabling after five days of failing or a 410. What waited goes out; what was parked while it was disabled is sent by a recover. A subscriber cannot end a pause of the operator's (409). Safe to repeat.",
      params: endpointParams,
      headers: matchHeaders,
      response: { 200: endpointSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const outcome = await enableEndpoint(
        base,
        callerOf(request),
        id,
        nameOf,
        revisionOf(request.headers["if-match"]),
      );
      if (outcome.kind !== "changed") throw toApiError(outcome, "endpoint", id);
      reply.header("etag", toEntityTag(outcome.endpoint.revision));
      return await toEndpointAnswer(base, callerOf(request), outcome.endpoint);
    },
  });
}

function addRotate(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/rotate",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "conflict", "stale"],
        answers: {
          200: "The endpoint, and what the new key is verified with. The secret is shown this once.",
        },
        examples: { body: { overlap_seconds: 86_400 }, answer: ENDPOINT_WITH_SECRET },
      },
    },
    schema: {
      operationId: "rotateEndpoint",
      tags: ["Endpoints"],
      summary: "Replace the signing key",
      description:
        "A new key signs at once; the former one goes on signing beside it for the overlap, so that nothing is refused while you change it. Without a body it is a day.",
      params: endpointParams,
      headers: matchHeaders,
      body: rotationSchema,
      response: { 200: endpointWithSecretSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const { overlap_seconds: overlapSeconds, signature } = request.body;
      const revision = revisionOf(request.headers["if-match"]);
      const rotation = { overlapMs: overlapSeconds * 1_000, signature, revision };
      const outcome = await rotateEndpoint(base, callerOf(request), id, rotation, nameOf);
      if (outcome.kind !== "changed") throw toApiError(outcome, "endpoint", id);
      reply.header("etag", toEntityTag(outcome.endpoint.revision));
      return await toAnswerWithSecret(base, callerOf(request), outcome.endpoint);
    },
  });
}

function addTest(scope: ApiScope, { base, test }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/test",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "conflict"],
        answers: { 200: "What became of it, also when that is nothing good." },
        examples: {
          answer: { result: "delivered", status: 200, duration_ms: 84, error_class: null, detail: null },
        },
      },
    },
    schema: {
      operationId: "testEndpoint",
      tags: ["Endpoints"],
      summary: "Send a test event",
      description:
        "Sends one `endpoint.test` now, the way every callback goes: guard, signature, deadline. A 2xx enables an endpoint that failing has disabled. To one that the operator has paused a subscriber sends none (409).",
      params: endpointParams,
      response: { 200: testResultSchema },
    },
    handler: async (request) => {
      const { id } = request.params;
      const caller = callerOf(request);
      const endpoint = await findEndpoint(base, caller, id);
      if (!endpoint) throw notFound("endpoint", id);
      const result = await test(caller, endpoint);
      if (result.kind !== "tested") throw toApiError(result, "endpoint", id);
      return toTestAnswer(caller, result);
    },
  });
}
