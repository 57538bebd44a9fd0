import { type ResourceReadingStatus, readReading } from "../../../admin/accounts/reading.ts";
import { toIsoOrNull } from "../../../shared/iso-time.ts";
import { accountParams } from "./account-routes.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { type AccountReading, readingSchema } from "./reading-schemas.ts";
import { findAccount } from "../records/record-routes.ts";

type ResourceAnswer = AccountReading["resources"][number];

const EXAMPLE: AccountReading = {
  account: "northside",
  resources: [
    {
      resource: "patients",
      plan: { name: "combined", order: "id", passes: ["updated_at, with archived_at:*"] },
      next_poll_at: "2026-11-22T03:15:12.480Z",
      interval_ms: 14_210,
      fixed_interval: false,
      week: Array.from({ length: 168 }, () => 1),
      known: 3_054,
      next_sweep_at: "2026-11-22T04:02:31.000Z",
      last_sweep_at: "2026-11-22T03:02:30.000Z",
      suspects: 0,
      last_runs: [
        {
          at: "2026-11-22T03:14:58.210Z",
          kind: "scan",
          outcome: "completed",
          detail: null,
          duration_ms: 212,
          requests: 1,
          records: 2,
          events: 1,
        },
      ],
    },
  ],
  guards: [
    {
      resource: "patients",
      kind: "permission_reduced",
      detail: "212 of 3054 known records are missing at once: nothing is taken as deleted",
      since: "2026-11-22T03:02:31.000Z",
      quarantined: true,
      told: true,
    },
  ],
};

export function addReadingRoutes(scope: ApiScope, deps: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/accounts/:account/reading",
    config: {
      operation: {
        roles: ["admin", "viewer"],
        problems: ["not_found"],
        answers: { 200: "How the account is read." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "readReading",
      tags: ["Accounts"],
      summary: "Read how an account is read",
      description:
        "By which lists, how often and why so often, when next, what the last readings came to, and what the guards saw.",
      params: accountParams,
      response: { 200: readingSchema },
    },
    handler: async (request) => {
      const account = findAccount(deps, callerOf(request), request.params.account);
      const { guards, resources } = await readReading(deps.base, account);
      return {
        account: account.name,
        resources: resources.map(toResource),
        guards: guards.map(({ detail, quarantined, kind, resource, since, told }) => ({
          resource,
          kind,
          detail,
          since: new Date(since).toISOString(),
          quarantined,
          told,
        })),
      };
    },
  });
}

function toResource({ lastRuns, pace, plan, ...reading }: ResourceReadingStatus): ResourceAnswer {
  return {
    resource: reading.resource,
    plan: plan ? { ...plan, passes: [...plan.passes] } : null,
    next_poll_at: toIsoOrNull(reading.nextPollAt),
    interval_ms: pace.intervalMs,
    fixed_interval: pace.week === undefined,
    week: pace.week ? [...pace.week] : null,
    known: reading.known,
    next_sweep_at: toIsoOrNull(reading.nextSweepAt),
    last_sweep_at: toIsoOrNull(reading.lastSweepAt),
    suspects: reading.suspects,
    last_runs: lastRuns.map(({ at, detail, durationMs, ...run }) => ({
      at: new Date(at).toISOString(),
      detail: detail ?? null,
      duration_ms: durationMs,
      ...run,
    })),
  };
}
