import { z } from "zod";

import { newestAccess } from "../../../admin/access/verify-access.ts";
import type { NumberedLine } from "../../../store/access/access-log.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { pageOf, pageQuery, parseCursor, toCursor } from "../page.ts";

export const accessEntrySchema = z
  .strictObject({
    number: z.int().meta({ description: "From 1, without a gap." }),
    at: z.string().meta({ format: "date-time" }),
    who: z.string().meta({
      description: "Id of a token, `ops-token`, `cli:` and a user of the system, or `endpoint:` and its id.",
    }),
    via: z
      .string()
      .meta({ description: "api, dashboard, cli, delivery, or log for what the log says of itself." }),
    what: z.string().meta({ description: "Id of the operation, or `deliver`." }),
    account: z.string().nullable(),
    subjects: z.array(z.string()).meta({ description: "Whose data it was, like `patient/42`." }),
    request_id: z.string().nullable(),
    hash: z.string().meta({ description: "SHA-256 of this line and of all before it." }),
  })
  .meta({ id: "AccessEntry", description: "Somebody read, or was sent, data of these records." });

const accessPage = pageOf(accessEntrySchema, "AccessPage");

const EXAMPLE: z.infer<typeof accessPage> = {
  data: [
    {
      number: 4711,
      at: "2026-11-22T03:15:04.000Z",
      who: "3f9c2ab41d07",
      via: "api",
      what: "readEvent",
      account: "northside",
      subjects: ["patient/1390726237298631770"],
      request_id: "req-7c9e6679",
      hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
  ],
  next: null,
};

export function addAccessRoutes(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/access",
    config: {
      operation: {
        roles: ["admin"],
        answers: { 200: "A page of readings and deliveries." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "listAccess",
      tags: ["Access"],
      summary: "List who read what",
      description:
        "Every reading of personal data by API, dashboard and command line, and every delivery that held some, the newest first. Whether nothing was taken out: `cliniko-webhooks access verify`.",
      querystring: z.strictObject(pageQuery),
      response: { 200: accessPage },
    },
    handler: async ({ query: { cursor, limit } }) => {
      const before = parseCursor(cursor, z.int().min(1));
      const lines = await newestAccess(base, limit, before);
      const last = lines.at(-1);
      return {
        data: lines.map(toAccessAnswer),
        next: last && lines.length === limit && last.number > 1 ? toCursor(last.number) : null,
      };
    },
  });
}

export function toAccessAnswer({
  at,
  request,
  account,
  subjects,
  ...line
}: NumberedLine): z.infer<typeof accessEntrySchema> {
  return {
    ...line,
    at: new Date(at).toISOString(),
    account: account ?? null,
    subjects: [...subjects],
    request_id: request ?? null,
  };
}
