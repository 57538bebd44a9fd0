import { expect } from "vitest";

import { startApp } from "../../../src/app/app.ts";
import { overviewFor, readInstallation } from "../../../src/admin/accounts/overview.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { DOORS } from "../../../src/ops/sign-ins/sign-in-guard.ts";
import { type ApiHarness, OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { firingAlerts, parseMetrics } from "../../support/firing-alerts.ts";
import { test } from "../../support/api-test.ts";

const WRONG = `cwt_0123456789ab_${"x".repeat(43)}`;
const GUESS = "a-word-that-was-guessed";
const OPERATOR = { id: "cli:root", name: "root", role: "admin" } as const;
/** The test is the proxy: each request says whom it is for. */
const BEHIND = {
  settings: { ops: { port: 0, token: { env: "OPS_TOKEN" }, trusted_proxies: ["127.0.0.1"] } },
};

type Shown = (api: Pick<ApiHarness, "url">, from: string) => Promise<number>;

function bearer(path: string, value: string): Shown {
  return async (api, from) =>
    (await fetch(api.url + path, { headers: { authorization: value, "x-forwarded-for": from } })).status;
}

function cookie(method: string, path: string, secret: string): Shown {
  return async (api, from) => {
    const headers = { cookie: `cw_session=${secret}`, "x-forwarded-for": from, "sec-fetch-site": undefined };
    return (await createBrowserRequests(api.url).ask(method, path, { headers })).status;
  };
}

function signIn(body: unknown): Shown {
  return async (api, from) => {
    const headers = { "x-forwarded-for": from };
    return (await createBrowserRequests(api.url).ask("POST", "/ops/session", { body, headers })).status;
  };
}

const basic = (password: string): string => `Basic ${Buffer.from(`ops:${password}`).toString("base64")}`;
const SESSION = "s".repeat(43);

/** Every place that takes a credential, with every kind that it takes. */
const SHOWN: readonly [string, Shown][] = [
  ["api", bearer("/v1/me", `Bearer ${WRONG}`)],
  ["api", bearer("/v1/me", `Bearer ${GUESS}`)],
  ["api", bearer("/v1/me", basic(GUESS))],
  ["cookie", cookie("GET", "/v1/me", SESSION)],
  ["cookie", cookie("GET", "/ops/queues", SESSION)],
  ["cookie", cookie("DELETE", "/ops/session", SESSION)],
  ["session", signIn({ token: WRONG })],
  ["session", signIn({ token: GUESS })],
  ["link", signIn({ code: SESSION })],
  ["pages", bearer("/metrics", `Bearer ${WRONG}`)],
  ["pages", bearer("/metrics", `Bearer ${GUESS}`)],
  ["pages", bearer("/metrics", basic(GUESS))],
  ["pages", bearer("/ops/queues", `Bearer ${GUESS}`)],
  ["pages", bearer("/ops/queues", basic(GUESS))],
  ["pages", bearer("/ops/queues/api/queues", basic(WRONG))],
];

async function metricsOf(api: ApiHarness): Promise<string> {
  const answer = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${OPS_TOKEN}` } });
  expect(answer.status).toBe(200);
  return await answer.text();
}

function countedAt(text: string): Record<string, number> {
  const series = parseMetrics(text).get("cliniko_webhooks_sign_in_failures_total") ?? [];
  return Object.fromEntries(series.map(({ labels, value }) => [labels["door"] ?? "", value]));
}

test("wherever a credential is shown that opens nothing, it is counted and told, without a byte of it", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix, setup: BEHIND, logLevel: "warn" });
  for (const [index, [, shown]] of SHOWN.entries()) {
    expect([index, await shown(api, `192.0.2.${index}`)]).toEqual([index, index === 5 ? 204 : 401]);
  }

  const expected = DOORS.map((door) => [door, SHOWN.filter(([of]) => of === door).length] as const);
  expect(countedAt(await metricsOf(api))).toEqual(Object.fromEntries(expected));
  expect(expected.every(([, count]) => count > 0)).toBe(true);
  const lines = api.faults().map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = lines.filter(({ msg }) => msg === "sign-in failed");
  expect(told.map(({ from, door }) => [from, door])).toEqual(
    SHOWN.map(([door], index) => [`192.0.2.${index}`, door]),
  );
  for (const part of [GUESS, WRONG.slice(4, 16), WRONG.slice(17), SESSION, basic(GUESS).slice(6)]) {
    expect(api.faults().join("")).not.toContain(part);
  }
});

test("a right credential is told nowhere and counted nowhere, and neither is none at all", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix, setup: BEHIND, logLevel: "warn" });
  const browser = createBrowserRequests(api.url);
  expect((await browser.signIn({ token: OPS_TOKEN })).status).toBe(204);
  expect((await browser.ask("GET", "/v1/me")).status).toBe(200);
  expect((await browser.ask("DELETE", "/ops/session")).status).toBe(204);
  expect((await api.ask("GET", "/v1/me", { token: null })).status).toBe(401);
  expect((await fetch(`${api.url}/metrics`)).status).toBe(401);

  expect(countedAt(await metricsOf(api))).toEqual({});
  expect(api.faults()).toEqual([]);
});

test("400 guesses from 40 addresses are not looked at, everybody with a right token gets in, and all lights say so", async ({
  address,
  prefix,
}) => {
  // Of one minute, however long it takes.
  const at = Date.now();
  let laterMs = 0;
  await using api = await startApi({
    ...{ address, prefix, setup: BEHIND },
    now: () => at + laterMs,
  });
  const viewer = await api.token({ role: "viewer" });
  const tries = Array.from({ length: 400 }, async (_, number) => {
    return await bearer("/v1/me", `Bearer ${GUESS}${number}`)(api, `203.0.113.${number % 40}`);
  });
  const statuses = await Promise.all(tries);

  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(80);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  // A newcomer with the operator's word, and a token of ours from the very address of an attacker.
  expect(await bearer("/v1/me", `Bearer ${OPS_TOKEN}`)(api, "198.51.100.1")).toBe(200);
  expect(await bearer("/v1/me", `Bearer ${viewer}`)(api, "203.0.113.1")).toBe(200);
  expect(await bearer("/v1/me", `Bearer ${OPS_TOKEN}`)(api, "203.0.113.1")).toBe(429);

  await expect
    .poll(async () => (await api.base.signInFailures.read()).length, { timeout: 120_000 })
    .toBeGreaterThan(0);
  const issue = { code: "sign_ins_failing", severity: "warning" };
  await expect
    .poll(async () => firingAlerts(await metricsOf(api)), { timeout: 120_000 })
    .toContain("SignInsFailing");
  const { verdict } = overviewFor(await readInstallation(api.base), api.base, OPERATOR);
  expect(verdict.issues).toContainEqual(expect.objectContaining(issue));
  const { body } = await api.ask<{ verdict: { issues: unknown[] } }>("GET", "/v1/overview", {
    token: viewer,
  });
  expect(body.verdict.issues).toContainEqual(expect.objectContaining(issue));

  laterMs = 6 * 60_000;
  expect(overviewFor(await readInstallation(api.base), api.base, OPERATOR).verdict.issues).not.toContainEqual(
    expect.objectContaining(issue),
  );
});

test("what one process has counted slows down guesses at another", async ({ address, prefix }) => {
  const at = Date.now();
  await using one = await startApi({ address, prefix, setup: BEHIND, now: () => at });
  await using app = await startApp({
    ...{ config: one.config, logger: createLogger("silent"), redis: address, prefix },
    now: () => at,
  });
  const other = { url: app.opsUrl ?? "" };
  for (let number = 0; number < 20; number += 1) {
    expect(await bearer("/v1/me", `Bearer ${GUESS}`)(one, `203.0.113.${number}`)).toBe(401);
  }

  // From another place each time, so that none is kept out for what it did itself; and too few to be slowed down for.
  let guesses = 0;
  const twice = async (): Promise<number> => {
    guesses += 1;
    const from = `198.51.100.${guesses}`;
    expect(await bearer("/v1/me", `Bearer ${GUESS}`)(other, from)).toBe(401);
    return await bearer("/v1/me", `Bearer ${GUESS}`)(other, from);
  };
  await expect.poll(twice, { interval: 2_500, timeout: 25_000 }).toBe(429);
  expect(guesses).toBeLessThan(10);
});

test("without a trusted proxy nobody chooses the address that is counted", async ({ api }) => {
  const statuses: number[] = [];
  for (let number = 0; number < 12; number += 1) {
    statuses.push(await bearer("/v1/me", `Bearer ${GUESS}`)(api, `203.0.113.${number}`));
  }

  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
});
