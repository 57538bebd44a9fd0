import { z } from "zod";

import { dryRun } from "../../../admin/deliveries/dry-run.ts";
import { parseSettings } from "../../../admin/endpoints/endpoint-rules.ts";
import { visibilityOf } from "../../../admin/records/visibility.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { newEndpointSchema } from "./endpoint-schemas.ts";
import { callbackSchema } from "../events/event-answer.ts";
import { CALLBACK } from "../events/event-examples.ts";
import { patienceOf } from "../limit-concurrency.ts";
import { toApiError } from "../refuse.ts";
import { nameOf } from "../validate.ts";

const DAY_MS = 86_400_000;
const SAMPLES = 20;
/** Nothing is called: the settings' schema wants one. */
const NOWHERE = "https://dry-run.invalid/";

const dryRunSchema = newEndpointSchema
  .pick({
    events: true,
    accounts: true,
    when: true,
    payload: true,
    include: true,
    expand: true,
    local_time: true,
  })
  .extend({
    days: z
      .int()
      .min(1, "use 1 to 30")
      .max(30, "use 1 to 30")
      .default(7)
      .meta({ description: "How far to look back." }),
  })
  .meta({ id: "NewDryRun", description: "A filter, in the words of an endpoint." });

const counts = z.record(z.string(), z.int());

export const resultSchema = z
  .strictObject({
    total: z.int(),
    by_type: counts,
    days: z
      .array(
        z.strictObject({ day: z.string().meta({ description: "UTC." }), total: z.int(), by_type: counts }),
      )
      .meta({ description: "Days on which something would have been sent, the oldest first." }),
    samples: z
      .array(callbackSchema)
      .meta({ description: `The bodies of the newest ${SAMPLES}, the newest first, without erased ones.` }),
    since: z.string().meta({
      format: "date-time",
      description:
        "What was looked at begins here: later than asked for when the log does not go back so far.",
    }),
    until: z.string().meta({ format: "date-time" }),
    truncated: z
      .boolean()
      .meta({ description: "There was too much to look at, or it took too long: it begins at `since`." }),
  })
  .meta({ id: "DryRun", description: "What an endpoint would have been sent." });

export function addDryRunRoute(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "POST",
    url: "/dry-run",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        whenFull: "allowed",
        answers: { 200: "What it would have been." },
        examples: {
          body: { events: ["appointment.rescheduled"], when: [{ field: "practitioner" }] },
          answer: {
            total: 12,
            by_type: { "appointment.rescheduled": 12 },
            days: [{ day: "2026-11-22", total: 12, by_type: { "appointment.rescheduled": 12 } }],
            samples: [CALLBACK],
            since: "2026-11-15T03:15:00.000Z",
            until: "2026-11-22T03:15:00.000Z",
            truncated: false,
          },
        },
      },
    },
    schema: {
      operationId: "dryRun",
      tags: ["Endpoints"],
      summary: "Try a filter on what has happened",
      description:
        "What an endpoint with these settings would have been sent in the last 7 days, from the recorded log. Nothing is sent or kept.",
      body: dryRunSchema,
      response: { 200: resultSchema },
    },
    handler: async (request) => {
      const { days, ...filter } = request.body;
      const caller = callerOf(request);
      const given = Object.fromEntries(
        Object.entries(filter).map(([name, value]) => [name, value ?? undefined]),
      );
      const parsed = parseSettings(caller, base.config, { ...given, url: NOWHERE }, nameOf);
      if (parsed.kind !== "settings") throw toApiError(parsed, "filter", "");
      const patience = patienceOf(request);
      const until = base.now();
      const range = { since: until - days * DAY_MS, until, samples: SAMPLES };
      const found = await dryRun(base, await visibilityOf(base, caller), parsed.settings, range, patience);
      return {
        total: found.total,
        by_type: { ...found.byType },
        days: found.days.map(({ day, total, byType }) => ({ day, total, by_type: { ...byType } })),
        samples: found.samples.flatMap(({ body }) =>
          body === undefined ? [] : [callbackSchema.parse(JSON.parse(body))],
        ),
        since: new Date(found.since).toISOString(),
        until: new Date(found.until).toISOString(),
        truncated: found.truncated,
      };
    },
  });
}
