import { Counter, Gauge, type Registry } from "prom-client";

import type { AccountStatus } from "../admin/accounts/account-status.ts";
import { type Assessment, PROBLEM_CODES } from "../admin/assess/assessment.ts";
import { SEVERITIES, rankOf } from "../admin/assess/severity.ts";
import type { Verdict } from "../admin/assess/verdict.ts";
import type { QueueFacts } from "../queues/queue-facts.ts";
import { type Connection, isNeverRead } from "../store/detection/connection-store.ts";
import type { Tier } from "../shared/tier.ts";
import { METRIC_PREFIX } from "./metric-prefix.ts";

/** What is kept in Redis and shown as numbers. Every process that is asked shows the same: take the `max`, not the `sum`. */
export interface MetricState {
  readonly verdict: Pick<Verdict, "issues" | "severity">;
  readonly accounts: readonly {
    readonly account: string;
    readonly connection: Pick<Connection, "key" | "problems">;
    readonly budget: Pick<AccountStatus["budget"], "blockedUntil" | "configuredShare" | "share" | "taken">;
    readonly resources: readonly {
      readonly resource: string;
      readonly tier: Tier;
      /** Unix seconds; undefined: the first sync is not done. */
      readonly completeUpTo: number | undefined;
      readonly ageMs: number | undefined;
      readonly failingSteps: readonly { readonly failingSince: number }[];
      readonly assessment: Pick<Assessment, "severity">;
    }[];
  }[];
  readonly endpoints: readonly {
    readonly status: {
      readonly id: string;
      readonly state: string;
      readonly failingSince: number | undefined;
      readonly nextProbeAt: number | undefined;
      readonly counts: Readonly<Record<string, number>>;
      readonly oldestWaitingAt: number | undefined;
      readonly assessment: Pick<Assessment, "severity">;
    };
  }[];
  readonly logs: readonly {
    readonly account: string;
    readonly events: number;
    readonly oldestAt: number | undefined;
  }[];
  readonly queues: readonly QueueFacts[];
  readonly redis: {
    readonly usedBytes: number | undefined;
    readonly maxBytes: number | undefined;
    readonly latencyMs: number;
  };
}

/** `ok`, or what is wrong with reading an account: the headings of docs/operations.md. */
export const CONNECTION_STATES = [
  "ok",
  "degraded",
  "key_revoked",
  "permission_reduced",
  "schema_changed",
] as const;

/** The steps of the ladder, and what a person did. */
export const ENDPOINT_STATES = ["healthy", "failing", "warned", "disabled", "paused"] as const;

export interface StateGauges {
  /** Shows this and nothing of before. Undefined: it could not be read. @param now unix ms */
  show(state: MetricState | undefined, now: number): void;
}

export function createStateGauges(registry: Registry): StateGauges {
  const create = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({
      name: `${METRIC_PREFIX}_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const up = create("store_up", "1 when what is kept in Redis could be read just now");
  const severity = create(
    "severity",
    "Whether all is well: 0 ok, 1 notice, 2 warning, 3 critical, also when nothing could be read",
  );
  const parts = [
    createIssueGauges(create),
    createSourceGauges(create, registry),
    createEndpointGauges(create),
    createQueueGauges(create),
    createStorageGauges(create),
  ];
  return {
    show(state, now) {
      up.set(state ? 1 : 0);
      severity.set(rankOf(state?.verdict.severity ?? "critical"));
      for (const { gauges, show } of parts) {
        // Anew each time: a deleted endpoint is not shown for ever.
        for (const gauge of gauges) gauge.reset();
        if (state) show(state, now);
      }
    },
  };
}

type Create = (name: string, help: string, labelNames?: readonly string[]) => Gauge;

interface Part {
  readonly gauges: readonly { reset(): void }[];
  readonly show: (state: MetricState, now: number) => void;
}

/** What is not as it should be, as `/v1/overview` and the commands have it. Each code always, so that an alert sees it come. */
function createIssueGauges(create: Create): Part {
  const issues = create("issues", "Things that are not as they should be, by what is wrong with them", [
    "code",
    "severity",
  ]);
  return {
    gauges: [issues],
    show({ verdict }) {
      for (const code of PROBLEM_CODES)
        for (const severity of SEVERITIES.slice(1)) issues.set({ code, severity }, 0);
      for (const { code, severity } of verdict.issues) issues.inc({ code, severity });
    },
  };
}

/** When nothing is well, each source of the slow tiers would have four series, just then. All are counted in `issues`. */
const MOST_SLOW_SHOWN = 1_000;

/** Is each source fresh? Of the slow tiers those that are not well, or there would be forty series for each account. */
function createSourceGauges(create: Create, registry: Registry): Part {
  const of = ["account", "resource"];
  const completeUpTo = create(
    "complete_up_to_seconds",
    "Upstream time (unix seconds) up to which every change has been seen",
    of,
  );
  const age = create(
    "source_age_seconds",
    "How long ago a resource was complete; before its first sync is done, since it was to be read; +Inf when nobody knows",
    of,
  );
  const severity = create(
    "source_severity",
    "Whether a resource is read as promised: 0 ok, 1 notice, 2 warning, 3 critical",
    of,
  );
  const failing = create(
    "reconcile_failing_seconds",
    "How long the step of reconciliation has failed that has failed longest; 0 when none does",
    of,
  );
  const connection = create("connection_state", "1 for each state an account's connection is in", [
    "account",
    "state",
  ]);
  const quarantined = create(
    "account_quarantined",
    "1 while a guard holds an account until a person releases it",
    ["account"],
  );
  const inForce = create(
    "budget_in_force_ratio",
    "Part of our share of the requests that a 429 has left us",
    ["account"],
  );
  const blocked = create(
    "budget_blocked_seconds",
    "How long nothing may be asked yet, as the upstream said",
    ["account"],
  );
  const requests = new Counter({
    name: `${METRIC_PREFIX}_budget_requests_total`,
    help: "Requests to the upstream by all processes; starts again after an hour without any",
    labelNames: ["account"],
    registers: [registry],
  });
  return {
    gauges: [completeUpTo, age, severity, failing, connection, quarantined, inForce, blocked, requests],
    show({ accounts }, now) {
      let slowShown = 0;
      for (const { account, budget, connection: found, resources } of accounts) {
        for (const { ageMs, assessment, completeUpTo: upTo, failingSteps, resource, tier } of resources) {
          const isWell = assessment.severity === "ok" && failingSteps.length === 0;
          if (tier !== "live") {
            if (isWell || slowShown === MOST_SLOW_SHOWN) continue;
            slowShown += 1;
          }
          // Shown whatever is known of it.
          severity.set({ account, resource }, rankOf(assessment.severity));
          age.set({ account, resource }, ageMs === undefined ? Number.POSITIVE_INFINITY : ageMs / 1_000);
          const failingSince = Math.min(now, ...failingSteps.map((step) => step.failingSince));
          failing.set({ account, resource }, (now - failingSince) / 1_000);
          if (upTo !== undefined) completeUpTo.set({ account, resource }, upTo);
        }
        const states = statesOf(found);
        for (const state of CONNECTION_STATES) connection.set({ account, state }, states.has(state) ? 1 : 0);
        quarantined.set(
          { account },
          [...found.problems.values()].some((problem) => problem.quarantined) ? 1 : 0,
        );
        inForce.set({ account }, budget.share / budget.configuredShare);
        blocked.set({ account }, Math.max(0, (budget.blockedUntil ?? 0) - now) / 1_000);
        requests.inc({ account }, budget.taken);
      }
    },
  };
}

/** A fault that has not been told yet may pass: it is none so far. */
function statesOf({ key, problems }: Pick<Connection, "key" | "problems">): ReadonlySet<string> {
  const told = [...problems.values()]
    .filter((problem) => problem.told && !isNeverRead(problem.kind))
    .map(({ kind }) => kind);
  const states = new Set<string>(key?.state === "key_revoked" ? ["key_revoked", ...told] : told);
  return states.size > 0 ? states : new Set(["ok"]);
}

/** Which endpoint is in trouble? */
function createEndpointGauges(create: Create): Part {
  const state = create("endpoint_state", "1 for the state an endpoint is in", ["endpoint", "state"]);
  const severity = create(
    "endpoint_severity",
    "Whether an endpoint gets what it is to get: 0 ok, 1 notice, 2 warning, 3 critical",
    ["endpoint"],
  );
  const failing = create(
    "endpoint_failing_seconds",
    "Since when an endpoint only fails, 0 when it does not",
    ["endpoint"],
  );
  const circuit = create("endpoint_circuit_open", "1 while only a probe goes out to an endpoint", [
    "endpoint",
  ]);
  const deliveries = create("deliveries", "Deliveries that are kept, by state", ["endpoint", "state"]);
  const oldest = create(
    "delivery_oldest_waiting_seconds",
    "Age of the oldest delivery that is due and waits, 0 when none does",
    ["endpoint"],
  );
  return {
    gauges: [state, severity, failing, circuit, deliveries, oldest],
    show({ endpoints }, now) {
      const since = (at: number | undefined): number => Math.max(0, now - (at ?? now)) / 1_000;
      for (const { status } of endpoints) {
        const { id: endpoint, counts } = status;
        severity.set({ endpoint }, rankOf(status.assessment.severity));
        for (const known of ENDPOINT_STATES)
          state.set({ endpoint, state: known }, known === status.state ? 1 : 0);
        failing.set({ endpoint }, since(status.failingSince));
        circuit.set({ endpoint }, status.nextProbeAt === undefined ? 0 : 1);
        for (const [name, count] of Object.entries(counts)) deliveries.set({ endpoint, state: name }, count);
        oldest.set({ endpoint }, since(status.oldestWaitingAt));
      }
    },
  };
}

/** Are the queues draining? */
function createQueueGauges(create: Create): Part {
  const jobs = create("queue_jobs", "Jobs in a queue, by state", ["queue", "state"]);
  const workers = create("queue_workers", "Processes that take jobs from a queue", ["queue"]);
  const overdue = create("queue_overdue_seconds", "How long ago the next sleeping job should have woken", [
    "queue",
  ]);
  return {
    gauges: [jobs, workers, overdue],
    show({ queues }, now) {
      for (const { queue, jobs: counts, nextWakeAt, workers: present } of queues) {
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
        if (present !== undefined) workers.set({ queue }, present);
        overdue.set({ queue }, Math.max(0, now - (nextWakeAt ?? now)) / 1_000);
      }
    },
  };
}

function createStorageGauges(create: Create): Part {
  const events = create("event_log_events", "Events that are kept", ["account"]);
  const oldest = create("event_log_oldest_seconds", "Age of the oldest event that is kept", ["account"]);
  const used = create("redis_memory_used_bytes", "Memory that Redis uses");
  const most = create("redis_memory_max_bytes", "Memory that Redis may use, 0 when there is no limit");
  const latency = create("redis_latency_seconds", "How long Redis took for one answer");
  return {
    gauges: [events, oldest, used, most, latency],
    show({ logs, redis }, now) {
      for (const { account, events: count, oldestAt } of logs) {
        events.set({ account }, count);
        oldest.set({ account }, Math.max(0, now - (oldestAt ?? now)) / 1_000);
      }
      if (redis.usedBytes !== undefined) used.set(redis.usedBytes);
      if (redis.maxBytes !== undefined) most.set(redis.maxBytes);
      latency.set(redis.latencyMs / 1_000);
    },
  };
}
