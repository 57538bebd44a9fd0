import { expect, test } from "vitest";

import { countTrouble, findTrouble } from "../../../../src/dashboard/shell/trouble/find-trouble.ts";
import { aQueue, aSource, anEndpoint, anOverview, before } from "../../../support/an-overview.ts";

const MINUTE = 60_000;

test("where all is well nothing is found", () => {
  const overview = anOverview();
  expect(findTrouble(overview)).toEqual([]);
  expect(countTrouble(overview)).toBe(0);
});

test("a first sync needs nobody", () => {
  const sources = [
    aSource({ state: "first_sync", complete_up_to: null }),
    aSource({ state: "not_read_yet" }),
  ];
  expect(findTrouble(anOverview({ sources }))).toEqual([]);
});

test("a refused key is one thing, however many kinds of record the account has", () => {
  const since = before(10 * MINUTE);
  const sources = ["attendees", "patients"].map((resource) =>
    aSource({ account: "southside", resource, state: "key_revoked", since }),
  );
  expect(findTrouble(anOverview({ sources }))).toEqual([
    {
      tone: "bad",
      name: "Account southside",
      words: "key refused",
      since,
      path: "/accounts/southside",
      among: { many: "accounts", path: "/accounts?state=key_revoked" },
    },
  ]);
});

test("a missing right names the kinds of record", () => {
  const sources = [
    aSource({ resource: "attendees", state: "permission_reduced" }),
    aSource({ resource: "group_appointments", state: "permission_reduced" }),
  ];
  expect(findTrouble(anOverview({ sources }))).toMatchObject([
    { tone: "bad", name: "northside: attendees, group appointments", words: "permission reduced" },
  ]);
});

test("what a guard holds needs a person", () => {
  const sources = [aSource({ state: "permission_reduced", held: true, since: before(MINUTE) })];
  expect(findTrouble(anOverview({ sources }))).toMatchObject([
    { tone: "bad", name: "Account northside", words: "held" },
  ]);
});

test("what mends itself is worth a look and not counted", () => {
  const overview = anOverview({ sources: [aSource({ state: "degraded", since: before(MINUTE) })] });
  expect(findTrouble(overview)).toMatchObject([{ tone: "warn", words: "degraded" }]);
  expect(countTrouble(overview)).toBe(0);
});

test("wrong sources that are not shown are one thing more", () => {
  const sources = [aSource({ account: "a", state: "key_revoked" })];
  expect(findTrouble(anOverview({ sources, moreSources: { key_revoked: 120, live: 5 } }))).toMatchObject([
    { name: "Account a" },
    { tone: "bad", name: "120 more sources", path: "/accounts?state=trouble" },
  ]);
});

test("sources that stand still are one thing, and those that are a little late none", () => {
  const late = [
    aSource({ resource: "attendees", complete_up_to: before(3 * MINUTE) }),
    aSource({ resource: "patients", complete_up_to: before(2 * MINUTE) }),
  ];
  expect(findTrouble(anOverview({ sources: late }))).toMatchObject([
    {
      tone: "bad",
      name: "Account northside",
      words: "2 sources behind",
      more: "the furthest by 3 min; changes come late and are not lost",
      path: "/accounts/northside",
    },
  ]);
  const hiccup = [aSource({ complete_up_to: before(90_000) })];
  expect(findTrouble(anOverview({ sources: hiccup }))).toEqual([]);
});

test("a role that no process has comes before everything else", () => {
  const queues = [
    aQueue({ queue: "poll" }),
    aQueue({ queue: "route", workers: 0 }),
    aQueue({ queue: "deliver", workers: 0 }),
  ];
  const sources = [aSource({ state: "key_revoked" })];
  expect(findTrouble(anOverview({ queues, sources }))).toMatchObject([
    {
      tone: "bad",
      name: "Role dispatch",
      words: "no process has it, so nothing is delivered",
      more: "no worker takes jobs of route, deliver",
    },
    { name: "Account northside" },
  ]);
});

test("workers that this Redis does not tell are not missing", () => {
  expect(findTrouble(anOverview({ queues: [aQueue({ workers: null })] }))).toEqual([]);
});

test("a job that nobody wakes is trouble, one that sleeps until its time is none", () => {
  const overdue = [aQueue({ queue: "poll", next_wake_at: before(2 * MINUTE) })];
  expect(findTrouble(anOverview({ queues: overdue }))).toMatchObject([
    { tone: "bad", name: "Queue poll", words: "stands still", since: before(2 * MINUTE) },
  ]);
  const asleep = [aQueue({ delayed: 40, next_wake_at: before(-2 * MINUTE) })];
  expect(findTrouble(anOverview({ queues: asleep }))).toEqual([]);
});

test("endpoints are told the worst first, with what is held back", () => {
  const endpoints = [
    anEndpoint({
      id: "reminders",
      status: { failing_since: before(MINUTE), error_class: "status", error_status: 503, waiting: 12 },
    }),
    anEndpoint({
      id: "billing",
      status: { state: "disabled", since: before(MINUTE), error_class: "status", error_status: 410, held: 7 },
    }),
  ];
  const overview = anOverview({ endpoints });
  expect(findTrouble(overview)).toEqual([
    {
      tone: "bad",
      name: "Endpoint billing",
      words: "disabled",
      since: before(MINUTE),
      more: "status 410, 7 held",
      path: "/endpoints/billing",
      among: { many: "endpoints", path: "/endpoints?state=disabled" },
    },
    {
      tone: "warn",
      name: "Endpoint reminders",
      words: "starting to fail",
      since: before(MINUTE),
      more: "status 503, 12 waiting",
      path: "/endpoints/reminders",
      among: { many: "endpoints", path: "/endpoints" },
    },
  ]);
  expect(countTrouble(overview)).toBe(1);
});

test("an endpoint that fails for longer than a restart takes needs a person, hours before the ladder says so", () => {
  const failingFor = (ms: number) =>
    anOverview({ endpoints: [anEndpoint({ status: { failing_since: before(ms) } })] });
  expect(findTrouble(failingFor(11 * MINUTE))).toMatchObject([{ tone: "bad", words: "failing" }]);
  expect(findTrouble(failingFor(9 * MINUTE))).toMatchObject([{ tone: "warn", words: "starting to fail" }]);
});

test("an endpoint that is well again and still holds something leads to its deliveries", () => {
  const endpoints = [anEndpoint({ status: { held: 3 } })];
  expect(findTrouble(anOverview({ endpoints }))).toMatchObject([
    {
      tone: "warn",
      words: "well again, and deliveries are still held back",
      more: "3 held",
      path: "/endpoints/crm/deliveries",
    },
  ]);
});

test("a paused endpoint is as a person wants it", () => {
  expect(
    findTrouble(anOverview({ endpoints: [anEndpoint({ status: { state: "paused", waiting: 4 } })] })),
  ).toEqual([]);
});

test("failing endpoints that are not shown are one thing more", () => {
  const endpoints = [anEndpoint({ status: { state: "failing" } })];
  const found = findTrouble(
    anOverview({ endpoints, moreEndpoints: { failing: 30, disabled: 1, healthy: 9 } }),
  );
  expect(found).toMatchObject([{ name: "Endpoint crm" }, { tone: "bad", name: "31 more endpoints" }]);
});

test("deliveries that are long due are told unless an endpoint in trouble explains them", () => {
  const oldestWaitingAt = before(20 * MINUTE);
  expect(findTrouble(anOverview({ oldestWaitingAt }))).toMatchObject([
    { tone: "warn", name: "Deliveries", since: oldestWaitingAt },
  ]);
  const endpoints = [
    anEndpoint({ status: { state: "paused", waiting: 1, oldest_waiting_at: oldestWaitingAt } }),
  ];
  expect(findTrouble(anOverview({ endpoints, oldestWaitingAt }))).toEqual([]);
});

test("accounts that Cliniko wants left alone are worth a look", () => {
  expect(findTrouble(anOverview({ blocked: 2 }))).toMatchObject([{ tone: "warn", name: "2 accounts" }]);
});

test("a subscriber, who has no queues and no budget, is told of the rest", () => {
  const overview = {
    ...anOverview({ queues: null, endpoints: [anEndpoint({ status: { state: "failing" } })] }),
    budget: null,
  };
  expect(findTrouble(overview)).toMatchObject([{ name: "Endpoint crm" }]);
});
