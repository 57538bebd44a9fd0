import { z } from "zod";

import { findRecords } from "../../../admin/records/find-records.ts";
import type { ApiDeps } from "../api.ts";
import { searchTooLong } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { pageOf } from "../page.ts";
import { recordIdField } from "../query-fields.ts";
import { RECORD } from "./record-examples.ts";

export const foundRecordSchema = z
  .strictObject({
    account: z.string(),
    subject: z.strictObject({ type: z.string(), id: z.string() }),
    state: z.enum(["present", "deleted"]),
  })
  .meta({ id: "FoundRecord", description: "A record that is known by an id." });

const EXAMPLE: z.infer<typeof foundRecordSchema> = {
  account: RECORD.account,
  subject: RECORD.subject,
  state: RECORD.state,
};

export function addRecordSearchRoute(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/records",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["search_too_long"],
        answers: { 200: "Where it is known. This is all: `next` is null." },
        examples: { answer: { data: [EXAMPLE], next: null } },
      },
    },
    schema: {
      operationId: "findRecords",
      tags: ["Records"],
      summary: "Find a record by its id alone",
      description:
        "Which kind of record has this id, and in which account: for an id that stands in an e-mail or on Cliniko's screen. Cliniko is not asked. None: it has never shown such a record, it is of a kind that is not read, or it was forgotten.",
      querystring: z.strictObject({ id: recordIdField }),
      response: { 200: pageOf(foundRecordSchema, "FoundRecordPage") },
    },
    handler: async (request) => {
      const found = await findRecords(base, callerOf(request), request.query.id, patienceOf(request));
      if (found === "search_too_long") {
        throw searchTooLong(
          "There are too many accounts to look through in time: ask for the record of one.",
        );
      }
      return {
        data: found.map(({ account, subject: type, id, state }) => ({
          account,
          subject: { type, id },
          state,
        })),
        next: null,
      };
    },
  });
}
