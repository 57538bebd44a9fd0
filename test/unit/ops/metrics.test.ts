import { afterEach, expect, test, vi } from "vitest";

import { type Metrics, createMetrics } from "../../../src/ops/metrics.ts";
import type { MetricState } from "../../../src/ops/state-gauges.ts";

const NOW = 1_800_000_000_000;
const RETENTION = { eventsMs: 86_400_000, attemptsMs: 2 * 86_400_000 };

const STATE: MetricState = {
  verdict: {
    severity: "critical",
    issues: [
      {
        subject: { kind: "endpoint", endpoint: "crm" },
        severity: "critical",
        code: "endpoint_failing",
        since: NOW,
        detail: "",
      },
      {
        subject: { kind: "endpoint", endpoint: "erp" },
        severity: "critical",
        code: "endpoint_failing",
        since: NOW,
        detail: "",
      },
    ],
  },
  accounts: [
    {
      account: "northside",
      connection: { key: undefined, problems: new Map() },
      budget: { taken: 12, blockedUntil: NOW + 3_000, share: 0.125, configuredShare: 0.25 },
      resources: [
        {
          resource: "patients",
          tier: "live",
          completeUpTo: (NOW - 4_000) / 1_000,
          ageMs: 4_000,
          failingSteps: [{ failingSince: NOW - 90_000 }],
          assessment: { severity: "ok" },
        },
        {
          resource: "attendees",
          tier: "live",
          completeUpTo: undefined,
          ageMs: 90_000,
          failingSteps: [],
          assessment: { severity: "ok" },
        },
        {
          resource: "bookings",
          tier: "live",
          completeUpTo: undefined,
          ageMs: undefined,
          failingSteps: [],
          assessment: { severity: "critical" },
        },
        // Of a slow tier.
        {
          resource: "relationships",
          tier: "quarter",
          completeUpTo: NOW / 1_000 - 600,
          ageMs: 600_000,
          failingSteps: [],
          assessment: { severity: "ok" },
        },
        {
          resource: "patient_cases",
          tier: "minute",
          completeUpTo: NOW / 1_000 - 7_200,
          ageMs: 7_200_000,
          failingSteps: [],
          assessment: { severity: "warning" },
        },
      ],
    },
  ],
  endpoints: [
    {
      status: {
        id: "crm",
        state: "failing",
        failingSince: NOW - 60_000,
        nextProbeAt: NOW + 1_000,
        counts: { ready: 2, failed: 1 },
        oldestWaitingAt: NOW - 30_000,
        assessment: { severity: "critical" },
      },
    },
  ],
  logs: [{ account: "northside", events: 7, oldestAt: NOW - 90_000 }],
  queues: [
    { queue: "poll", workers: 1, jobs: { waiting: 3 }, nextWakeAt: NOW - 2_000, oldestWaitingAt: undefined },
  ],
  redis: { usedBytes: 1_000, maxBytes: 4_000, latencyMs: 2 },
};

function metricsOf(readState: (() => Promise<MetricState>) | undefined): Metrics {
  return createMetrics({ now: () => NOW, readState, retention: RETENTION });
}

async function linesOf(metrics: Metrics): Promise<ReadonlySet<string>> {
  return new Set((await metrics.render()).split("\n").map((line) => line.replace("cliniko_webhooks_", "")));
}

afterEach(() => {
  vi.useRealTimers();
});

test("what is kept is shown as it is read", async () => {
  const lines = await linesOf(metricsOf(async () => STATE));

  for (const line of [
    "store_up 1",
    `complete_up_to_seconds{account="northside",resource="patients"} ${(NOW - 4_000) / 1_000}`,
    'source_age_seconds{account="northside",resource="patients"} 4',
    // What has never been read is shown, too: what is absent would silence an alert.
    'source_age_seconds{account="northside",resource="attendees"} 90',
    'source_age_seconds{account="northside",resource="bookings"} +Inf',
    'source_severity{account="northside",resource="patients"} 0',
    'reconcile_failing_seconds{account="northside",resource="patients"} 90',
    'reconcile_failing_seconds{account="northside",resource="attendees"} 0',
    'source_severity{account="northside",resource="bookings"} 3',
    'endpoint_severity{endpoint="crm"} 3',
    "severity 3",
    'issues{code="endpoint_failing",severity="critical"} 2',
    'issues{code="endpoint_failing",severity="notice"} 0',
    'issues{code="worker_missing",severity="critical"} 0',
    'connection_state{account="northside",state="ok"} 1',
    'connection_state{account="northside",state="key_revoked"} 0',
    'account_quarantined{account="northside"} 0',
    'budget_in_force_ratio{account="northside"} 0.5',
    'budget_blocked_seconds{account="northside"} 3',
    'budget_requests_total{account="northside"} 12',
    'endpoint_state{endpoint="crm",state="failing"} 1',
    'endpoint_state{endpoint="crm",state="healthy"} 0',
    'endpoint_failing_seconds{endpoint="crm"} 60',
    'endpoint_circuit_open{endpoint="crm"} 1',
    'deliveries{endpoint="crm",state="ready"} 2',
    'delivery_oldest_waiting_seconds{endpoint="crm"} 30',
    'queue_jobs{queue="poll",state="waiting"} 3',
    'queue_workers{queue="poll"} 1',
    'queue_overdue_seconds{queue="poll"} 2',
    'event_log_events{account="northside"} 7',
    'event_log_oldest_seconds{account="northside"} 90',
    "redis_memory_used_bytes 1000",
    "redis_memory_max_bytes 4000",
    "redis_latency_seconds 0.002",
    'retention_seconds{what="events"} 86400',
  ]) {
    expect(lines).toContain(line);
  }
  // Of a thousand accounts that read forty resources each, the slow ones that are well would be most of what is shown.
  expect(lines).toContain('source_severity{account="northside",resource="patient_cases"} 2');
  expect([...lines].filter((line) => line.includes("relationships"))).toEqual([]);
  // A resource that is in its first sync is not late.
  expect(lines).toContain('source_severity{account="northside",resource="attendees"} 0');
  expect([...lines].some((line) => line.startsWith("complete_up_to") && line.includes("attendees"))).toBe(
    false,
  );
});

test("every state of a connection that was told is shown, and one that may pass is not", async () => {
  const problem = { since: NOW, detail: "", told: true, quarantined: false };
  const connection = {
    key: {
      state: "key_revoked" as const,
      since: 0,
      checkedAt: 0,
      detail: "",
      keyHash: "",
      refusals: 0,
      countedAt: 0,
      refusedAt: 0,
      asked: false,
      looking: false,
    },
    problems: new Map([
      ["patients", { ...problem, kind: "permission_reduced" as const, quarantined: true }],
      ["attendees", { ...problem, kind: "degraded" as const, told: false }],
    ]),
  };
  const lines = await linesOf(
    metricsOf(async () => ({
      ...STATE,
      accounts: STATE.accounts.map((account) => ({ ...account, connection })),
    })),
  );

  const states = [...lines].filter((line) => line.startsWith("connection_state") && line.endsWith(" 1"));
  expect(states).toEqual([
    'connection_state{account="northside",state="key_revoked"} 1',
    'connection_state{account="northside",state="permission_reduced"} 1',
  ]);
  expect(lines).toContain('account_quarantined{account="northside"} 1');
});

test("when nothing is well, the slow sources do not drown the rest", async () => {
  const source = { completeUpTo: undefined, ageMs: 90_000, failingSteps: [] };
  const bad = { ...source, assessment: { severity: "critical" as const } };
  const accounts = Array.from({ length: 700 }, (_, index) => ({
    account: `clinic-${index}`,
    connection: { key: undefined, problems: new Map() },
    budget: { taken: 0, blockedUntil: undefined, share: 0.25, configuredShare: 0.25 },
    resources: [
      { ...bad, resource: "patients", tier: "live" as const },
      { ...bad, resource: "patient_cases", tier: "minute" as const },
      // Put there by the configuration: it counts what an operator made of it.
      { ...bad, resource: "attendees", tier: "daily" as const },
    ],
  }));
  const lines = await linesOf(metricsOf(async () => ({ ...STATE, accounts })));

  const shown = [...lines].filter((line) => line.startsWith("source_severity"));
  expect(shown.filter((line) => line.includes('"patients"'))).toHaveLength(700);
  expect(shown.filter((line) => !line.includes('"patients"'))).toHaveLength(1_000);
});

test("what is gone is not shown any more, and a count that was read again is not added up", async () => {
  let state = STATE;
  const metrics = metricsOf(async () => state);
  await metrics.render();
  expect(await linesOf(metrics)).toContain('budget_requests_total{account="northside"} 12');

  state = { ...STATE, endpoints: [] };
  expect([...(await linesOf(metrics))].filter((line) => line.includes("crm"))).toEqual([]);
});

test("two who ask at once get the same answer", async () => {
  let reads = 0;
  const metrics = metricsOf(async () => {
    reads += 1;
    return STATE;
  });
  const [one, other] = await Promise.all([metrics.render(), metrics.render()]);

  expect(one).toBe(other);
  expect(one).toContain('endpoint="crm"');
  expect(reads).toBe(1);
});

test("when it cannot be read that is shown, with what this process has done", async () => {
  const metrics = metricsOf(async () => {
    throw new Error("sealed with another key");
  });
  const scan = { account: "northside", resource: "patients", durationMs: 1_200, records: 100, events: 3 };
  metrics.scanEnded({ ...scan, outcome: "completed" });
  const lines = await linesOf(metrics);

  expect(lines).toContain("store_up 0");
  expect(lines).toContain("severity 3");
  expect(lines).toContain('events_total{account="northside",resource="patients"} 3');
  expect([...lines].some((line) => line.startsWith("source_age_seconds{"))).toBe(false);
});

test("what scans come to is counted by account or by resource, and events by both where there are any", async () => {
  const metrics = metricsOf(undefined);
  for (const account of ["northside", "southside"]) {
    for (const resource of ["patients", "taxes"]) {
      const events = account === "northside" && resource === "patients" ? 3 : 0;
      metrics.scanEnded({ account, resource, durationMs: 1_200, records: 100, events, outcome: "completed" });
    }
  }
  const lines = [...(await linesOf(metrics))].filter((line) =>
    /northside|southside|patients|taxes/.test(line),
  );
  expect(lines.filter((line) => /account=.*resource=/.test(line))).toEqual([
    'events_total{account="northside",resource="patients"} 3',
  ]);
  expect(lines).toContain('scans_total{account="southside",outcome="completed"} 2');
  expect(lines).toContain('records_read_total{resource="taxes"} 200');
});

test("while Redis does not answer the metrics do, and no second reading is begun behind the first", async () => {
  vi.useFakeTimers();
  let reads = 0;
  let answer: (state: MetricState) => void = () => undefined;
  const metrics = metricsOf(async () => {
    reads += 1;
    return await new Promise<MetricState>((resolve) => {
      answer = resolve;
    });
  });

  const first = linesOf(metrics);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await first).toContain("store_up 0");
  const second = linesOf(metrics);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await second).toContain("store_up 0");
  expect(reads).toBe(1);

  const third = linesOf(metrics);
  answer(STATE);
  expect(await third).toContain("store_up 1");
});

test("attempts are counted by outcome, and only what arrived has a latency", async () => {
  const metrics = metricsOf(undefined);
  const attempt = { endpoint: "crm", durationMs: 80, sinceObservedMs: 900 };
  metrics.attemptEnded({ ...attempt, outcome: "delivered", delivered: true });
  metrics.attemptEnded({ ...attempt, outcome: "timeout", delivered: false });
  const lines = await linesOf(metrics);

  for (const line of [
    'delivery_attempts_total{endpoint="crm",outcome="delivered"} 1',
    'delivery_attempts_total{endpoint="crm",outcome="timeout"} 1',
    'delivery_duration_seconds_count{endpoint="crm"} 2',
    'delivery_latency_seconds_count{endpoint="crm"} 1',
  ]) {
    expect(lines).toContain(line);
  }
});

test("two services in one process count apart", async () => {
  const [one, other] = [metricsOf(async () => STATE), metricsOf(async () => ({ ...STATE, accounts: [] }))];

  expect(await one.render()).toContain('account_quarantined{account="northside"}');
  expect(await other.render()).not.toContain('account_quarantined{account="northside"}');
});
