import { z } from "zod";

import { listEvents } from "../../../admin/events/list-events.ts";
import { visibilityOf } from "../../../admin/records/visibility.ts";
import type { CatalogueEntry } from "../../../catalogue/catalogue-entry.ts";
import { eventCatalogue, findEntry } from "../../../catalogue/event-catalogue.ts";
import { sampleRelated } from "../../../catalogue/sample-related.ts";
import { relatedFor } from "../../../diff/callback-body.ts";
import { eventSchema } from "../../../diff/event.ts";
import { isRecord } from "../../../shared/is-record.ts";
import { type FixedAnswer, createFixedAnswer } from "../../fixed-answer.ts";
import type { ApiDeps } from "../api.ts";
import { notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { resourceOf } from "../../../resources/registry.ts";
import { callbackSchema, toCallback } from "./event-answer.ts";
import { CALLBACK } from "./event-examples.ts";
import { payloadQuery, toView } from "./event-routes.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { cutPage, pageOf, pageQuery } from "../page.ts";
import { assertMayInclude, expandQuery, includeQuery, localTimeQuery } from "../query-fields.ts";

const EVERYBODY = ["admin", "viewer", "subscriber"] as const;

const listedType = {
  type: z.string(),
  subject: z.string(),
  resource: z.string().nullable().meta({
    description:
      "What Cliniko calls this kind of record in its paths; null for what is reported of the service itself.",
  }),
  title: z.string(),
  when: z.string().meta({ description: "The end of the sentence: it is sent when …" }),
  not_when: z.string().nullable().meta({ description: "The end of the sentence: not when …" }),
};

const typePage = pageOf(
  z.strictObject(listedType).meta({ id: "EventTypeSummary", description: "An event type." }),
  "EventTypePage",
);

const typeSchema = z
  .strictObject({
    ...listedType,
    schema: z.record(z.string(), z.unknown()).meta({ description: "JSON Schema, draft 2020-12." }),
    example: callbackSchema,
  })
  .meta({ id: "EventType", description: "An event type, its schema and an example." });

const samplesSchema = z
  .strictObject({
    data: z.array(callbackSchema).meta({ description: "The newest first." }),
    recorded: z.boolean().meta({
      description:
        "True: they have happened in an account that you may see. False: it is the catalogue's example.",
    }),
  })
  .meta({ id: "Samples", description: "What a callback of a type looks like." });

const SUMMARY = {
  type: "appointment.rescheduled",
  subject: "appointment",
  resource: "individual_appointments",
  title: "Appointment moved in time",
  when: "`starts_at` or `ends_at` moved",
  not_when: "only the practitioner or the business changed (`updated`)",
};

const typeParams = z.object({
  type: z
    .string()
    .max(80, "is longer than any type")
    .meta({
      description: "The event type.",
      examples: ["appointment.rescheduled"],
    }),
});

export function addEventTypeRoutes(scope: ApiScope, deps: ApiDeps): void {
  addList(scope);
  addRead(scope);
  addSamples(scope, deps);
}

/** Pages that are asked for again and again: there are three of a hundred. */
const MOST_PAGES_KEPT = 10;

function addList(scope: ApiScope): void {
  const entries = eventCatalogue.toSorted((left, right) => (left.type < right.type ? -1 : 1));
  const pages = new Map<string, FixedAnswer>();
  scope.route({
    method: "GET",
    url: "/event-types",
    config: {
      operation: {
        roles: EVERYBODY,
        answers: {
          200: "A page of event types, by name.",
          304: "You have it: `if-none-match` is its tag.",
        },
        examples: { answer: { data: [SUMMARY], next: null } },
      },
    },
    schema: {
      operationId: "listEventTypes",
      tags: ["Events"],
      summary: "List the event types",
      description: "Every type there is, and when it is emitted.",
      querystring: z.strictObject(pageQuery),
      response: { 200: typePage, 304: z.undefined() },
    },
    handler: async (request, reply) => {
      const { items, next } = cutPage(entries, request.query, ({ type }) => type);
      const name = `${items[0]?.type} ${items.length}`;
      const page = pages.get(name) ?? createFixedAnswer(() => ({ data: items.map(toSummary), next }));
      if (pages.size < MOST_PAGES_KEPT) pages.set(name, page);
      return await page.send(request, reply);
    },
  });
}

function addRead(scope: ApiScope): void {
  const answers = new Map<CatalogueEntry, FixedAnswer>(
    eventCatalogue.map((entry) => [entry, createFixedAnswer(() => typeSchema.parse(toType(entry)))]),
  );
  scope.route({
    method: "GET",
    url: "/event-types/:type",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found"],
        answers: { 200: "The event type.", 304: "You have it: `if-none-match` is its tag." },
        examples: {
          answer: { ...SUMMARY, schema: { type: "object", required: ["type", "data"] }, example: CALLBACK },
        },
      },
    },
    schema: {
      operationId: "readEventType",
      tags: ["Events"],
      summary: "Read an event type",
      description:
        "When it is sent, its JSON Schema at every payload level, and an example at payload level `full`.",
      params: typeParams,
      response: { 200: typeSchema, 304: z.undefined() },
    },
    handler: async (request, reply) => {
      const { type } = request.params;
      const entry = findEntry(type);
      const answer = entry && answers.get(entry);
      if (!answer) throw notFound("event type", type);
      return await answer.send(request, reply);
    },
  });
}

function toType(entry: CatalogueEntry): z.infer<typeof typeSchema> {
  const schema: unknown = entry.jsonSchema();
  return {
    ...toSummary(entry),
    schema: isRecord(schema) ? { ...schema } : {},
    example: callbackSchema.parse(entry.example),
  };
}

function addSamples(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/event-types/:type/samples",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found"],
        answers: { 200: "One at least." },
        examples: { answer: { data: [CALLBACK], recorded: true } },
      },
    },
    schema: {
      operationId: "listSamples",
      tags: ["Events"],
      summary: "List samples of an event type",
      description:
        "For setting up a REST hook, as a callback would bring them: the newest events of the type that you may see, or the catalogue's example when there is none.",
      params: typeParams,
      querystring: z.strictObject({
        limit: z.coerce.number().int().min(1, "use 1 to 20").max(20, "use 1 to 20").default(3).meta({
          description: "How many at most.",
        }),
        payload: payloadQuery,
        include: includeQuery,
        expand: expandQuery,
        local_time: localTimeQuery,
      }),
      response: { 200: samplesSchema },
    },
    handler: async (request) => {
      const { type } = request.params;
      const caller = callerOf(request);
      assertMayInclude(caller, request.query.include);
      const view = toView(request.query);
      const entry = findEntry(type);
      if (!entry) throw notFound("event type", type);
      const query = { types: [type], order: "newest_first" as const };
      const page = { from: undefined, count: request.query.limit };
      const patience = patienceOf(request);
      const { events } = await listEvents(base, await visibilityOf(base, caller), query, page, patience);
      const related = await relatedFor(base.log, view, events);
      const data = events.flatMap(({ body, eventId }) =>
        body.state === "kept" ? [toCallback(body.event, view, related.get(eventId))] : [],
      );
      if (data.length > 0) return { data, recorded: true };
      const example = eventSchema.parse(entry.example);
      return { data: [toCallback(example, view, sampleRelated(example))], recorded: false };
    },
  });
}

function toSummary({
  type,
  subject,
  title,
  when,
  notWhen,
}: CatalogueEntry): z.infer<typeof typePage>["data"][number] {
  return {
    type,
    subject,
    resource: resourceOf(subject)?.path ?? null,
    title,
    when,
    not_when: notWhen ?? null,
  };
}
