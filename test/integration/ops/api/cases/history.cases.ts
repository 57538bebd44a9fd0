import { expect } from "vitest";

import type {
  EndpointActivity,
  History,
  HistoryPoint,
} from "../../../../../src/ops/api/overview/history-schemas.ts";
import {
  type CountedAttempt,
  startHistoryRecorder,
} from "../../../../../src/store/history/history-recorder.ts";
import { type ApiHarness } from "../../../../support/api-harness.ts";
import { makeEndpoint } from "../../../../support/api-world.ts";
import { settingsOf } from "../../../../support/endpoints.ts";
import { test } from "../../../../support/api-test.ts";
import { SECRET } from "../../../../support/test-config.ts";

interface ActivityPage {
  readonly data: readonly EndpointActivity[];
  readonly next: string | null;
}

/** Counts as a process of the service does. */
async function count(
  { base }: ApiHarness,
  given: {
    readonly detected?: Readonly<Record<string, number>>;
    readonly attempts?: readonly CountedAttempt[];
  },
): Promise<void> {
  await using recorder = startHistoryRecorder({ ...base, onTrouble: () => undefined });
  for (const [account, events] of Object.entries(given.detected ?? {})) recorder.detected(account, events);
  for (const attempt of given.attempts ?? []) recorder.attemptEnded(attempt);
}

function delivered(endpoint: string, account: string, owned: boolean): CountedAttempt {
  return { endpoint, account, owned, delivered: true, sinceHappenedMs: 10_000 };
}

type Totals = readonly [detected: number, delivered: number, failed: number];

async function totalsOf(api: ApiHarness, query: string, token?: string): Promise<Totals> {
  const asked = token === undefined ? {} : { token };
  const { status, body } = await api.ask<History>("GET", `/v1/history?range=hour${query}`, asked);
  expect(status).toBe(200);
  const sum = (name: keyof HistoryPoint): number =>
    body.points.reduce((total, point) => total + Number(point[name]), 0);
  return [sum("detected"), sum("delivered"), sum("failed")];
}

async function subscriberOf(api: ApiHarness, subscriber: string, ...accounts: string[]): Promise<string> {
  return await api.token({ role: "subscriber", subscriber, accounts });
}

/** Two subscribers with an endpoint each, one of the operator's, and something counted of all. */
async function setUp(api: ApiHarness) {
  const [own, another] = [await makeEndpoint(api.base, "a"), await makeEndpoint(api.base, "b")];
  const settings = settingsOf({ url: "https://127.0.0.1:59999/" });
  const signingKeys = [{ kind: "v1" as const, secret: SECRET, createdAt: 0 }];
  await api.base.endpoints.create({ id: "crm", source: "api", settings, signingKeys });
  await count(api, {
    detected: { northside: 3, southside: 5 },
    attempts: [
      delivered(own, "northside", true),
      { ...delivered(own, "northside", true), delivered: false },
      delivered(another, "southside", true),
      delivered(another, "southside", true),
      delivered("crm", "northside", false),
      delivered("crm", "southside", false),
    ],
  });
  return { own, another };
}

test("an operator sees everything together, one endpoint, or one account", async ({ api }) => {
  const { own, another } = await setUp(api);
  for (const token of [undefined, await api.token({ role: "viewer" })]) {
    expect(await totalsOf(api, "", token)).toEqual([8, 5, 1]);
    expect(await totalsOf(api, "&account=northside", token)).toEqual([3, 2, 1]);
    expect(await totalsOf(api, "&account=southside", token)).toEqual([5, 3, 0]);
    // What was found for it: in the accounts that it may have.
    expect(await totalsOf(api, `&endpoint=${own}`, token)).toEqual([3, 1, 1]);
    expect(await totalsOf(api, `&endpoint=${another}`, token)).toEqual([5, 2, 0]);
    expect(await totalsOf(api, "&endpoint=crm", token)).toEqual([8, 2, 0]);
  }
});

test("a subscriber sees the sum of what is its own, and of nobody else's", async ({ api }) => {
  const { own, another } = await setUp(api);
  const [a, b] = [
    await subscriberOf(api, "northside", "northside"),
    await subscriberOf(api, "southside", "southside"),
  ];

  expect(await totalsOf(api, "", a)).toEqual([3, 1, 1]);
  expect(await totalsOf(api, "", b)).toEqual([5, 2, 0]);
  expect(await totalsOf(api, `&endpoint=${own}`, a)).toEqual([3, 1, 1]);
  // Of its account its own callbacks alone: others get them, too.
  expect(await totalsOf(api, "&account=northside", a)).toEqual([3, 1, 1]);
  expect(await totalsOf(api, "&account=southside", b)).toEqual([5, 2, 0]);
  for (const path of [`endpoint=${another}`, "endpoint=crm", "account=southside", "endpoint=unknown"]) {
    expect((await api.ask("GET", `/v1/history?${path}`, { token: a })).status).toBe(404);
  }
  // Somebody with the same accounts and no endpoint: what was found, and nothing that was sent.
  const third = await subscriberOf(api, "third", "northside", "southside");
  expect(await totalsOf(api, "", third)).toEqual([8, 0, 0]);
  expect(await totalsOf(api, "&account=northside", third)).toEqual([3, 0, 0]);
});

test("an account that an endpoint names twice is counted once, and brings no other", async ({ api }) => {
  await setUp(api);
  const token = await subscriberOf(api, "northside", "northside");
  const accounts = ["northside", "northside"];
  const body = { url: "https://crm.example.com/hooks", events: ["*"], accounts };
  const { body: made } = await api.ask<{ id: string }>("POST", "/v1/endpoints", { token, body });

  expect(await totalsOf(api, `&endpoint=${made.id}`, token)).toEqual([3, 0, 0]);
});

test("two accounts of one endpoint are told apart for its owner", async ({ api }) => {
  const token = await subscriberOf(api, "crm", "northside", "southside");
  const body = { url: "https://crm.example.com/hooks", events: ["*"] };
  const { body: made } = await api.ask<{ id: string }>("POST", "/v1/endpoints", { token, body });
  await count(api, {
    detected: { northside: 1, southside: 1 },
    attempts: ["northside", "southside", "southside"].map((account) => delivered(made.id, account, true)),
  });

  expect(await totalsOf(api, "", token)).toEqual([2, 3, 0]);
  expect(await totalsOf(api, "&account=northside", token)).toEqual([1, 1, 0]);
  expect(await totalsOf(api, "&account=southside", token)).toEqual([1, 2, 0]);
  // A token of the same subscriber that may see one of them does not see an endpoint for both.
  const less = await subscriberOf(api, "crm", "northside");
  expect(await totalsOf(api, "&account=northside", less)).toEqual([1, 0, 0]);
  expect((await api.ask("GET", `/v1/history?endpoint=${made.id}`, { token: less })).status).toBe(404);
});

test.for([
  ["hour", 60, 60],
  ["day", 144, 600],
  ["week", 168, 3_600],
] as const)(
  "a %s has %i points, each with its latency where something was delivered",
  async ([range, shown, resolution], { api }) => {
    await setUp(api);
    const { body } = await api.ask<History>("GET", `/v1/history?range=${range}`);

    expect(body).toMatchObject({ range, resolution_seconds: resolution });
    expect(body.points).toHaveLength(shown);
    const times = body.points.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * resolution * 1_000));
    const [busy = body.points[0], ...more] = body.points.filter((point) => point.delivered > 0);
    expect(more).toEqual([]);
    expect(busy?.latency_p50_ms).toBeGreaterThan(10_000 / 1.2);
    expect(busy?.latency_p95_ms).toBeLessThan(10_000 * 1.2);
    expect(body.points[0]).toMatchObject({
      detected: 0,
      delivered: 0,
      failed: 0,
      latency_p50_ms: null,
      latency_p95_ms: null,
    });
  },
);

test("without a range it is a day, and an endpoint of an account is too much at once", async ({ api }) => {
  expect((await api.ask("GET", "/v1/history")).body).toMatchObject({ range: "day" });
  expect((await api.ask("GET", "/v1/history?range=year")).status).toBe(400);
  const both = await api.ask("GET", "/v1/history?endpoint=crm&account=northside");
  expect(both.status).toBe(400);
  expect(both.text).toContain("name an endpoint or an account");
});

test("the activity of endpoints comes in pages, and a subscriber's has its own alone", async ({ api }) => {
  const { own } = await setUp(api);
  const ids: string[] = [];
  for (let path = "/v1/history/endpoints?limit=2"; path !== "";) {
    const { body } = await api.ask<ActivityPage>("GET", path);
    ids.push(...body.data.map(({ endpoint }) => endpoint));
    path = body.next === null ? "" : `/v1/history/endpoints?limit=2&cursor=${body.next}`;
  }
  const { body: endpoints } = await api.ask<{ data: { id: string }[] }>("GET", "/v1/endpoints");
  expect(ids).toHaveLength(3);
  expect(ids).toEqual(endpoints.data.map(({ id }) => id));

  const token = await subscriberOf(api, "northside", "northside");
  const { body, text } = await api.ask<ActivityPage>("GET", "/v1/history/endpoints", { token });
  expect(body.data.map(({ endpoint }) => endpoint)).toEqual([own]);
  expect(text).not.toMatch(/southside|crm/);
  for (const { delivered: hours, failed } of body.data) {
    expect([hours, failed].map((numbers) => numbers.length)).toEqual([24, 24]);
    expect([hours, failed].map((numbers) => numbers.reduce((sum, number) => sum + number))).toEqual([1, 1]);
  }
});
