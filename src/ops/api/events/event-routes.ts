import { z } from "zod";

import { deliveriesOf } from "../../../admin/deliveries/deliveries.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import { type FoundEvent, findEvent } from "../../../admin/events/find-event.ts";
import { type EventQuery, listEvents } from "../../../admin/events/list-events.ts";
import { visibilityOf } from "../../../admin/records/visibility.ts";
import { type View, relatedFor } from "../../../diff/callback-body.ts";
import { PAYLOAD_LEVELS } from "../../../config/endpoint-settings.ts";
import type { Patience } from "../../../store/events/patience.ts";
import { isPosition } from "../../../store/events/position.ts";
import type { ApiDeps } from "../api.ts";
import { notFound, searchTooLong } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { deliveryPage, toDeliveryAnswer } from "../deliveries/delivery-answer.ts";
import { DELIVERY } from "../deliveries/delivery-examples.ts";
import { eventPage, loggedEventSchema, toEventAnswer } from "./event-answer.ts";
import { LOGGED_EVENT } from "./event-examples.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { pageQuery, parseCursor, toCursor } from "../page.ts";
import {
  accountsQuery,
  assertHasValues,
  assertMayInclude,
  badRequest,
  expandQuery,
  includeQuery,
  localTimeQuery,
  longCursor,
  moment,
  recordIdField,
  subjectField,
  toAccounts,
  typesQuery,
} from "../query-fields.ts";

const EVERYBODY = ["admin", "viewer", "subscriber"] as const;

export const payloadQuery = z.enum(PAYLOAD_LEVELS).default("full").meta({
  description: "full: the record · changes: what changed · ids: no values at all.",
});

const eventParams = z.object({
  event: z
    .string()
    .max(100, "is longer than any id")
    .meta({
      description: "Id of the event.",
      examples: ["evt_3XwzrG5n1bG4m0bqQ1Zc8w2K"],
    }),
});

const listQuery = z.strictObject({
  ...pageQuery,
  // It names a place for each account.
  cursor: longCursor,
  accounts: accountsQuery,
  types: typesQuery,
  subject: subjectField.optional(),
  subject_id: recordIdField.optional(),
  since: moment("Only what was committed then or later."),
  until: moment("Only what was committed before."),
  order: z.enum(["newest_first", "oldest_first"]).default("newest_first"),
  payload: payloadQuery,
  include: includeQuery,
  expand: expandQuery,
  local_time: localTimeQuery,
});

/** Per account, the last entry that was looked at; null: none yet. */
const placesSchema = z.record(z.string(), z.string().refine(isPosition).nullable());

export function addEventRoutes(scope: ApiScope, deps: ApiDeps): void {
  addList(scope, deps);
  addRead(scope, deps);
  addDeliveries(scope, deps);
}

function addList(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/events",
    config: {
      operation: {
        roles: EVERYBODY,
        answers: { 200: "A page of events. It may be short, even empty, and not the last: go by `next`." },
        examples: { answer: { data: [LOGGED_EVENT], next: null } },
      },
    },
    schema: {
      operationId: "listEvents",
      tags: ["Events"],
      summary: "List events",
      description:
        "What is in the log, of all accounts that you may see, the newest first. To be told of what happens, use the feed: it leaves no gap.",
      querystring: listQuery,
      response: { 200: eventPage },
    },
    handler: async (request) => {
      const { limit, cursor, include } = request.query;
      const view = toView(request.query);
      const caller = callerOf(request);
      assertMayInclude(caller, include);
      const query = toQuery(request.query, toAccounts(base, caller, request.query.accounts));
      const from = parseCursor(cursor, placesSchema);
      const places = from && new Map(Object.entries(from).map(([name, place]) => [name, place ?? undefined]));
      const page = { from: places, count: limit };
      const patience = patienceOf(request);
      const { events, next } = await listEvents(
        base,
        await visibilityOf(base, caller),
        query,
        page,
        patience,
      );
      const related = await relatedFor(base.log, view, events);
      return {
        data: events.map((event) => toEventAnswer(event, view, related.get(event.eventId))),
        next:
          next === undefined
            ? null
            : toCursor(Object.fromEntries([...next].map(([name, place]) => [name, place ?? null]))),
      };
    },
  });
}

/** @throws ApiError there are no values at payload level ids */
export function toView(
  query: Pick<z.infer<typeof listQuery>, "expand" | "include" | "local_time" | "payload">,
): View {
  assertHasValues(query);
  const { expand, include, payload } = query;
  return { payload, include, expand, localTime: query.local_time === "true" };
}

function toQuery(
  { types, subject, subject_id: id, since, until, order }: z.infer<typeof listQuery>,
  accounts: readonly string[] | undefined,
): EventQuery {
  if (id !== undefined && subject === undefined) {
    throw badRequest({
      path: "query.subject",
      message: "is missing",
      remedy: "say what kind of record has this id, like subject=appointment",
    });
  }
  return {
    types,
    accounts,
    since,
    until,
    order,
    subject: subject === undefined ? undefined : { type: subject, id },
  };
}

function addRead(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/events/:event",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found", "search_too_long"],
        answers: { 200: "The event." },
        examples: { answer: LOGGED_EVENT },
      },
    },
    schema: {
      operationId: "readEvent",
      tags: ["Events"],
      summary: "Read an event",
      description: "One event by its id: the `webhook-id` of its callbacks.",
      params: eventParams,
      querystring: z.strictObject({
        payload: payloadQuery,
        include: includeQuery,
        expand: expandQuery,
        local_time: localTimeQuery,
      }),
      response: { 200: loggedEventSchema },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      assertMayInclude(caller, request.query.include);
      const view = toView(request.query);
      const { event } = request.params;
      const found = await findOrThrow(base, caller, event, patienceOf(request));
      const related = await relatedFor(base.log, view, [found]);
      return toEventAnswer(found, view, related.get(found.eventId));
    },
  });
}

/** @throws ApiError when it does not exist for the caller, or could not be looked for */
async function findOrThrow(
  base: ApiDeps["base"],
  caller: Caller,
  eventId: string,
  patience: Patience,
): Promise<FoundEvent> {
  const search = await findEvent(base, await visibilityOf(base, caller), eventId, patience);
  switch (search.kind) {
    case "found":
      return search.event;
    case "unknown":
      throw notFound("event", eventId);
    case "search_too_long":
      throw searchTooLong(
        "The log is being indexed after an upgrade, and looking through it took too long: try again in a minute.",
      );
  }
}

function addDeliveries(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/events/:event/deliveries",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found", "search_too_long"],
        answers: { 200: "What became of it, endpoint by endpoint. This is all: `next` is null." },
        examples: { answer: { data: [DELIVERY], next: null } },
      },
    },
    schema: {
      operationId: "listEventDeliveries",
      tags: ["Deliveries"],
      summary: "List the deliveries of an event",
      description: "One event at every endpoint that was given it.",
      params: eventParams,
      response: { 200: deliveryPage },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { event } = request.params;
      const patience = patienceOf(request);
      await findOrThrow(base, caller, event, patience);
      const found = await deliveriesOf(base, caller, event, patience);
      return {
        data: found.map(({ endpoint, delivery }) => toDeliveryAnswer(caller, endpoint, delivery)),
        next: null,
      };
    },
  });
}
