import { z } from "zod";

import { listChanges } from "../../../admin/records/list-changes.ts";
import type { ListedAuditEntry } from "../../../store/access/audit-log.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { pageOf, pageQuery, parseCursor, toCursor } from "../page.ts";

export const auditEntrySchema = z
  .strictObject({
    id: z.string().meta({ description: "Grows with time." }),
    at: z.string().meta({ format: "date-time" }),
    actor: z.strictObject({
      id: z.string().meta({ description: "Id of a token, `ops-token`, or `cli:` and a user of the system." }),
      name: z.string(),
      role: z.string(),
    }),
    action: z.string().meta({ description: "Like `endpoint.update`." }),
    target: z.string().meta({ description: "Id of what was changed." }),
    fields: z.array(z.string()).meta({ description: "Names of what differs. Their values are not kept." }),
    host: z.string().nullable().meta({ description: "Where an endpoint points, if that has changed." }),
    request_id: z.string().nullable(),
  })
  .meta({ id: "AuditEntry", description: "One change that somebody made." });

const auditPage = pageOf(auditEntrySchema, "AuditPage");

const EXAMPLE: z.infer<typeof auditPage> = {
  data: [
    {
      id: "1795317304000-0",
      at: "2026-11-22T03:15:04Z",
      actor: { id: "3f9c2ab41d07", name: "CRM production", role: "subscriber" },
      action: "endpoint.update",
      target: "ep_0f3c8a1b2d4e5f607182",
      fields: ["url"],
      host: "crm.example.com",
      request_id: "req-7c9e6679",
    },
  ],
  next: null,
};

const word = z.string().min(1, "is empty: leave it out").max(100, "is longer than any");

const listQuery = z.strictObject({
  ...pageQuery,
  actor: word.optional().meta({
    description: "Only of who has this id, or a name that begins so. Left out: of all.",
    examples: ["ops-token"],
  }),
  action: word.optional().meta({
    description: "Only actions that begin so. Left out: all.",
    examples: ["endpoint."],
  }),
  target: word.optional().meta({
    description: "Only what was done to things whose id begins so. Left out: to all.",
    examples: ["ep_0f3c8a1b2d4e5f607182"],
  }),
});

export function addAuditRoutes(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/audit",
    config: {
      operation: {
        roles: ["admin"],
        answers: { 200: "A page of changes. It may be short, even empty, and not the last: go by `next`." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "listChanges",
      tags: ["Access"],
      summary: "List who changed what",
      description:
        "Every change made by API and command line, the newest first. The last 250,000 are kept; nothing else is ever taken out of this list.",
      querystring: listQuery,
      response: { 200: auditPage },
    },
    handler: async (request) => {
      const { action, actor, cursor, limit, target } = request.query;
      const before = parseCursor(cursor, z.string().regex(/^\d+-\d+$/));
      const query = { action, actor, target };
      const { changes, next } = await listChanges(base, query, { before, limit }, patienceOf(request));
      return { data: changes.map(toAuditAnswer), next: next === undefined ? null : toCursor(next) };
    },
  });
}

/** A line of the audit log, as it is shown and shipped. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- the schema is its type
export function toAuditAnswer({
  position,
  at,
  actor,
  action,
  target,
  fields,
  host,
  requestId,
}: ListedAuditEntry) {
  return {
    id: position,
    at: new Date(at).toISOString(),
    actor,
    action,
    target,
    fields: [...fields],
    host: host ?? null,
    request_id: requestId ?? null,
  };
}
