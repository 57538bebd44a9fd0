import { z } from "zod";

import { listDeliveries, readDelivery, retryDelivery } from "../../../admin/deliveries/deliveries.ts";
import { findEndpoint } from "../../../admin/endpoints/find-endpoint.ts";
import { DELIVERY_STATES } from "../../../store/outbox/delivery-state.ts";
import type { ApiDeps } from "../api.ts";
import { ApiError, notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { deliveryPage, deliverySchema, toDeliveryAnswer } from "./delivery-answer.ts";
import { DELIVERY } from "./delivery-examples.ts";
import { endpointParams } from "../endpoints/endpoint-schemas.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { pageQuery, parseCursor, toCursor } from "../page.ts";
import { moment, typesQuery } from "../query-fields.ts";

const deliveryParams = endpointParams.extend({
  event: z
    .string()
    .max(100, "is longer than any id")
    .meta({
      description: "Id of the event.",
      examples: ["evt_3XwzrG5n1bG4m0bqQ1Zc8w2K"],
    }),
});

const placeSchema = z.strictObject({ at: z.number(), eventId: z.string() });

export function addDeliveryRoutes(scope: ApiScope, deps: ApiDeps): void {
  addList(scope, deps);
  addRead(scope, deps);
  addRetry(scope, deps);
}

function addList(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/endpoints/:id/deliveries",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: {
          200: "A page of deliveries. It may be short, even empty, and not the last: go by `next`.",
        },
        examples: { answer: { data: [DELIVERY], next: null } },
      },
    },
    schema: {
      operationId: "listDeliveries",
      tags: ["Deliveries"],
      summary: "List the deliveries of an endpoint",
      description: "What it was given, with all attempts, the newest event first.",
      params: endpointParams,
      querystring: z.strictObject({
        ...pageQuery,
        state: z.enum(DELIVERY_STATES).optional().meta({ description: "Only those in this state." }),
        types: typesQuery,
        since: moment("Only of events that were committed then or later."),
        until: moment("Only of events that were committed before."),
      }),
      response: { 200: deliveryPage },
    },
    handler: async (request) => {
      const { id } = request.params;
      const caller = callerOf(request);
      const endpoint = await findEndpoint(base, caller, id);
      if (!endpoint) throw notFound("endpoint", id);
      const {
        cursor,
        limit: count,
        since = 0,
        state,
        types,
        until = Number.MAX_SAFE_INTEGER,
      } = request.query;
      const query = { since, until, types, states: state === undefined ? [] : [state] };
      const from = parseCursor(cursor, placeSchema);
      const patience = patienceOf(request);
      const page = await listDeliveries(base, caller, id, query, { from, count }, patience);
      const { deliveries, next } = page;
      return {
        data: deliveries.map((delivery) => toDeliveryAnswer(caller, endpoint, delivery)),
        next: next ? toCursor(next) : null,
      };
    },
  });
}

function addRead(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/endpoints/:id/deliveries/:event",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: { 200: "The delivery." },
        examples: { answer: DELIVERY },
      },
    },
    schema: {
      operationId: "readDelivery",
      tags: ["Deliveries"],
      summary: "Read a delivery",
      description: "One event for one endpoint, with all attempts.",
      params: deliveryParams,
      response: { 200: deliverySchema },
    },
    handler: async (request) => {
      const { event, id } = request.params;
      const caller = callerOf(request);
      const found = await readDelivery(base, caller, id, event);
      if (!found) throw notFound("delivery", `${id}/${event}`);
      return toDeliveryAnswer(caller, found.endpoint, found.delivery);
    },
  });
}

const retrySchema = z
  .strictObject({
    state: z.enum(["queued", "under_way"]).meta({
      description: "queued: one attempt more is on its way · under_way: it was about to be sent anyway.",
    }),
  })
  .meta({ id: "Retry", description: "What came of asking for one attempt more." });

function addRetry(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/endpoints/:id/deliveries/:event/retry",
    config: {
      operation: {
        roles: ["admin", "subscriber"],
        problems: ["not_found", "conflict"],
        answers: { 202: "It is asked for: read the delivery to see what comes of it." },
        examples: { answer: { state: "queued" } },
      },
    },
    schema: {
      operationId: "retryDelivery",
      tags: ["Deliveries"],
      summary: "Try a delivery once more",
      description:
        "One attempt more, now, beside the schedule: a failure changes nothing of it, a success ends it. A delivered event is sent once more. A paused endpoint gets it when it is enabled.",
      params: deliveryParams,
      response: { 202: retrySchema },
    },
    handler: async (request, reply) => {
      const { event, id } = request.params;
      const state = await retryDelivery(base, callerOf(request), id, event);
      if (state === "unknown") throw notFound("delivery", `${id}/${event}`);
      if (state === "disabled") {
        throw new ApiError("conflict", "The endpoint is disabled: enable it first, or let a test pass.");
      }
      return await reply.code(202).send({ state });
    },
  });
}
