import { expect, test } from "vitest";

import type { AccountStatus, ResourceStatus } from "../../../src/admin/accounts/account-status.ts";
import type { Caller } from "../../../src/admin/access/caller.ts";
import type { EndpointStatus } from "../../../src/admin/endpoints/endpoint-status.ts";
import { assessBudget } from "../../../src/admin/assess/assess-budget.ts";
import { assessEndpoint } from "../../../src/admin/assess/assess-endpoint.ts";
import { assessSource } from "../../../src/admin/assess/assess-source.ts";
import {
  type InstallationReading,
  type WatchedEndpoint,
  overviewFor,
} from "../../../src/admin/accounts/overview.ts";
import { toOverview } from "../../../src/ops/api/overview/overview-answer.ts";
import { MOST_SHOWN, overviewSchema } from "../../../src/ops/api/overview/overview-schemas.ts";
import { endpointOf } from "../../support/endpoints.ts";
import { testConfig } from "../../support/test-config.ts";

const NOW = Date.parse("2026-11-22T03:15:00Z");
const NOW_SECONDS = NOW / 1_000;
const OPERATOR: Caller = { id: "cli:root", name: "root", role: "viewer" };
const SUBSCRIBER: Caller = {
  id: "1",
  name: "of southside",
  role: "subscriber",
  subscriber: "crm",
  accounts: ["southside"],
  sensitive: false,
};
const ACCOUNT = { key: "MS0xLWFiY2RlZg-au1", baseUrl: "http://127.0.0.1:9/v1" };
const CONFIG = testConfig({ accounts: { northside: ACCOUNT, southside: ACCOUNT }, endpoints: {} });
const KEY = {
  state: "key_revoked",
  checkedAt: NOW,
  detail: "HTTP 401",
  keyHash: "",
  refusals: 0,
  countedAt: 0,
  refusedAt: 0,
  asked: false,
  looking: false,
} as const;
const POLLING = { requestsPerMinute: 200 };

function resourceOf(resource: string, more: Partial<ResourceStatus> = {}): ResourceStatus {
  const { completeUpTo = NOW_SECONDS, quarantined = false, state = "live" } = more;
  const isWrong = !["live", "first_sync", "not_read_yet"].includes(state);
  const problem = {
    kind: "degraded" as const,
    since: more.since ?? NOW,
    detail: "",
    told: isWrong,
    quarantined,
  };
  const poll = { job: "asleep", nextAt: NOW + 4_000 } as const;
  const assessment = assessSource(
    {
      ...{ account: "northside", resource, promiseMs: 20_000, idleMs: 0, leased: false, poll },
      phase: state === "first_sync" ? "baseline" : "live",
      completeUpTo: state === "first_sync" ? undefined : completeUpTo,
      connection: {
        key: state === "key_revoked" ? { ...KEY, since: more.since ?? NOW } : undefined,
        problems: new Map(isWrong || more.since !== undefined ? [[resource, problem]] : []),
      },
      blockedUntil: undefined,
      failingSteps: [],
    },
    NOW,
  );
  return {
    account: "northside",
    resource,
    tier: "live",
    promiseMs: 20_000,
    ageMs: 0,
    assessment,
    state: "live",
    completeUpTo: NOW_SECONDS,
    detail: "",
    since: undefined,
    quarantined: false,
    suspects: 0,
    poll,
    failingSteps: [],
    ...more,
  };
}

function accountOf(
  account: string,
  resources: readonly ResourceStatus[],
  budget: Partial<AccountStatus["budget"]> = {},
): AccountStatus {
  const full = { share: 0.25, configuredShare: 0.25, used: 0, taken: 0, blockedUntil: undefined };
  const whole = { ...full, ...budget };
  const assessment = assessBudget(account, whole, NOW);
  const connection = {
    key: undefined,
    problems: new Map(),
    baselines: new Set<string>(),
    sequence: 0,
    version: 0,
  };
  const own = resources.map((resource) => ({ ...resource, account }));
  return { account, connection, resources: own, budget: whole, assessment };
}

function watched(
  id: string,
  status: Partial<EndpointStatus> = {},
  counts: Partial<EndpointStatus["counts"]> = {},
  owner?: string,
): WatchedEndpoint {
  const none = { ready: 0, retry: 0, in_flight: 0, blocked: 0, parked: 0, failed: 0, delivered: 0 };
  const given = owner === undefined ? {} : { owner };
  const whole = {
    id,
    state: "healthy" as const,
    since: NOW - 1_000,
    reason: undefined,
    failingSince: undefined,
    lastSuccessAt: undefined,
    disablesAt: undefined,
    disabledBy: undefined,
    nextProbeAt: undefined,
    oldestWaitingAt: undefined,
    ...status,
    counts: { ...none, ...counts },
  };
  return {
    endpoint: {
      ...endpointOf(id, { accounts: [owner === undefined ? "northside" : "southside"] }),
      ...given,
    },
    status: { ...whole, assessment: assessEndpoint(whole, NOW) },
  };
}

const NOTHING: InstallationReading = {
  at: NOW,
  accounts: [],
  endpoints: [],
  unreadableEndpoints: [],
  queues: [],
  processes: [
    { roles: ["poll", "dispatch", "ops"], host: "notifier-1", pid: 17, silentMs: 4_000, loopDelayMs: 1 },
  ],
  redis: {
    version: "7.0.15",
    flavour: "redis",
    usedBytes: 1,
    maxBytes: 0,
    persisted: true,
    latencyMs: 1,
    clockAheadMs: 0,
  },
  unwritable: undefined,
  incident: undefined,
  failedSignIns: [],
  auditEntries: 0,
};

function show(reading: Partial<InstallationReading>, caller: Caller = OPERATOR) {
  const found = { ...NOTHING, ...reading };
  return overviewSchema.parse(toOverview(caller, overviewFor(found, { config: CONFIG }, caller), POLLING));
}

test("what needs a person comes first, then other problems, what is not live, and who is furthest behind", () => {
  const { sources } = show({
    accounts: [
      accountOf("northside", [
        resourceOf("live-now"),
        resourceOf("first", { state: "first_sync", completeUpTo: undefined }),
        resourceOf("live-behind", { completeUpTo: NOW_SECONDS - 60 }),
        resourceOf("degraded", { state: "degraded", since: NOW - 5_000 }),
        // Not told yet: it may pass, and is live so far.
        resourceOf("live-hiccup", { completeUpTo: NOW_SECONDS - 30, since: NOW - 9_000 }),
        resourceOf("long-degraded", { state: "degraded", since: NOW - 50_000 }),
        resourceOf("revoked", { state: "key_revoked", since: NOW - 7_000 }),
        resourceOf("quarantined", { state: "permission_reduced", quarantined: true, since: NOW - 8_000 }),
      ]),
    ],
  });

  expect(sources.shown.map(({ resource }) => resource)).toEqual(
    "quarantined revoked long-degraded degraded live-hiccup first live-behind live-now".split(" "),
  );
  expect(sources).toMatchObject({
    accounts: 1,
    total: 8,
    by_state: { live: 3, degraded: 2, first_sync: 1, key_revoked: 1, permission_reduced: 1 },
    quarantined: 1,
    oldest_complete_up_to: "2026-11-22T03:14:00Z",
  });
});

test("disabled, warned, failing, paused, with something given up: each longest in trouble first", () => {
  const failing = { state: "failing" as const };
  const { endpoints } = show({
    endpoints: [
      watched("well", {}, { delivered: 7, ready: 1 }),
      watched("paused", { state: "paused" }, { failed: 3 }),
      watched("gave-up", {}, { failed: 2 }),
      watched("failing", { ...failing, failingSince: NOW - 1_000 }),
      watched("failing-long", { ...failing, failingSince: NOW - 9_000, since: NOW }),
      watched("disabled", { state: "disabled" }, { parked: 4 }),
      watched("warned", { state: "warned", oldestWaitingAt: NOW - 60_000 }, { retry: 5, blocked: 1 }),
    ],
  });

  expect(endpoints.shown.map(({ id }) => id)).toEqual(
    "disabled warned failing-long failing paused gave-up".split(" "),
  );
  expect(endpoints).toMatchObject({
    total: 7,
    by_state: { healthy: 2, failing: 2, disabled: 1, warned: 1, paused: 1 },
    waiting: 7,
    parked: 4,
    failed: 5,
    oldest_waiting_at: "2026-11-22T03:14:00.000Z",
  });
});

test("an endpoint that fails is shown from its first failure on, though it is on no step of the ladder; one that works is not", () => {
  const { endpoints } = show({
    endpoints: [
      watched("just-now", { failingSince: NOW - 1_000 }, { retry: 1 }),
      watched("well", { lastSuccessAt: NOW - 1_000 }, { ready: 1 }),
      watched("gave-up", {}, { failed: 1 }),
    ],
  });

  expect(endpoints.shown.map(({ id }) => id)).toEqual(["just-now", "gave-up"]);
});

test("of an endpoint's address the host is shown, and nothing that may be a token", () => {
  const shown = show({ endpoints: [watched("crm", { state: "disabled" })] });

  expect(shown.endpoints.shown).toMatchObject([{ host: "crm.example.com" }]);
  expect(JSON.stringify(shown)).not.toMatch(/\/hooks|team=7/);
});

test("of long lists the worst are shown and all are counted", () => {
  const resources = Array.from({ length: 70 }, (_, index) =>
    resourceOf(`resource-${index}`, { completeUpTo: NOW_SECONDS - index }),
  );
  const endpoints = Array.from({ length: 70 }, (_, index) =>
    watched(`endpoint-${index}`, { state: "failing", failingSince: NOW - index }, { failed: 1 }),
  );
  const shown = show({ accounts: [accountOf("northside", resources)], endpoints });

  expect(shown.sources).toMatchObject({ total: 70, by_state: { live: 70 } });
  expect(shown.sources.shown).toHaveLength(MOST_SHOWN);
  expect(shown.sources.shown[0]).toMatchObject({ resource: "resource-69" });
  expect(shown.endpoints).toMatchObject({ total: 70, failed: 70 });
  expect(shown.endpoints.shown).toHaveLength(MOST_SHOWN);
  expect(shown.endpoints.shown[0]).toMatchObject({ id: "endpoint-69" });
});

test("the budget says who is limited or blocked, and whose is used most", () => {
  const budgets = [
    { used: 0.2 },
    { used: 0.9, share: 0.125 },
    { used: 0, blockedUntil: NOW + 5_000 },
    { used: 0.1, blockedUntil: NOW - 5_000 },
  ];
  const accounts = budgets.map((budget, index) => accountOf(`account-${index}`, [], budget));
  const config = testConfig({
    accounts: Object.fromEntries(accounts.map(({ account }) => [account, ACCOUNT])),
    endpoints: {},
  });
  const found = overviewFor({ ...NOTHING, accounts }, { config }, OPERATOR);
  const { budget } = toOverview(OPERATOR, found, POLLING);

  expect(budget).toMatchObject({ accounts_limited: 1, accounts_blocked: 1 });
  expect(budget?.busiest.map(({ account }) => account)).toEqual(
    "account-1 account-0 account-3 account-2".split(" "),
  );
  expect(budget?.busiest[0]).toEqual({
    account: "account-1",
    severity: "ok",
    code: "usable",
    used: 0.9,
    share: 0.125,
    configured_share: 0.25,
    requests_per_minute: 25,
    blocked_until: null,
  });
});

test("a subscriber sees its own accounts and endpoints, and neither queues nor budget nor suspects", () => {
  const reading = {
    accounts: [
      accountOf("northside", [resourceOf("patients", { suspects: 3, detail: "of northside" })]),
      accountOf("southside", [resourceOf("patients", { suspects: 3 })]),
    ],
    endpoints: [
      watched("another's", { state: "failing" }, { failed: 5 }),
      watched("own", { state: "failing" }, { failed: 1 }, "crm"),
    ],
    queues: [{ queue: "poll", workers: 1, jobs: {}, nextWakeAt: undefined, oldestWaitingAt: undefined }],
  };
  const own = show(reading, SUBSCRIBER);

  expect(own).toMatchObject({ queues: null, budget: null });
  expect(own.sources).toMatchObject({
    accounts: 1,
    total: 1,
    shown: [{ account: "southside", suspects: null }],
  });
  expect(own.endpoints).toMatchObject({ total: 1, failed: 1, shown: [{ id: "own", owner: "crm" }] });
  expect(JSON.stringify(own)).not.toMatch(/northside|another/);

  // The twin: an operator sees all of it.
  const all = show(reading);
  expect(all).toMatchObject({ queues: [{ queue: "poll", waiting: 0 }], budget: { accounts_limited: 0 } });
  expect(all.sources.shown.map(({ suspects }) => suspects)).toEqual([3, 3]);
  expect(all.endpoints).toMatchObject({ total: 2, failed: 6 });
});
