import type { Overview } from "../../src/ops/api/overview/overview-schemas.ts";

type Source = Overview["sources"]["shown"][number];
type Issue = Overview["verdict"]["issues"][number];
type Queue = NonNullable<Overview["queues"]>[number];
type InTrouble = Overview["endpoints"]["shown"][number];

/** When all of it was so. */
export const AT = "2026-11-23T03:20:00.000Z";

/** A moment so long before it. */
export function before(ms: number): string {
  return new Date(Date.parse(AT) - ms).toISOString();
}

export function aSource(given: Partial<Source> = {}): Source {
  return {
    account: "northside",
    resource: "patients",
    group: "people",
    state: "live",
    complete_up_to: before(8_000),
    detail: null,
    since: null,
    severity: "ok",
    code: "live",
    quarantined: false,
    suspects: null,
    promise_ms: 20_000,
    failing_steps: null,
    ...given,
  };
}

export function anIssue(given: Partial<Issue> & Pick<Issue, "code">): Issue {
  return {
    severity: "critical",
    account: null,
    resource: null,
    endpoint: null,
    process: null,
    queue: null,
    role: null,
    since: null,
    detail: "what was found",
    remedy: null,
    ...given,
  };
}

export function aQueue(given: Partial<Queue> = {}): Queue {
  return {
    queue: "deliver",
    workers: 1,
    waiting: 0,
    active: 0,
    delayed: 0,
    failed: 0,
    oldest_waiting_at: null,
    next_wake_at: null,
    severity: "ok",
    code: "draining",
    since: null,
    detail: "1 worker",
    ...given,
  };
}

export function anEndpoint(
  given: Partial<Omit<InTrouble, "status">> & { readonly status?: Partial<InTrouble["status"]> } = {},
): InTrouble {
  return {
    id: "crm",
    host: "crm.example",
    description: "",
    owner: null,
    ...given,
    status: {
      state: "healthy",
      since: before(86_400_000),
      severity: "ok",
      code: "healthy",
      error_class: null,
      error_status: null,
      failing_since: null,
      last_success_at: null,
      disables_at: null,
      disabled_by: null,
      next_probe_at: null,
      waiting: 0,
      parked: 0,
      failed: 0,
      delivered: 0,
      oldest_waiting_at: null,
      ...given.status,
    },
  };
}

export interface Parts {
  /** Those that are shown, and with `more` all that there are. */
  readonly sources?: readonly Source[];
  /** By state, beyond what is shown. */
  readonly moreSources?: Readonly<Record<string, number>>;
  readonly queues?: readonly Queue[] | null;
  readonly endpoints?: readonly InTrouble[];
  readonly moreEndpoints?: Readonly<Record<string, number>>;
  readonly oldestWaitingAt?: string | null;
  readonly blocked?: number;
  readonly issues?: readonly Issue[];
}

/** All is well, but for what is given. */
export function anOverview(parts: Parts = {}): Overview {
  const { sources = [aSource()], queues = [aQueue()], endpoints = [], blocked = 0, issues = [] } = parts;
  const bySource = countAll(
    sources.map(({ state }) => state),
    parts.moreSources,
  );
  const byEndpoint = countAll(
    endpoints.map(({ status }) => status.state),
    parts.moreEndpoints ?? { healthy: 2 },
  );
  const upTo = sources.flatMap(({ complete_up_to: at, state }) =>
    state === "live" && at !== null ? [at] : [],
  );
  return {
    at: AT,
    verdict: { severity: issues[0]?.severity ?? "ok", ...countIssues(issues), issues: [...issues] },
    sources: {
      accounts: new Set(sources.map(({ account }) => account)).size,
      total: sum(bySource),
      by_state: bySource,
      quarantined: sources.filter(({ quarantined }) => quarantined).length,
      oldest_complete_up_to: upTo.toSorted()[0] ?? null,
      shown: [...sources],
    },
    budget: { accounts_limited: 0, accounts_blocked: blocked, busiest: [] },
    queues: queues === null ? null : [...queues],
    endpoints: {
      total: sum(byEndpoint),
      by_state: byEndpoint,
      waiting: endpoints.reduce((total, { status }) => total + status.waiting, 0),
      parked: endpoints.reduce((total, { status }) => total + status.parked, 0),
      failed: endpoints.reduce((total, { status }) => total + status.failed, 0),
      oldest_waiting_at: parts.oldestWaitingAt ?? null,
      shown: [...endpoints],
    },
  };
}

function countIssues(issues: readonly Issue[]): Record<Issue["severity"], number> {
  const count = (wanted: Issue["severity"]): number =>
    issues.filter(({ severity }) => severity === wanted).length;
  return { critical: count("critical"), warning: count("warning"), notice: count("notice") };
}

function countAll(
  names: readonly string[],
  more: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const counts: Record<string, number> = { ...more };
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
