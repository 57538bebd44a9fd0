import { describe, expect, test } from "vitest";

import { type SourceSituation, ageOf, assessSource } from "../../../../src/admin/assess/assess-source.ts";
import { patienceFor } from "../../../../src/admin/assess/lateness.ts";
import type { JobStanding } from "../../../../src/queues/job-standing.ts";
import type { Connection, Problem } from "../../../../src/store/detection/connection-store.ts";

const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Read as promised, 4 s ago. */
const WELL: SourceSituation = {
  account: "northside",
  resource: "patients",
  promiseMs: 20_000,
  phase: "live",
  completeUpTo: NOW / 1_000 - 4,
  idleMs: 4_000,
  poll: { job: "asleep", nextAt: NOW + 9_000 },
  leased: false,
  connection: { key: undefined, problems: new Map() },
  blockedUntil: undefined,
  failingSteps: [],
};
const FIRST_SYNC = { phase: "baseline", completeUpTo: undefined, idleMs: 2_000 } as const;
const UNREAD = { phase: undefined, completeUpTo: undefined, idleMs: undefined } as const;

function agedBy(ms: number): Partial<SourceSituation> {
  return { completeUpTo: (NOW - ms) / 1_000, idleMs: ms };
}

function asleepFor(ms: number): Partial<SourceSituation> {
  return { poll: { job: "asleep", nextAt: NOW + ms } };
}

function withProblem(problem: Partial<Problem>, resource = "patients"): Partial<SourceSituation> {
  const whole = {
    kind: "degraded",
    since: NOW - MINUTE,
    detail: "HTTP 503",
    told: true,
    quarantined: false,
  } as const;
  return { connection: { key: undefined, problems: new Map([[resource, { ...whole, ...problem }]]) } };
}

const REVOKED: Connection["key"] = {
  state: "key_revoked",
  since: NOW - HOUR,
  checkedAt: NOW,
  detail: "HTTP 401",
  keyHash: "",
  refusals: 0,
  countedAt: 0,
  refusedAt: 0,
  asked: false,
  looking: false,
};
const STEP = {
  step: "count",
  failingSince: NOW - 30 * MINUTE,
  failures: 4,
  triedAt: NOW - MINUTE,
  pauseMs: 4 * MINUTE,
  kind: "unavailable",
  detail: "api.example.com: no complete answer in time",
};

function judge(...given: readonly Partial<SourceSituation>[]) {
  return assessSource(Object.assign({}, WELL, ...given) as SourceSituation, NOW);
}

test.each<[string, string, string, Partial<SourceSituation>]>([
  ["is read as promised", "ok", "live", {}],
  [
    "has a key that was refused once",
    "notice",
    "key_suspected",
    { connection: { key: { ...REVOKED, state: "suspected" }, problems: new Map() } },
  ],
  [
    "has a step of reconciliation that failed once",
    "ok",
    "live",
    { failingSteps: [{ ...STEP, failures: 1 }] },
  ],
  [
    "has a step of reconciliation that goes on failing",
    "notice",
    "reconcile_failing",
    { failingSteps: [STEP] },
  ],
  [
    "has a step of reconciliation that has failed for long",
    "warning",
    "reconcile_failing",
    { failingSteps: [STEP, { ...STEP, step: "walk", failingSince: NOW - 2 * HOUR }] },
  ],
  [
    "is late, whatever fails besides",
    "warning",
    "source_late",
    { ...agedBy(2 * MINUTE), failingSteps: [STEP] },
  ],
  ["is in its first sync", "ok", "first_sync", FIRST_SYNC],
  [
    "was to be read a minute ago",
    "ok",
    "not_read_yet",
    { ...UNREAD, poll: { job: "waiting", nextAt: undefined, madeAt: NOW - MINUTE } },
  ],
  ["is a minute late", "ok", "live", agedBy(79 * SECOND)],
  ["is late", "warning", "source_late", agedBy(81 * SECOND)],
  ["is three minutes behind", "warning", "source_late", agedBy(3 * MINUTE)],
  ["stands still", "critical", "source_late", agedBy(301 * SECOND)],
  ["stands still though the upstream's stamp is fresh", "critical", "source_late", { idleMs: HOUR }],
  [
    "stands still though it moved just now",
    "critical",
    "source_late",
    { completeUpTo: (NOW - HOUR) / 1_000 },
  ],
  ["has no job", "critical", "poll_missing", { poll: { job: "missing", nextAt: undefined } }],
  ["has a failed job", "critical", "poll_failed", { poll: { job: "failed", nextAt: undefined } }],
  [
    "has no job before anything was read",
    "critical",
    "poll_missing",
    { ...UNREAD, poll: { job: "missing", nextAt: undefined } },
  ],
  ["has a job that nobody wakes", "critical", "poll_overdue", asleepFor(-61 * SECOND)],
  ["has a job that wakes any moment", "ok", "live", asleepFor(-59 * SECOND)],
  ["sleeps a while longer than promised", "warning", "poll_asleep", asleepFor(2 * MINUTE)],
  ["sleeps for the length of a clock's jump", "critical", "poll_asleep", asleepFor(10 * HOUR)],
  ["sleeps for hours before its first sync", "critical", "poll_asleep", { ...UNREAD, ...asleepFor(HOUR) }],
  [
    "sleeps because Cliniko said so",
    "warning",
    "budget_blocked",
    { ...asleepFor(2 * MINUTE), blockedUntil: NOW + 2 * MINUTE },
  ],
  [
    "waits for a budget beyond its promise",
    "warning",
    "budget_blocked",
    { ...agedBy(2 * MINUTE), blockedUntil: NOW + SECOND },
  ],
  ["is locked by nobody", "critical", "lease_stuck", { ...agedBy(HOUR), leased: true }],
  [
    "is late while it is being read",
    "warning",
    "source_late",
    { ...agedBy(2 * MINUTE), leased: true, poll: { job: "running", nextAt: undefined } },
  ],
  ["failed once", "notice", "scan_failing", withProblem({ told: false, since: NOW - SECOND })],
  [
    "fails and is late",
    "warning",
    "source_late",
    { ...agedBy(2 * MINUTE), ...withProblem({ told: false, since: NOW - 2 * MINUTE }) },
  ],
  ["is degraded", "warning", "degraded", withProblem({})],
  ["is degraded for long", "critical", "degraded", withProblem({ since: NOW - 6 * MINUTE })],
  ["may not be seen", "critical", "permission_reduced", withProblem({ kind: "permission_reduced" })],
  [
    "never could be seen",
    "notice",
    "not_permitted",
    { ...UNREAD, ...withProblem({ kind: "not_permitted" }) },
  ],
  ["is not there", "notice", "not_offered", { ...UNREAD, ...withProblem({ kind: "not_offered" }) }],
  [
    "is not there and has no job",
    "critical",
    "poll_missing",
    { ...UNREAD, poll: { job: "missing", nextAt: undefined }, ...withProblem({ kind: "not_offered" }) },
  ],
  ["can be read at last", "ok", "first_sync", { ...FIRST_SYNC, ...withProblem({ kind: "not_permitted" }) }],
  ["has another shape", "critical", "schema_changed", withProblem({ kind: "schema_changed" })],
  [
    "is quarantined",
    "critical",
    "account_quarantined",
    withProblem({ kind: "permission_reduced", quarantined: true }),
  ],
  [
    "is quarantined by what a guard saw elsewhere",
    "critical",
    "account_quarantined",
    withProblem({ quarantined: true }, "attendees"),
  ],
  ["suffers from what happens elsewhere", "ok", "live", withProblem({}, "attendees")],
  ["has a refused key", "critical", "key_revoked", { connection: { key: REVOKED, problems: new Map() } }],
  [
    "has a key that works again",
    "ok",
    "live",
    { connection: { key: { ...REVOKED, state: "ok" }, problems: new Map() } },
  ],
  [
    "has a first sync that does not move",
    "warning",
    "first_sync_stuck",
    { ...FIRST_SYNC, idleMs: 6 * MINUTE },
  ],
  [
    "has a first sync that stands still",
    "critical",
    "first_sync_stuck",
    { ...FIRST_SYNC, idleMs: 16 * MINUTE },
  ],
  [
    "is not begun",
    "critical",
    "first_sync_stuck",
    { ...UNREAD, poll: { job: "waiting", nextAt: undefined, madeAt: NOW - HOUR } },
  ],
])("a source that %s is %s: %s", (_what, severity, code, given) => {
  const found = judge(given);

  expect([found.severity, found.code]).toEqual([severity, code]);
  expect(found.subject).toEqual({ kind: "source", account: "northside", resource: "patients" });
  expect(found.detail).not.toBe("");
});

describe("clocks", () => {
  test("an upstream that is ahead of our clock makes nothing fresh", () => {
    const ahead = { completeUpTo: (NOW + HOUR) / 1_000 };

    expect(judge(ahead, { idleMs: 4_000 })).toMatchObject({ severity: "warning", code: "clock_skew" });
    expect(judge(ahead, { idleMs: HOUR })).toMatchObject({ severity: "critical", code: "clock_skew" });
    expect(judge({ completeUpTo: NOW / 1_000 + 20, idleMs: 4_000 }).severity).toBe("ok");
    expect(judge({ completeUpTo: NOW / 1_000 + 20, idleMs: HOUR }).severity).toBe("critical");
  });

  test("an upstream that is known to be behind our clock is no late reading, and one that is late as well is", () => {
    const behind = { connection: { key: undefined, problems: new Map(), clockAheadMs: -HOUR } };
    const fresh = { ...behind, completeUpTo: (NOW - HOUR - 4_000) / 1_000 };

    expect(judge(fresh, { idleMs: 4_000 })).toMatchObject({ severity: "warning", code: "clock_skew" });
    expect(judge(fresh, { idleMs: 4_000 }).detail).toContain("(4 s ago); Cliniko's clock is 60 min behind");
    expect(judge(fresh, { idleMs: HOUR })).toMatchObject({ severity: "critical", code: "clock_skew" });
    const late = { ...behind, completeUpTo: (NOW - 2 * HOUR) / 1_000 };
    expect(judge(late, { idleMs: 4_000 })).toMatchObject({ severity: "critical", code: "clock_skew" });
  });

  test("an age is never negative, and the longer of the two", () => {
    const connection = {};
    const age = (completeUpTo: number | undefined, idleMs: number | undefined): number | undefined =>
      ageOf({ completeUpTo, idleMs, connection }, NOW);

    expect(age(NOW / 1_000 + 60, undefined)).toBe(0);
    expect(age(NOW / 1_000 - 9, 4_000)).toBe(9_000);
    expect(age(NOW / 1_000 - 9, 14_000)).toBe(14_000);
    expect(age(undefined, 1)).toBeUndefined();
  });
});

test("a promise of half an hour makes nobody late after twenty minutes, and somebody after two hours and a half", () => {
  const promise = { promiseMs: 30 * MINUTE };

  expect(judge(promise, agedBy(20 * MINUTE), asleepFor(30 * MINUTE)).severity).toBe("ok");
  expect(judge(promise, agedBy(50 * MINUTE)).severity).toBe("warning");
  expect(judge(promise, agedBy(151 * MINUTE)).severity).toBe("critical");
  expect(judge(agedBy(20 * MINUTE)).severity).toBe("critical");
});

test("whatever else is known of a source that has not moved for an hour, it is never called well", () => {
  const standings: JobStanding[] = (["asleep", "running", "waiting", "failed", "missing"] as const).map(
    (job) => ({
      job,
      nextAt: job === "asleep" ? NOW + SECOND : undefined,
      madeAt: NOW - HOUR,
    }),
  );
  const stills = [
    agedBy(HOUR),
    { idleMs: HOUR },
    { completeUpTo: (NOW + HOUR) / 1_000, idleMs: HOUR },
    { ...FIRST_SYNC, idleMs: HOUR },
    UNREAD,
  ];
  const others = [
    {},
    { leased: true },
    { blockedUntil: NOW + HOUR },
    { blockedUntil: NOW - HOUR },
    withProblem({ told: false, since: NOW }),
    withProblem({ told: true, since: NOW }),
    withProblem({}, "attendees"),
    { connection: { key: { ...REVOKED, state: "ok" as const }, problems: new Map() } },
  ];
  const all = standings.flatMap((poll) =>
    stills.flatMap((still) => others.map((other) => judge(still, other, { poll }))),
  );

  expect(all).toHaveLength(200);
  expect(all.filter(({ severity }) => severity !== "critical")).toEqual([]);
});

test("late is sooner than stuck, whatever is promised", () => {
  for (const promiseMs of [SECOND, 20 * SECOND, MINUTE, 15 * MINUTE, 24 * HOUR]) {
    const { lateMs, stuckMs } = patienceFor(promiseMs);
    expect(lateMs).toBeGreaterThan(promiseMs);
    expect(stuckMs).toBeGreaterThan(lateMs);
  }
});
