import { expect, test } from "vitest";

import { assessBudget } from "../../../../src/admin/assess/assess-budget.ts";
import { type EndpointSituation, assessEndpoint } from "../../../../src/admin/assess/assess-endpoint.ts";
import {
  type StorageSituation,
  assessAudit,
  assessStorage,
} from "../../../../src/admin/assess/assess-storage.ts";
import { assessProcess } from "../../../../src/admin/assess/assess-process.ts";
import { assessQueueAlone, assessWork } from "../../../../src/admin/assess/assess-work.ts";
import { PROBLEM_CODES, type Subject } from "../../../../src/admin/assess/assessment.ts";
import { remedyOf } from "../../../../src/admin/assess/remedies.ts";
import { isWell, worstOf } from "../../../../src/admin/assess/severity.ts";
import { toVerdict } from "../../../../src/admin/assess/verdict.ts";
import { JOB_NAMES } from "../../../../src/queues/job-catalogue.ts";
import type { QueueFacts } from "../../../../src/queues/queue-facts.ts";

const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ENDPOINT: EndpointSituation = {
  id: "crm",
  state: "healthy",
  since: NOW - DAY,
  reason: undefined,
  failingSince: undefined,
  lastSuccessAt: NOW - HOUR,
  disablesAt: undefined,
  counts: { ready: 0, retry: 0, in_flight: 0, blocked: 0, parked: 0, failed: 0, delivered: 9 },
  oldestWaitingAt: undefined,
};
const ONE = { ...ENDPOINT.counts, ready: 1 };

test.each<[string, string, string, Partial<EndpointSituation>, string]>([
  ["takes what it gets", "ok", "healthy", {}, "healthy"],
  [
    "fails for three minutes",
    "notice",
    "endpoint_failing",
    { failingSince: NOW - 3 * MINUTE, reason: "connect", counts: { ...ENDPOINT.counts, retry: 12 } },
    "failing since 3 min (connect); 12 wait",
  ],
  [
    "fails for eleven minutes",
    "critical",
    "endpoint_failing",
    { failingSince: NOW - 11 * MINUTE, reason: "connect" },
    "failing since 11 min (connect)",
  ],
  [
    "is on the first step",
    "critical",
    "endpoint_failing",
    { state: "failing", since: NOW - 7 * HOUR, reason: "status 500" },
    "failing since 7 h (status 500)",
  ],
  [
    "was warned",
    "critical",
    "endpoint_warned",
    { state: "warned", since: NOW - HOUR, disablesAt: NOW + DAY },
    "warned since 60 min; disabled at 2026-11-23T03:00:00Z at the earliest",
  ],
  [
    "is disabled",
    "critical",
    "endpoint_disabled",
    { state: "disabled", counts: { ...ENDPOINT.counts, parked: 4 } },
    "disabled since 24 h; 4 parked",
  ],
  ["is paused", "notice", "endpoint_paused", { state: "paused" }, "paused since 24 h"],
  [
    "holds what was parked back, and is well again",
    "warning",
    "deliveries_parked",
    { counts: { ...ENDPOINT.counts, parked: 2, failed: 1 } },
    "healthy; 2 parked; 1 given up",
  ],
  [
    "waits for somebody who delivers",
    "warning",
    "delivery_overdue",
    { oldestWaitingAt: NOW - 2 * MINUTE, counts: ONE },
    "healthy; 1 wait, the oldest for 2 min",
  ],
  [
    "has waited long for somebody who delivers",
    "critical",
    "delivery_overdue",
    { oldestWaitingAt: NOW - 11 * MINUTE, counts: ONE },
    "healthy; 1 wait, the oldest for 11 min",
  ],
  [
    "is slow",
    "ok",
    "healthy",
    { oldestWaitingAt: NOW - 9 * MINUTE, counts: { ...ONE, in_flight: 5 } },
    "healthy; 6 wait, the oldest for 9 min",
  ],
  [
    "is too slow",
    "warning",
    "delivery_overdue",
    { oldestWaitingAt: NOW - 11 * MINUTE, counts: { ...ONE, in_flight: 5 } },
    "healthy; 6 wait, the oldest for 11 min",
  ],
  [
    "is called seldom, as its rate limit has it",
    "warning",
    "delivery_overdue",
    { oldestWaitingAt: NOW - 11 * MINUTE, lastSuccessAt: NOW - MINUTE, counts: ONE },
    "healthy; 1 wait, the oldest for 11 min",
  ],
])("an endpoint that %s is %s: %s", (_what, severity, code, given, detail) => {
  const found = assessEndpoint({ ...ENDPOINT, ...given }, NOW);

  expect([found.severity, found.code, found.detail]).toEqual([severity, code, detail]);
});

const QUEUE: QueueFacts = {
  queue: "poll",
  workers: 1,
  jobs: { delayed: 4 },
  nextWakeAt: NOW + 1_000,
  oldestWaitingAt: undefined,
};
const ALL = [{ roles: ["poll", "dispatch", "ops"] }];

function judgeWork(
  processes: readonly { readonly roles: readonly string[] }[],
  ...queues: readonly QueueFacts[]
) {
  const alive = { host: "notifier-1", pid: 17, silentMs: 9_000, loopDelayMs: 900 };
  return assessWork({ processes: processes.map((one) => ({ ...alive, ...one })), queues }, NOW)
    .filter(({ severity }) => severity !== "ok")
    .map(({ code, severity, subject }) => [Object.values(subject).join(" "), severity, code]);
}

test.each<[string, Partial<QueueFacts>, string[][]]>([
  ["with a worker and nothing to do", {}, []],
  ["of which this Redis does not tell the workers", { workers: undefined }, []],
  [
    "whose next job should have woken",
    { nextWakeAt: NOW - 61_000 },
    [["queue poll", "critical", "queue_overdue"]],
  ],
  ["whose next job wakes any moment", { nextWakeAt: NOW - 59_000 }, []],
  [
    "whose jobs nobody takes",
    { oldestWaitingAt: NOW - 2 * MINUTE, jobs: { waiting: 1 } },
    [["queue poll", "critical", "queue_overdue"]],
  ],
  ["whose jobs wait for others", { oldestWaitingAt: NOW - 2 * MINUTE, jobs: { waiting: 1, active: 2 } }, []],
  ["with failed jobs", { jobs: { failed: 1 } }, [["queue poll", "warning", "queue_jobs_failed"]]],
  ["without a worker", { workers: 0 }, [["role poll", "critical", "worker_missing"]]],
])("a queue %s", (_what, facts, expected) => {
  expect(judgeWork(ALL, { ...QUEUE, ...facts })).toEqual(expected);
});

test("every queue without a worker is of a role, and a role is missed once", () => {
  const queues = JOB_NAMES.map((queue) => ({ ...QUEUE, queue, workers: 0 }));

  expect(judgeWork(ALL, ...queues)).toEqual([
    ["role poll", "critical", "worker_missing"],
    ["role dispatch", "critical", "worker_missing"],
  ]);
  for (const queue of queues) expect(judgeWork(ALL, queue)).toHaveLength(1);
});

test("a process that is connected and not heard of does no work; roles may stand in several processes", () => {
  expect(judgeWork([], QUEUE)).toHaveLength(2);
  expect(judgeWork([{ roles: ["poll", "ops"] }], QUEUE)).toEqual([
    ["role dispatch", "critical", "worker_missing"],
  ]);
  expect(judgeWork([{ roles: ["poll"] }, { roles: ["dispatch"] }], QUEUE)).toEqual([]);
});

const STORAGE: StorageSituation = {
  usedBytes: 10_000_000,
  maxBytes: 0,
  persisted: true,
  clockAheadMs: 3,
  unwritable: undefined,
};

test.each<[string, Partial<StorageSituation>, string[]]>([
  ["as it should be", {}, []],
  ["that does not tell", { usedBytes: undefined, maxBytes: undefined }, []],
  ["whose clock is off", { clockAheadMs: -20_000 }, ["warning storage_clock"]],
  ["whose clock is wrong", { clockAheadMs: 120_000 }, ["critical storage_clock"]],
  ["that could not save", { persisted: false }, ["critical storage_unsaved"]],
  ["that is nearly full", { maxBytes: 12_000_000 }, ["warning storage_full"]],
  ["that is full", { maxBytes: 10_100_000 }, ["critical storage_full"]],
  ["that takes no writes", { unwritable: "READONLY" }, ["critical storage_unwritable"]],
])("a Redis %s", (_what, given, expected) => {
  const found = assessStorage({ ...STORAGE, ...given }).filter(({ severity }) => severity !== "ok");

  expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual(expected);
});

test.each([
  [0, "ok", "usable"],
  [800, "ok", "usable"],
  [801, "notice", "audit_log_full"],
  [1_000, "warning", "audit_log_full"],
  [1_090, "warning", "audit_log_full"],
])("an audit log of %d lines of 1000: %s", (entries, severity, code) => {
  expect(assessAudit(entries, 1_000)).toMatchObject({ severity, code, detail: `${entries} of 1000 lines` });
});

test.each([
  ["whole", 0.25, undefined, "ok"],
  ["halved once", 0.125, undefined, "ok"],
  ["halved twice", 0.062, undefined, "notice"],
  ["held back", 0.25, NOW + 30_000, "notice"],
  ["held back no longer", 0.25, NOW - 1, "ok"],
])("a budget that is %s makes nobody late by itself", (_what, share, blockedUntil, severity) => {
  const budget = { share, configuredShare: 0.25, taken: 3, blockedUntil };

  expect(assessBudget("northside", budget, NOW).severity).toBe(severity);
});

const SUBJECTS: readonly Subject[] = [
  { kind: "source", account: "northside", resource: "patients" },
  { kind: "endpoint", endpoint: "crm" },
  { kind: "role", role: "poll" },
];

test("every problem has a remedy, with names in place of every blank", () => {
  for (const code of PROBLEM_CODES) {
    const remedies = SUBJECTS.map((subject) => remedyOf({ code, subject }) ?? "");
    expect([code, remedies.some((remedy) => remedy.length > 10 && !/%\w+%/.test(remedy))]).toEqual([
      code,
      true,
    ]);
  }
  expect(remedyOf({ code: "live", subject: { kind: "endpoint", endpoint: "crm" } })).toBeUndefined();
});

test("a verdict is as bad as its worst, and names that first", () => {
  const of = (endpoint: string, given: Partial<EndpointSituation>) =>
    assessEndpoint({ ...ENDPOINT, id: endpoint, ...given }, NOW);
  const verdict = toVerdict([
    of("a", {}),
    of("b", { state: "paused" }),
    of("c", { failingSince: NOW - 20 * MINUTE }),
    of("d", { failingSince: NOW - 30 * MINUTE }),
  ]);

  expect(verdict.severity).toBe("critical");
  expect(verdict.issues.map(({ subject }) => "endpoint" in subject && subject.endpoint)).toEqual([
    "d",
    "c",
    "b",
  ]);
  expect(toVerdict([of("a", {})])).toEqual({ severity: "ok", issues: [] });
  expect([worstOf([]), worstOf(["notice", "ok"])]).toEqual(["ok", "notice"]);
  expect((["ok", "notice", "warning", "critical"] as const).map((severity) => isWell(severity))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  ["that was heard of", {}, "ok", "usable"],
  ["that missed a word", { silentMs: 30_000 }, "ok", "usable"],
  ["that is silent", { silentMs: 30_001 }, "notice", "process_silent"],
  ["that lets others wait", { loopDelayMs: 201 }, "notice", "process_slow"],
  ["that is both", { loopDelayMs: 201, silentMs: 40_000 }, "notice", "process_silent"],
])("a process %s is %j", (_what, given, severity, code) => {
  const process = { host: "notifier-1", pid: 17, silentMs: 9_000, loopDelayMs: 200, ...given };
  expect(assessProcess(process)).toMatchObject({ severity, code, subject: { process: "notifier-1 pid 17" } });
  // Of all that is said of the installation only the silence: to be busy for a moment stops nothing.
  const whole = assessWork({ processes: [{ ...process, roles: ["poll", "dispatch"] }], queues: [] }, NOW);
  expect(toVerdict(whole).issues.map((issue) => issue.code)).toEqual(
    code === "process_silent" ? ["process_silent"] : [],
  );
});

test("a list shows a queue without a worker as the fault that its role has", () => {
  const said = (facts: Partial<QueueFacts>) => {
    const { code, severity } = assessQueueAlone({ ...QUEUE, ...facts }, NOW);
    return [severity, code];
  };
  expect(said({})).toEqual(["ok", "draining"]);
  expect(said({ workers: undefined })).toEqual(["ok", "draining"]);
  expect(said({ workers: 0 })).toEqual(["critical", "worker_missing"]);
  expect(said({ workers: 0, jobs: { failed: 1 } })).toEqual(["critical", "worker_missing"]);
  expect(said({ workers: 0, nextWakeAt: NOW - 61_000 })).toEqual(["critical", "queue_overdue"]);
});
