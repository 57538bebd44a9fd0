import { z } from "zod";

import { accountsOf } from "../../../admin/access/caller.ts";
import type { Caller } from "../../../admin/access/caller.ts";
import { explain } from "../../../admin/deliveries/explain.ts";
import { readKnownRecord } from "../../../admin/records/known-record.ts";
import { readTimeline } from "../../../admin/records/record-timeline.ts";
import type { AccountConfig } from "../../../config/config.ts";
import { toIsoOrNull, toIsoSeconds } from "../../../shared/iso-time.ts";
import type { ApiDeps } from "../api.ts";
import { notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { toDeliveryAnswer } from "../deliveries/delivery-answer.ts";
import { toEventAnswer } from "../events/event-answer.ts";
import { payloadQuery } from "../events/event-routes.ts";
import { resourceOf } from "../../../resources/registry.ts";
import { toExplanationAnswer } from "./explanation-answer.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { assertMayInclude, includeQuery, moment, recordIdField, subjectField } from "../query-fields.ts";
import { EXPLANATION, RECORD, TIMELINE } from "./record-examples.ts";
import { explanationSchema, recordSchema, timelineSchema } from "./record-schemas.ts";

const EVERYBODY = ["admin", "viewer", "subscriber"] as const;

const recordParams = z.object({
  account: z
    .string()
    .max(63, "is longer than any name")
    .meta({
      description: "The clinic, as the operator named it.",
      examples: ["northside"],
    }),
  subject: subjectField,
  id: recordIdField,
});

export function addRecordRoutes(scope: ApiScope, deps: ApiDeps): void {
  addRead(scope, deps);
  addTimeline(scope, deps);
  addExplain(scope, deps);
}

/** @throws ApiError when it does not exist for the caller */
export function findAccount({ base }: Pick<ApiDeps, "base">, caller: Caller, name: string): AccountConfig {
  const account = base.config.accounts.find((candidate) => candidate.name === name);
  if (!account || !accountsOf(caller, base.config).includes(name)) throw notFound("account", name);
  return account;
}

function addRead(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/accounts/:account/records/:subject/:id",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found"],
        answers: { 200: "The record, or what is known of one that is deleted." },
        examples: { answer: RECORD },
      },
    },
    schema: {
      operationId: "readRecord",
      tags: ["Records"],
      summary: "Read what is known of a record",
      description:
        "The fields whose change makes an event, as Cliniko served them last. Cliniko is not asked, and none of its budget is spent: an endpoint with payload `ids` can fetch here. Not found: Cliniko has never shown such a record, or it was forgotten.",
      params: recordParams,
      querystring: z.strictObject({ include: includeQuery }),
      response: { 200: recordSchema },
    },
    handler: async (request) => {
      const { params, query } = request;
      const caller = callerOf(request);
      assertMayInclude(caller, query.include);
      const account = findAccount({ base }, caller, params.account);
      const resource = resourceOf(params.subject);
      if (!resource) throw notFound("kind of record", params.subject);
      const record = await readKnownRecord(base, account, resource.path, params.id, query.include);
      const name = { account: account.name, subject: { type: params.subject, id: params.id } };
      switch (record.state) {
        case "unknown":
          throw notFound(params.subject, params.id);
        case "deleted":
          return {
            ...name,
            state: record.state,
            sequence: record.sequence,
            updated_at: null,
            deleted_at: toIsoSeconds(record.deletedAt * 1_000),
            fields: null,
            withheld: [],
          };
        case "present":
          return {
            ...name,
            state: record.state,
            sequence: record.sequence,
            updated_at: toIsoSeconds(record.updatedAt * 1_000),
            deleted_at: null,
            fields: { ...record.fields },
            withheld: [...record.withheld],
          };
      }
    },
  });
}

function addTimeline(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/accounts/:account/records/:subject/:id/timeline",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found"],
        answers: { 200: "What has happened to it, the oldest first; nothing, when the log holds nothing." },
        examples: { answer: TIMELINE },
      },
    },
    schema: {
      operationId: "readTimeline",
      tags: ["Records"],
      summary: "Read the timeline of a record",
      description:
        "Every event of the record that the log holds, what changed with it, and what became of it at each endpoint that you may see.",
      params: recordParams,
      querystring: z.strictObject({ include: includeQuery, payload: payloadQuery.default("ids") }),
      response: { 200: timelineSchema },
    },
    handler: async (request) => {
      const { params, query } = request;
      const caller = callerOf(request);
      assertMayInclude(caller, query.include);
      findAccount({ base }, caller, params.account);
      if (!resourceOf(params.subject)) throw notFound("kind of record", params.subject);
      const { entries, logSince, truncated } = await readTimeline(
        base,
        caller,
        params,
        query.include,
        patienceOf(request),
      );
      return {
        entries: entries.map((entry) => ({
          ...toEventAnswer(entry, query),
          sequence: entry.body.state === "kept" ? entry.body.event.sequence : null,
          diff: entry.diff
            ? entry.diff.map(({ field, from, to }) => ({ field, from: from ?? null, to }))
            : null,
          deliveries: entry.deliveries.map(({ endpoint, delivery }) =>
            toDeliveryAnswer(caller, endpoint, delivery),
          ),
        })),
        log_since: toIsoOrNull(logSince),
        truncated,
      };
    },
  });
}

function addExplain(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/accounts/:account/records/:subject/:id/explain",
    config: {
      operation: {
        roles: EVERYBODY,
        problems: ["not_found"],
        answers: { 200: "The explanation, also of a record that is not known." },
        examples: { answer: EXPLANATION },
      },
    },
    schema: {
      operationId: "explainRecord",
      tags: ["Records"],
      summary: "Explain why an event was or was not made, and was or was not sent",
      description:
        "Step by step, in codes and words: whether the account is read and how far, what is known of the record, which events were made near the moment or why none was, and for each of them and each endpoint that you may see why it was or was not sent. Every code has a heading in docs/explain.md.",
      params: recordParams,
      querystring: z.strictObject({
        at: moment(
          "What is it about: what happened within 15 minutes of this. Left out: the last that happened.",
        ),
      }),
      response: { 200: explanationSchema },
    },
    handler: async (request) => {
      const { params, query } = request;
      const caller = callerOf(request);
      const account = findAccount({ base }, caller, params.account);
      const question = { ...params, at: query.at };
      const explained = await explain(base, caller, account, question, patienceOf(request));
      if (!explained) throw notFound("kind of record", params.subject);
      return toExplanationAnswer(explained);
    },
  });
}
