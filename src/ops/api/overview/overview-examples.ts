import { ENDPOINT } from "../endpoints/endpoint-examples.ts";
import type { Overview } from "./overview-schemas.ts";

export const OVERVIEW: Overview = {
  at: "2026-11-22T03:15:04.000Z",
  verdict: {
    severity: "critical",
    critical: 1,
    warning: 0,
    notice: 0,
    issues: [
      {
        severity: "critical",
        code: "endpoint_failing",
        account: null,
        resource: null,
        endpoint: ENDPOINT.id,
        queue: null,
        role: null,
        since: "2026-11-22T03:02:55.000Z",
        detail: "failing since 12 min (timeout); 4 wait, the oldest for 12 min",
        remedy: `what it answers: cliniko-webhooks deliveries list ${ENDPOINT.id} (docs/operations.md#failing)`,
      },
    ],
  },
  sources: {
    accounts: 1,
    total: 1,
    by_state: { live: 1 },
    quarantined: 0,
    oldest_complete_up_to: "2026-11-22T03:14:51Z",
    shown: [
      {
        account: "northside",
        resource: "individual_appointments",
        state: "live",
        complete_up_to: "2026-11-22T03:14:51Z",
        detail: null,
        since: null,
        severity: "ok",
        code: "live",
        quarantined: false,
        suspects: 0,
        promise_ms: 20_000,
        failing_steps: [],
      },
    ],
  },
  budget: {
    accounts_limited: 0,
    accounts_blocked: 0,
    busiest: [
      {
        account: "northside",
        used: 0.2,
        share: 0.25,
        configured_share: 0.25,
        requests_per_minute: 50,
        blocked_until: null,
      },
    ],
  },
  queues: [
    {
      queue: "deliver",
      workers: 1,
      waiting: 0,
      active: 1,
      delayed: 3,
      failed: 0,
      oldest_waiting_at: null,
      next_wake_at: "2026-11-22T03:16:12.000Z",
    },
  ],
  endpoints: {
    total: 1,
    by_state: { failing: 1 },
    waiting: 4,
    parked: 0,
    failed: 0,
    oldest_waiting_at: "2026-11-22T03:02:40.000Z",
    shown: [
      {
        id: ENDPOINT.id,
        host: "crm.example.com",
        description: ENDPOINT.description,
        owner: null,
        status: {
          ...ENDPOINT.status,
          state: "failing",
          since: "2026-11-22T03:02:55.000Z",
          severity: "critical",
          error_class: "timeout",
          failing_since: "2026-11-22T03:02:55.000Z",
          waiting: 4,
          oldest_waiting_at: "2026-11-22T03:02:40.000Z",
        },
      },
    ],
  },
};
