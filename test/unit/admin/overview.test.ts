import { expect, test } from "vitest";

import type { AccountStatus, ResourceStatus } from "../../../src/admin/account-status.ts";
import type { Caller } from "../../../src/admin/caller.ts";
import type { EndpointStatus } from "../../../src/admin/endpoint-status.ts";
import { type InstallationReading, type WatchedEndpoint, overviewFor } from "../../../src/admin/overview.ts";
import { toOverview } from "../../../src/ops/api/overview-answer.ts";
import { MOST_SHOWN, overviewSchema } from "../../../src/ops/api/overview-schemas.ts";
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
const POLLING = { intervalMs: undefined, promiseMs: 20_000, requestsPerMinute: 200 };

function resourceOf(resource: string, more: Partial<ResourceStatus> = {}): ResourceStatus {
  return {
    resource,
    state: "live",
    completeUpTo: NOW_SECONDS,
    detail: "",
    since: undefined,
    held: false,
    suspects: 0,
    poll: { job: "asleep", nextAt: NOW + 4_000 },
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
  return { account, resources, budget: { ...full, ...budget } };
}

function watched(
  id: string,
  status: Partial<EndpointStatus> = {},
  counts: Partial<EndpointStatus["counts"]> = {},
  owner?: string,
): WatchedEndpoint {
  const none = { fresh: 0, retry: 0, sending: 0, behind: 0, held: 0, failed: 0, delivered: 0 };
  const given = owner === undefined ? {} : { owner };
  return {
    endpoint: {
      ...endpointOf(id, { accounts: [owner === undefined ? "northside" : "southside"] }),
      ...given,
    },
    status: {
      id,
      state: "healthy",
      since: NOW - 1_000,
      reason: undefined,
      failingSince: undefined,
      lastSuccessAt: undefined,
      disablesAt: undefined,
      nextProbeAt: undefined,
      oldestWaitingAt: undefined,
      ...status,
      counts: { ...none, ...counts },
    },
  };
}

function show(reading: Partial<InstallationReading>, caller: Caller = OPERATOR) {
  const found = { at: NOW, accounts: [], endpoints: [], queues: [], ...reading };
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
        resourceOf("held", { state: "permission_reduced", held: true, since: NOW - 8_000 }),
      ]),
    ],
  });

  expect(sources.shown.map(({ resource }) => resource)).toEqual(
    "held revoked long-degraded degraded first live-behind live-hiccup live-now".split(" "),
  );
  expect(sources).toMatchObject({
    accounts: 1,
    total: 8,
    by_state: { live: 3, degraded: 2, first_sync: 1, key_revoked: 1, permission_reduced: 1 },
    held: 1,
    oldest_complete_up_to: "2026-11-22T03:14:00Z",
    promise_ms: 20_000,
  });
});

test("disabled, warned, failing, with something held or given up, paused: each longest in trouble first", () => {
  const failing = { state: "failing" as const };
  const { endpoints } = show({
    endpoints: [
      watched("well", {}, { delivered: 7, fresh: 1 }),
      watched("paused", { state: "paused" }, { failed: 3 }),
      watched("gave-up", {}, { failed: 2 }),
      watched("failing", { ...failing, failingSince: NOW - 1_000 }),
      watched("failing-long", { ...failing, failingSince: NOW - 9_000, since: NOW }),
      watched("disabled", { state: "disabled" }, { held: 4 }),
      watched("warned", { state: "warned", oldestWaitingAt: NOW - 60_000 }, { retry: 5, behind: 1 }),
    ],
  });

  expect(endpoints.shown.map(({ id }) => id)).toEqual(
    "disabled warned failing-long failing gave-up paused".split(" "),
  );
  expect(endpoints).toMatchObject({
    total: 7,
    by_state: { healthy: 2, failing: 2, disabled: 1, warned: 1, paused: 1 },
    waiting: 7,
    held: 4,
    failed: 5,
    oldest_waiting_at: "2026-11-22T03:14:00.000Z",
  });
});

test("an endpoint that fails is shown from its first failure on, though it is on no step of the ladder; one that works is not", () => {
  const { endpoints } = show({
    endpoints: [
      watched("just-now", { failingSince: NOW - 1_000 }, { retry: 1 }),
      watched("well", { lastSuccessAt: NOW - 1_000 }, { fresh: 1 }),
      watched("gave-up", {}, { failed: 1 }),
    ],
  });

  expect(endpoints.shown.map(({ id }) => id)).toEqual(["just-now", "gave-up"]);
});

test("of an endpoint's address the host is shown, and nothing that may be a token", () => {
  const shown = show({ endpoints: [watched("crm", { state: "disabled" })] });

  expect(shown.endpoints.shown).toMatchObject([{ host: "crm.example.com" }]);
  expect(JSON.stringify(shown)).not.toMatch(/hooks|team=7/);
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
  const found = overviewFor({ at: NOW, accounts, endpoints: [], queues: [] }, { config }, OPERATOR);
  const { budget } = toOverview(OPERATOR, found, POLLING);

  expect(budget).toMatchObject({ accounts_limited: 1, accounts_blocked: 1 });
  expect(budget?.busiest.map(({ account }) => account)).toEqual(
    "account-1 account-0 account-3 account-2".split(" "),
  );
  expect(budget?.busiest[0]).toEqual({
    account: "account-1",
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
