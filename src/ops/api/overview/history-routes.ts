import { z } from "zod";

import { type FoundHistory, type HistoryOf, readHistory } from "../../../admin/events/history.ts";
import { visibleEndpoints } from "../../../admin/endpoints/find-endpoint.ts";
import { createSharedReadings } from "../../../admin/accounts/shared-reading.ts";
import { percentileOf } from "../../../store/history/latency-bins.ts";
import type { ApiDeps } from "../api.ts";
import { notFound } from "../api-error.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import {
  type EndpointActivity,
  HISTORY_RANGES,
  type History,
  type HistoryRange,
  activitySchema,
  historySchema,
} from "./history-schemas.ts";
import { cutPage, pageOf, pageQuery } from "../page.ts";
import { badRequest } from "../query-fields.ts";

const EXAMPLE: History = {
  range: "day",
  resolution_seconds: 600,
  points: [
    {
      at: "2026-11-22T03:10:00.000Z",
      detected: 31,
      delivered: 58,
      failed: 2,
      latency_p50_ms: 11_314,
      latency_p95_ms: 24_675,
    },
  ],
};

const ACTIVITY: EndpointActivity = {
  endpoint: "crm",
  delivered: [0, 0, 0, 0, 0, 0, 0, 12, 48, 61, 57, 70, 44, 52, 66, 71, 49, 20, 3, 0, 0, 0, 0, 0],
  failed: [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
};

const historyQuery = z.strictObject({
  range: z
    .enum(HISTORY_RANGES)
    .default("day")
    .meta({ description: "How far back, and with it how finely.", examples: ["day"] }),
  endpoint: z
    .string()
    .max(63, "is longer than any id")
    .optional()
    .meta({ description: "Of this endpoint alone.", examples: ["crm"] }),
  account: z
    .string()
    .max(63, "is longer than any name")
    .optional()
    .meta({ description: "Of this account alone.", examples: ["northside"] }),
});

export function addHistoryRoutes(scope: ApiScope, deps: ApiDeps): void {
  addHistory(scope, deps);
  addActivity(scope, deps);
}

/**
 * A week of a subscriber's hundred endpoints is fifteen hundred reads: who asks for it over and over, or many times at once,
 * costs what one does.
 */
const KEPT_MS = 1_000;

function addHistory(scope: ApiScope, { base }: ApiDeps): void {
  const shared = createSharedReadings<History>({ keptMs: KEPT_MS, now: base.now });
  scope.route({
    method: "GET",
    url: "/history",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: { 200: "The intervals, the oldest first." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "readHistory",
      tags: ["Overview"],
      summary: "Read what happened through time",
      description:
        "Of all that you may see, or of one endpoint or one account. Detected counts what was found in the accounts concerned; latency only what was sent by itself, for what is sent again by hand, recovered or backfilled is as late as somebody wanted it to be. Percentiles are right to a fifth.",
      querystring: historyQuery,
      response: { 200: historySchema },
    },
    handler: async (request) => {
      const { range, account = "", endpoint = "" } = request.query;
      const caller = callerOf(request);
      const of = historyOf(request.query);
      // By the token: two of one subscriber may see different things.
      return await shared(JSON.stringify([caller.id, range, account, endpoint]), async () => {
        const found = await readHistory(base, caller, range, of);
        if (found.kind === "unknown") throw notFound(found.what, found.id);
        return toAnswer(range, found);
      });
    },
  });
}

function addActivity(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/history/endpoints",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: { 200: "A page of endpoints, by id." },
        examples: { answer: { data: [ACTIVITY], next: null } },
      },
    },
    schema: {
      operationId: "listEndpointActivity",
      tags: ["Overview"],
      summary: "List what endpoints got in the last 24 hours",
      description: "In the order of the list of endpoints. The last hour is not over yet.",
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(activitySchema, "EndpointActivityPage") },
    },
    handler: async (request) => {
      const seen = await visibleEndpoints(base, callerOf(request));
      const { items, next } = cutPage(seen, request.query, ({ id }) => id);
      const found = await base.history.hourly(
        items.map(({ id }) => id),
        base.now(),
      );
      const data = found.map(({ endpoint, delivered, failed }) => ({
        endpoint,
        delivered: [...delivered],
        failed: [...failed],
      }));
      return { data, next };
    },
  });
}

/** @throws ApiError when both are named: what one endpoint got of one account is not told apart for everybody */
function historyOf({ endpoint, account }: z.infer<typeof historyQuery>): HistoryOf {
  if (endpoint !== undefined && account !== undefined) {
    throw badRequest({
      path: "query.account",
      message: "does not go together with endpoint",
      remedy: "name an endpoint or an account",
    });
  }
  if (endpoint !== undefined) return { kind: "endpoint", id: endpoint };
  return account === undefined ? { kind: "all" } : { kind: "account", name: account };
}

function toAnswer(range: HistoryRange, { stepMs, intervals }: FoundHistory): History {
  return {
    range,
    resolution_seconds: stepMs / 1_000,
    points: intervals.map(({ at, detected, delivered, failed, latencies }) => ({
      at: new Date(at).toISOString(),
      detected,
      delivered,
      failed,
      latency_p50_ms: rounded(percentileOf(latencies, 0.5)),
      latency_p95_ms: rounded(percentileOf(latencies, 0.95)),
    })),
  };
}

function rounded(latencyMs: number | undefined): number | null {
  return latencyMs === undefined ? null : Math.round(latencyMs);
}
