import { z } from "zod";

import { findEndpoint } from "../../../admin/endpoints/find-endpoint.ts";
import { previewRecovery, readRecovery, startRecovery } from "../../../admin/deliveries/recoveries.ts";
import { eventPattern } from "../../../config/known-names.ts";
import { NAMEABLE } from "../../../admin/nameable.ts";
import { pathBefore } from "../../../config/http-url.ts";
import type { ApiDeps } from "../api.ts";
import { notFound, searchTooLong } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { endpointParams } from "../endpoints/endpoint-schemas.ts";
import { idempotencyHeaders, once } from "../idempotency.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { moment } from "../query-fields.ts";

const recoverySchema = z
  .strictObject({
    since: moment("Events that were committed then or later. Left out: all that are kept."),
    until: moment("Events that were committed before. Left out: up to now."),
    states: z
      .array(z.enum(["parked", "failed", "delivered"]))
      .min(1, "name one at least")
      .max(3, "name each once")
      .default(["parked", "failed"])
      .meta({ description: "What came to rest how. delivered: send once more what was taken." }),
    types: z
      .array(eventPattern(NAMEABLE.eventTypes))
      .max(100, "name at most 100")
      .default([])
      .meta({ description: "Event types, `<subject>.*` or `*`. Left out: all." }),
  })
  .meta({ id: "NewRecovery", description: "What is to be sent again." });

export const countSchema = z
  .strictObject({
    total: z.int(),
    by_type: z.record(z.string(), z.int()),
  })
  .meta({ id: "RecoveryCount", description: "How much a recovery would send." });

const startedSchema = z
  .strictObject({ id: z.string().meta({ description: "For asking how far it is." }) })
  .meta({ id: "StartedRecovery", description: "A recovery that has begun." });

export const progressSchema = z
  .strictObject({
    id: z.string(),
    done: z.boolean(),
    seen: z.int().meta({ description: "Deliveries that were looked at." }),
    taken: z.int().meta({ description: "Deliveries that are sent again." }),
    up_to: z
      .string()
      .meta({ format: "date-time", description: "All events up to here have been looked at." }),
  })
  .meta({ id: "Recovery", description: "How far a recovery is." });

const EXAMPLE_BODY = { since: "2026-11-20T00:00:00Z", types: ["appointment.*"] };

export function addRecoveryRoutes(scope: ApiScope, deps: ApiDeps): void {
  addPreview(scope, deps);
  addStart(scope, deps);
  addProgress(scope, deps);
}

function addPreview(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/recoveries/preview",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        whenFull: "allowed",
        problems: ["not_found", "search_too_long"],
        answers: { 200: "How many there are." },
        examples: {
          body: EXAMPLE_BODY,
          answer: { total: 41, by_type: { "appointment.created": 29, "appointment.cancelled": 12 } },
        },
      },
    },
    schema: {
      operationId: "previewRecovery",
      tags: ["Deliveries"],
      summary: "Count what a recovery would send",
      description:
        "Nothing is sent. All of the time is counted; where that takes too long there is no count (503).",
      params: endpointParams,
      body: recoverySchema,
      response: { 200: countSchema },
    },
    handler: async (request) => {
      const { id } = request.params;
      const recovery = toRecovery(id, request.body, base.now());
      const count = await previewRecovery(base, callerOf(request), recovery, patienceOf(request));
      if (!count) throw notFound("endpoint", id);
      if (count === "search_too_long") {
        throw searchTooLong(
          "There is too much to count in time: name a later `since`, or an earlier `until`.",
        );
      }
      return { total: count.total, by_type: { ...count.byType } };
    },
  });
}

function addStart(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/recoveries",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "under_way", "key_reused"],
        answers: { 202: "It has begun." },
        examples: { body: EXAMPLE_BODY, answer: { id: "17" } },
      },
    },
    schema: {
      operationId: "startRecovery",
      tags: ["Deliveries"],
      summary: "Send again what was not taken",
      description:
        "Everything of the time that was parked while the endpoint was disabled, or failed for good, gets a whole new schedule, the oldest first and behind first attempts. Ask for a preview first.",
      params: endpointParams,
      headers: idempotencyHeaders,
      body: recoverySchema,
      response: { 202: startedSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const caller = callerOf(request);
      const started = await once(base, request, reply, {
        carryOut: async () => {
          const recovery = await startRecovery(base, caller, toRecovery(id, request.body, base.now()));
          if (recovery === undefined) throw notFound("endpoint", id);
          return { made: { id: recovery }, answer: { id: recovery } };
        },
        replay: async (made) => {
          if (!(await findEndpoint(base, caller, id))) throw notFound("endpoint", id);
          return { id: made.id };
        },
      });
      const location = `${pathBefore(base.config.ops.publicUrl)}/v1/endpoints/${id}/recoveries/${started.id}`;
      return await reply.code(202).header("location", location).send(started);
    },
  });
}

function addProgress(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/endpoints/:id/recoveries/:recovery",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: { 200: "How far it is." },
        examples: {
          answer: { id: "17", done: false, seen: 1_500, taken: 41, up_to: "2026-11-21T16:40:00.000Z" },
        },
      },
    },
    schema: {
      operationId: "readRecovery",
      tags: ["Deliveries"],
      summary: "Read how far a recovery is",
      description: "Known for an hour after it is done.",
      params: endpointParams.extend({
        recovery: z
          .string()
          .max(40, "is longer than any id")
          .meta({
            description: "Id of the recovery.",
            examples: ["17"],
          }),
      }),
      response: { 200: progressSchema },
    },
    handler: async (request) => {
      const { id, recovery } = request.params;
      const found = await readRecovery(base, callerOf(request), id, recovery);
      if (!found) throw notFound("recovery", recovery);
      const { after, done, seen, taken } = found;
      return { id: recovery, done, seen, taken, up_to: new Date(after).toISOString() };
    },
  });
}

function toRecovery(
  endpoint: string,
  { since = 0, until, states, types }: z.infer<typeof recoverySchema>,
  now: number,
): Parameters<typeof startRecovery>[2] {
  return { endpoint, since, until: until ?? now, states, types };
}
