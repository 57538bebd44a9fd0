import { expect, test } from "vitest";

import type { EndpointStatus } from "../../../src/admin/endpoint-status.ts";
import { judgeBudget } from "../../../src/cli/doctor/check-account.ts";
import { judgeProbe } from "../../../src/cli/doctor/check-endpoint.ts";
import { checkConfiguration, checkNode } from "../../../src/cli/doctor/check-machine.ts";
import { judgeRedis } from "../../../src/cli/doctor/check-redis.ts";
import { formatBytes } from "../../../src/cli/doctor/format-bytes.ts";
import { judgeEndpoint } from "../../../src/cli/doctor/judge-endpoint.ts";
import { judgeQueues } from "../../../src/cli/doctor/judge-queues.ts";
import { judgeReading } from "../../../src/cli/doctor/judge-reading.ts";
import type { Connection, Problem } from "../../../src/store/connection-store.ts";
import { testConfig } from "../../support/test-config.ts";

const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const READING = {
  account: "northside",
  resource: "patients",
  phase: "live",
  completeUpTo: NOW - 4_000,
  poll: { job: "asleep", nextAt: NOW + 4_000 },
  failingSteps: [],
} as const;
const POLLING = { promiseMs: 20_000, intervalMs: undefined };

function connection(problem?: Partial<Problem>, key?: Connection["key"]): { connection: Connection } {
  const whole = { kind: "degraded", since: NOW - HOUR, detail: "HTTP 503", told: true, held: false } as const;
  const problems = new Map(problem ? [["patients", { ...whole, ...problem }]] : []);
  return { connection: { key, problems, baselines: new Set(), sequence: 0, version: 0 } };
}

test.each([
  ["live", "ok", READING, connection()],
  ["first sync", "ok", { ...READING, phase: "baseline", completeUpTo: undefined }, connection()],
  ["not read yet", "ok", { ...READING, phase: undefined, completeUpTo: undefined }, connection()],
  ["late", "warn", { ...READING, completeUpTo: NOW - 6 * MINUTE }, connection()],
  ["stale", "FAIL", { ...READING, completeUpTo: NOW - 16 * MINUTE }, connection()],
  ["degraded", "FAIL", READING, connection({})],
  ["live", "ok", READING, connection({ told: false })],
  ["permission_reduced", "FAIL", READING, connection({ kind: "permission_reduced", held: true })],
] as const)("a resource that is %s is a %s", (state, verdict, reading, of) => {
  const judged = judgeReading(reading, of, POLLING, NOW);

  expect([judged.state, judged.finding.verdict]).toEqual([state, verdict]);
  expect(judged.finding.remedy === undefined).toBe(verdict === "ok");
});

test("what a guard holds says since when, and how it is released", () => {
  const { finding } = judgeReading(
    READING,
    connection({ kind: "permission_reduced", held: true, detail: "40 of 200 are missing" }),
    POLLING,
    NOW,
  );

  expect(finding.detail).toBe("held: 40 of 200 are missing; since 2026-11-22T02:00:00Z (60 min)");
  expect(finding.remedy).toContain("cliniko-webhooks release northside");
});

test("a refused key comes before everything else", () => {
  const key = {
    state: "key_revoked",
    since: NOW - DAY,
    checkedAt: NOW,
    detail: "HTTP 401",
    keyHash: "",
    refusals: 0,
    countedAt: 0,
    refusedAt: 0,
    asked: false,
    looking: false,
  } as const;

  expect(judgeReading(READING, connection({}, key), POLLING, NOW)).toMatchObject({
    state: "key_revoked",
    since: NOW - DAY,
    finding: { verdict: "FAIL" },
  });
});

test("a step of the upkeep that goes on failing is a warning, and one failure is none", () => {
  const step = {
    step: "count",
    failingSince: NOW - HOUR,
    failures: 4,
    triedAt: NOW - MINUTE,
    pauseMs: 4 * MINUTE,
    kind: "unavailable",
    detail: "api.example.com: no complete answer in time",
  };
  const judged = judgeReading({ ...READING, failingSteps: [step] }, connection(), POLLING, NOW);

  expect(judged).toMatchObject({ state: "live", since: NOW - HOUR, finding: { verdict: "warn" } });
  expect(judged.finding.detail).toContain(
    '"count" failed 4 times, unavailable: api.example.com: no complete answer in time; next try 2026-11-22T03:03:00Z',
  );
  const once = { ...READING, failingSteps: [{ ...step, failures: 1 }] };
  expect(judgeReading(once, connection(), POLLING, NOW).finding.verdict).toBe("ok");
});

test("a promise of half an hour makes nobody late after six minutes", () => {
  const reading = { ...READING, completeUpTo: NOW - 20 * MINUTE };

  expect(
    judgeReading(reading, connection(), { promiseMs: 30 * MINUTE, intervalMs: undefined }, NOW).state,
  ).toBe("live");
  expect(judgeReading(reading, connection(), POLLING, NOW).state).toBe("stale");
});

const STATUS: EndpointStatus = {
  id: "crm",
  state: "healthy",
  since: NOW - DAY,
  reason: undefined,
  failingSince: undefined,
  lastSuccessAt: NOW,
  disablesAt: undefined,
  nextProbeAt: undefined,
  counts: { fresh: 0, retry: 0, sending: 0, behind: 0, held: 0, failed: 0, delivered: 9 },
  oldestWaitingAt: undefined,
};

test.each<[string, string, Partial<EndpointStatus>, string]>([
  ["that takes what it gets", "ok", {}, "healthy"],
  [
    "that fails for three minutes",
    "warn",
    { failingSince: NOW - 3 * MINUTE, reason: "connect", counts: { ...STATUS.counts, retry: 12 } },
    "failing since 3 min (connect); 12 wait",
  ],
  [
    "on the first step",
    "FAIL",
    { state: "failing", since: NOW - 7 * HOUR, reason: "status 500" },
    "failing since 7 h (status 500)",
  ],
  [
    "that was warned",
    "FAIL",
    { state: "warned", since: NOW - HOUR, disablesAt: NOW + DAY },
    "warned since 60 min; disabled at 2026-11-23T03:00:00Z at the earliest",
  ],
  [
    "that is disabled",
    "FAIL",
    { state: "disabled", counts: { ...STATUS.counts, held: 4 } },
    "disabled since 24 h; 4 held",
  ],
  ["that is paused", "warn", { state: "paused" }, "paused since 24 h"],
  [
    "for which something has waited long",
    "warn",
    { oldestWaitingAt: NOW - 11 * MINUTE, counts: { ...STATUS.counts, fresh: 1 } },
    "healthy; 1 wait, the oldest for 11 min",
  ],
  [
    "with held deliveries",
    "warn",
    { counts: { ...STATUS.counts, held: 2, failed: 1 } },
    "healthy; 2 held; 1 given up",
  ],
])("an endpoint %s is a %s", (_what, verdict, status, detail) => {
  const finding = judgeEndpoint({ ...STATUS, ...status }, NOW);

  expect([finding.verdict, finding.detail]).toEqual([verdict, detail]);
  expect(finding.remedy === undefined).toBe(verdict === "ok");
});

test.each([
  ["with a worker and nothing to do", "ok", {}],
  ["of which this Redis does not tell the workers", "ok", { workers: undefined }],
  ["without a worker", "FAIL", { workers: 0 }],
  ["whose next job should have woken", "FAIL", { nextWakeAt: NOW - 2 * MINUTE }],
  ["with failed jobs", "warn", { jobs: { failed: 1 } }],
])("a queue %s is a %s", (_what, verdict, facts) => {
  const rest = { jobs: {}, nextWakeAt: NOW + 1_000, oldestWaitingAt: undefined };
  const queue = { queue: "poll", workers: 1, ...rest, ...facts };

  expect(judgeQueues([queue], NOW).map((finding) => finding.verdict)).toEqual([verdict]);
});

test("a queue without a worker names the role that is missing", () => {
  const idle = { workers: 0, jobs: {}, nextWakeAt: undefined, oldestWaitingAt: undefined };
  const remedies = ["poll", "backfill", "route", "deliver", "recover", "tidy"].map(
    (queue) => judgeQueues([{ ...idle, queue }], NOW)[0]?.remedy,
  );

  expect(remedies.map((remedy) => /role (\w+)/.exec(remedy ?? "")?.[1])).toEqual(
    "poll poll dispatch dispatch dispatch dispatch".split(" "),
  );
});

const REDIS = {
  version: "7.0.15",
  flavour: "redis",
  usedBytes: 10_000_000,
  maxBytes: 0,
  persisted: true,
  latencyMs: 1,
  clockAheadMs: 3,
} as const;

test.each([
  ["as it should be", {}, []],
  ["that is too old", { version: "6.0.16" }, ["FAIL redis"]],
  ["that is older than what is tested", { version: "6.2.7" }, ["warn redis"]],
  ["that is a Valkey", { version: "8.0.1", flavour: "valkey" }, []],
  ["that does not tell", { version: undefined, usedBytes: undefined, maxBytes: undefined }, []],
  ["that is far away", { latencyMs: 80 }, ["warn redis"]],
  ["whose clock is off", { clockAheadMs: -20_000 }, ["warn clock of redis"]],
  ["whose clock is wrong", { clockAheadMs: 120_000 }, ["FAIL clock of redis"]],
  ["that could not write", { persisted: false }, ["FAIL redis"]],
  ["that is nearly full", { maxBytes: 12_000_000 }, ["warn redis memory"]],
  ["that is full", { maxBytes: 10_100_000 }, ["FAIL redis memory"]],
] as const)("a Redis %s gives %j %j", (_what, facts, expected) => {
  const found = judgeRedis("localhost:6379", { ...REDIS, ...facts }, []).filter(
    ({ verdict }) => verdict !== "ok",
  );

  expect(found.map(({ verdict, what }) => `${verdict} ${what}`)).toEqual(expected);
});

test.each([
  ["reached over plain http", "ok", undefined],
  ["whose certificate has months", "ok", NOW + 60 * DAY],
  ["whose certificate ends next week", "warn", NOW + 7 * DAY],
])("a receiver %s is a %s", (_what, verdict, certificateUntil) => {
  const probe = { kind: "reached", address: "203.0.113.7", certificateUntil } as const;

  expect(judgeProbe("way to crm", "crm.example.com", probe, NOW).verdict).toBe(verdict);
});

test("a receiver that is not reached leads to what its class means", () => {
  const unreachable = { kind: "unreachable", errorClass: "tls", detail: "CERT_HAS_EXPIRED" } as const;
  const refused = { kind: "refused", detail: "10.0.0.1 is private" } as const;

  expect(judgeProbe("way to crm", "crm.example.com", unreachable, NOW)).toEqual({
    what: "way to crm",
    verdict: "FAIL",
    detail: "crm.example.com: tls: CERT_HAS_EXPIRED",
    remedy: "see docs/operations.md#tls",
  });
  expect(judgeProbe("way to crm", "crm.example.com", refused, NOW).remedy).toContain(
    "delivery.allow_private",
  );
});

test.each([
  ["whole", 1, undefined, "ok"],
  ["halved once", 0.5, undefined, "ok"],
  ["halved twice", 0.25, undefined, "warn"],
  ["held back", 1, NOW + 30_000, "warn"],
])("a budget that is %s is judged", (_what, budgetInForce, blockedUntilMs, verdict) => {
  const state = {
    account: "northside",
    ...connection(),
    budgetInForce,
    budget: { share: 0.25, used: 0, taken: 3, blockedUntilMs },
  };

  expect(judgeBudget(state, NOW).verdict).toBe(verdict);
});

test.each([
  ["v20.18.3", "FAIL"],
  ["v20.19.0", "ok"],
  ["v24.1.0", "ok"],
  ["v18.20.0", "FAIL"],
])("Node %s is %s", (version, verdict) => {
  expect(checkNode(version).verdict).toBe(verdict);
});

test("metrics that are off are pointed out, and are not where they are on", () => {
  const config = testConfig({ accounts: {}, endpoints: {}, settings: { roles: ["ops"] } });
  const open = testConfig({
    accounts: {},
    endpoints: {},
    settings: { roles: ["ops"], ops: { token: { env: "SECRET" } } },
  });

  expect([checkConfiguration(config).verdict, checkConfiguration(open).verdict]).toEqual(["warn", "ok"]);
});

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_536, "1.5 kB"],
  [78 * 1_024 ** 3, "78 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
