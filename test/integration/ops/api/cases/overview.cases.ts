import { expect } from "vitest";
import type { z } from "zod";

import type { Base } from "../../../../../src/admin/base.ts";
import type { accountSchema } from "../../../../../src/ops/api/accounts/account-answer.ts";
import type { Overview } from "../../../../../src/ops/api/overview/overview-schemas.ts";
import { createLeases } from "../../../../../src/store/detection/lease.ts";
import { createRequestBudget } from "../../../../../src/store/detection/request-budget.ts";
import { startApi } from "../../../../support/api-harness.ts";
import { makeEndpoint } from "../../../../support/api-world.ts";
import { outboxEventOf } from "../../../../support/outbox-setup.ts";
import { test } from "../../../../support/api-test.ts";

const PATH = "/v1/overview";
const RESOURCE = "individual_appointments";

async function goLive({ redis, keys, store }: Base, account: string, watermark: number): Promise<void> {
  const leases = createLeases(redis, keys, 10_000);
  const lease = await leases.acquire(account, RESOURCE);
  if (!lease) throw new Error("nobody else reads this account");
  await store.commit(lease, { snapshots: new Map(), events: [], cursor: { phase: "live", watermark } });
  await leases.release(lease);
}

async function hold({ connections }: Base, account: string): Promise<void> {
  const problem = {
    kind: "permission_reduced" as const,
    since: Date.parse("2026-11-22T03:00:00Z"),
    detail: "212 of 3,054 known records are missing at once",
    told: true,
    quarantined: true,
  };
  const read = await connections.read(account);
  await connections.change(account, read, { resource: "patients", problem }, undefined);
}

test("the overview says what is fresh, what is quarantined, and what has not been read", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const { body: before } = await api.ask<Overview>("GET", PATH);
  expect(before.sources).toMatchObject({
    accounts: 2,
    total: 8,
    by_state: { not_read_yet: 8 },
    quarantined: 0,
    oldest_complete_up_to: null,
  });

  await goLive(api.base, "northside", Date.parse("2026-11-22T03:14:51Z") / 1_000);
  await goLive(api.base, "southside", Date.parse("2026-11-22T03:14:40Z") / 1_000);
  await hold(api.base, "southside");
  laterMs += 1_000;
  const { body } = await api.ask<Overview>("GET", PATH);

  expect(body.sources).toMatchObject({
    by_state: { live: 2, permission_reduced: 1, not_read_yet: 5 },
    quarantined: 1,
    oldest_complete_up_to: "2026-11-22T03:14:40Z",
  });
  expect(body.sources.shown[0]).toEqual({
    account: "southside",
    resource: "patients",
    group: "people",
    state: "permission_reduced",
    complete_up_to: null,
    detail: "212 of 3,054 known records are missing at once",
    since: "2026-11-22T03:00:00.000Z",
    severity: "critical",
    code: "account_quarantined",
    quarantined: true,
    suspects: 0,
    promise_ms: 1_000,
    failing_steps: [],
  });
  expect(body.sources.shown.slice(-2).map(({ account }) => account)).toEqual(["southside", "northside"]);
});

test("the overview says which endpoint is in trouble, and what waits", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const { base } = api;
  const [well, ill] = [await makeEndpoint(base, "a"), await makeEndpoint(base, "b")];
  const at = Date.parse("2026-11-22T03:00:00Z");
  await base.outbox.add(well, "northside", [outboxEventOf("evt_1", { at })]);
  await base.outbox.add(ill, "southside", [outboxEventOf("evt_2"), outboxEventOf("evt_3")]);
  const worker = await base.outbox.openWorker(ill);
  const claim = await base.outbox.claim(worker, Date.now(), { count: 1, late: 0 }, []);
  const [delivery] = claim === "lost" ? [] : claim.deliveries;
  if (!delivery) throw new Error("it is due");
  const settled = { delivery, attempts: [], verdict: "failed" as const, at, counted: 1 };
  await base.outbox.settle(worker, [settled], undefined);
  laterMs += 1_000;
  const { body, text } = await api.ask<Overview>("GET", PATH);

  expect(body.endpoints).toMatchObject({
    total: 2,
    by_state: { healthy: 2 },
    waiting: 2,
    parked: 0,
    failed: 1,
    oldest_waiting_at: "2026-11-22T03:00:00.000Z",
    shown: [
      // Nobody delivers here, and the first has waited for longer than anybody should.
      { id: well, status: { severity: "critical", waiting: 1 } },
      {
        id: ill,
        host: "127.0.0.1:59999",
        owner: "southside",
        status: { state: "healthy", waiting: 1, failed: 1 },
      },
    ],
  });
  expect(text).not.toContain("https://");
});

test("the overview says how the queues and the budget are, to operators", async ({ api }) => {
  const { base } = api;
  const [account] = base.config.accounts;
  if (!account) throw new Error("there is an account");
  const { requestsPerMinute, budgetShare: share } = base.config.polling;
  const { keys, now, random, redis } = base;
  const options = { apiKey: account.apiKey, requestsPerMinute, share, now, random };
  const budget = createRequestBudget(redis, keys, options);
  await budget.blockUntil(Date.now() + 60_000);
  await base.queues.ensurePoll({ account: "northside", resource: "patients" }, 60_000);
  await base.queues.addRoute({ account: "northside" });
  const { body } = await api.ask<Overview>("GET", PATH, { token: await api.token({ role: "viewer" }) });

  const of = (name: string) => body.queues?.find(({ queue }) => queue === name);
  expect(of("poll")).toMatchObject({ workers: 0, waiting: 0, delayed: 1, oldest_waiting_at: null });
  expect(Date.parse(of("poll")?.next_wake_at ?? "")).toBeGreaterThan(Date.now());
  expect(of("route")).toMatchObject({ waiting: 1, delayed: 0, next_wake_at: null });
  expect(Math.abs(Date.parse(of("route")?.oldest_waiting_at ?? "") - Date.now())).toBeLessThan(60_000);
  // Both accounts of this harness have one key, and with it one budget.
  expect(body.budget).toMatchObject({ accounts_limited: 2, accounts_blocked: 2 });
  expect(body.budget?.busiest[0]).toMatchObject({ account: "northside", configured_share: 1, used: 0 });
  expect(body.budget?.busiest[0]?.share).toBeCloseTo(0.5, 2);
  expect(body.budget?.busiest[0]?.requests_per_minute).toBeCloseTo(3_000, -2);

  const { body: page } = await api.ask<z.infer<typeof accountSchema>>("GET", "/v1/accounts/northside");
  expect(page.budget).toMatchObject({ configured_share: 1, used: 0 });
  expect(page.budget?.requests_per_minute).toBeCloseTo(3_000, -2);
});

test("of two subscribers each has an overview of its own, out of the same reading", async ({ api }) => {
  const [own] = [await makeEndpoint(api.base, "a"), await makeEndpoint(api.base, "b")];
  await hold(api.base, "southside");
  const tokenOf = async (name: string): Promise<string> =>
    await api.token({ role: "subscriber", subscriber: name, accounts: [name] });
  const [a, b] = [await tokenOf("northside"), await tokenOf("southside")];
  const [all, ofA, ofB] = await Promise.all(
    [undefined, a, b].map(
      async (token) => await api.ask<Overview>("GET", PATH, token === undefined ? {} : { token }),
    ),
  );

  expect(all?.body).toMatchObject({ sources: { accounts: 2, quarantined: 1 }, endpoints: { total: 2 } });
  expect(ofA?.body).toMatchObject({
    sources: { accounts: 1, total: 4, quarantined: 0 },
    endpoints: { total: 1, by_state: { healthy: 1 } },
    budget: null,
    queues: null,
  });
  expect(ofA?.text).not.toContain("southside");
  expect(ofA?.body.sources.shown.every(({ suspects }) => suspects === null)).toBe(true);
  expect(ofB?.body).toMatchObject({ sources: { accounts: 1, quarantined: 1 }, endpoints: { total: 1 } });
  expect(ofB?.text).not.toContain(own);
});

test("who asks within a second gets the same reading, and later another", async ({ address, prefix }) => {
  let laterMs = 0;
  const start = Date.now();
  await using api = await startApi({ address, prefix, now: () => start + laterMs });
  const ask = async (): Promise<Overview> => (await api.ask<Overview>("GET", PATH)).body;
  const first = await ask();
  await makeEndpoint(api.base, "a");

  expect(await ask()).toEqual(first);
  laterMs += 1_000;
  expect((await ask()).endpoints.total).toBe(first.endpoints.total + 1);
});
