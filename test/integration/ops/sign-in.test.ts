import { expect } from "vitest";

import { findSessionCaller } from "../../../src/admin/access/sessions.ts";
import { Secret } from "../../../src/config/secret.ts";
import { type ApiHarness, OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { type BrowserRequests, createBrowserRequests } from "../../support/browser-requests.ts";
import { test } from "../../support/api-test.ts";

const HOUR = 60 * 60_000;
const WRONG = `cwt_0123456789ab_${"x".repeat(43)}`;
const CRM = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;

async function statusOf(browser: BrowserRequests, path = "/v1/me"): Promise<number> {
  return (await browser.ask("GET", path)).status;
}

async function signedIn(api: ApiHarness, token = OPS_TOKEN): Promise<BrowserRequests> {
  const browser = createBrowserRequests(api.url);
  expect((await browser.signIn({ token })).status).toBe(204);
  return browser;
}

test("who signs in with a token is that token, in everything", async ({ api }) => {
  const token = await api.token({ ...CRM, name: "CRM" });
  const browser = createBrowserRequests(api.url);
  expect(await statusOf(browser)).toBe(401);

  const { status, text, headers } = await browser.signIn({ token });

  expect([status, text, headers["cache-control"]]).toEqual([204, "", "no-store"]);
  expect(JSON.parse((await browser.ask("GET", "/v1/me")).text)).toEqual({
    id: token.split("_")[1],
    name: "CRM",
    role: "subscriber",
    subscriber: "crm",
    accounts: ["southside"],
    sensitive: false,
  });
  expect(await statusOf(browser, "/v1/tokens")).toBe(403);
  expect(await statusOf(await signedIn(api), "/v1/tokens")).toBe(200);
});

test("over plain http the cookie is out of reach of scripts and of other sites", async ({ api }) => {
  const browser = await signedIn(api);

  expect(browser.setCookie).toMatch(/^cw_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
});

test("over https the cookie never travels in clear, and no other host can plant it", async ({ api }) => {
  const browser = createBrowserRequests(api.url, { origin: "https://webhooks.northside.example" });
  await browser.signIn({ token: OPS_TOKEN });

  expect(browser.setCookie).toMatch(
    /^__Host-cw_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  expect(await statusOf(browser)).toBe(200);
  await browser.ask("DELETE", "/ops/session");
  expect(browser.setCookie).toBe("__Host-cw_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
});

test("ops.public_url makes it https without an Origin, and a cookie of plain http is none then", async ({
  address,
  prefix,
}) => {
  const ops = { port: 0, token: { env: "OPS_TOKEN" }, public_url: "https://webhooks.northside.example" };
  await using api = await startApi({ address, prefix, setup: { settings: { ops } } });
  const browser = createBrowserRequests(api.url, { origin: ops.public_url });
  const body = { token: OPS_TOKEN };
  await browser.ask("POST", "/ops/session", { body, headers: { origin: undefined } });
  const secret = browser.cookie?.replace("__Host-", "");

  expect(browser.setCookie).toContain("; Secure");
  expect(await statusOf(browser)).toBe(200);
  const planted = await browser.ask("GET", "/v1/me", { headers: { cookie: secret } });
  expect(planted.status).toBe(401);

  // On the machine itself there is no https, and nobody between.
  const tunnel = await signedIn(api);
  expect(tunnel.setCookie).not.toContain("Secure");
  expect(await statusOf(tunnel)).toBe(200);
});

test("a proxy that does not pass the Host on needs ops.public_url", async ({ address, prefix }) => {
  const origin = "https://webhooks.northside.example";
  const throughProxy = { headers: { host: "127.0.0.1:8321" }, body: { token: OPS_TOKEN } };
  await using without = await startApi({ address, prefix: `${prefix}a` });
  const refused = await createBrowserRequests(without.url, { origin }).ask(
    "POST",
    "/ops/session",
    throughProxy,
  );
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("set ops.public_url")]);

  const ops = { port: 0, token: { env: "OPS_TOKEN" }, public_url: origin };
  await using api = await startApi({ address, prefix: `${prefix}b`, setup: { settings: { ops } } });
  const taken = await createBrowserRequests(api.url, { origin }).ask("POST", "/ops/session", throughProxy);
  expect(taken.status).toBe(204);
});

test.for([
  [{ token: WRONG }, 401],
  [{ token: `${OPS_TOKEN}x` }, 401],
  [{ code: "x".repeat(43) }, 401],
  [{ code: "../.." }, 401],
  [{}, 400],
  [{ token: OPS_TOKEN, code: "x".repeat(43) }, 400],
  [{ token: OPS_TOKEN, next: "/" }, 400],
  [{ token: "" }, 400],
  [{ token: 7 }, 400],
  [`"${OPS_TOKEN}"`, 400],
  ["{", 400],
  [{ token: "x".repeat(5_000) }, 413],
] as const)("%j signs nobody in: %i", async ([body, expected], { api }) => {
  const browser = createBrowserRequests(api.url);
  const { status, headers, text } = await browser.ask("POST", "/ops/session", { body });

  expect([status, headers["content-type"]]).toEqual([
    expected,
    expect.stringContaining("application/problem+json"),
  ]);
  expect(text).not.toContain(OPS_TOKEN);
  expect(browser.setCookie).toBeUndefined();
  expect(await statusOf(browser)).toBe(401);
});

test("wrong tokens and codes are counted with all others of their address; what is right of 256 bits opens", async ({
  api,
}) => {
  const browser = createBrowserRequests(api.url);
  const token = await api.token({ role: "viewer" });
  const { body: link } = await api.ask<{ path: string }>("POST", "/v1/sign-in-links");
  const code = link.path.split("=")[1] ?? "";
  for (let count = 0; count < 10; count += 1) {
    const body = count % 2 === 0 ? { token: WRONG } : { code: "x".repeat(43) };
    expect((await browser.signIn(body)).status).toBe(401);
  }

  expect((await browser.signIn({ token: OPS_TOKEN })).status).toBe(429);
  expect((await browser.signIn({ code: "x".repeat(43) })).headers["retry-after"]).toMatch(/^\d+$/);
  expect((await api.ask("GET", "/v1/me")).status).toBe(429);
  expect((await browser.signIn({ token })).status).toBe(204);
  expect((await browser.signIn({ code })).status).toBe(204);
});

test("one token signs in sixty times a minute: neither Redis nor the audit log is filled with it", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const [busy, other] = [await api.token(CRM), await api.token(CRM)];
  const statuses = new Map<number, number>();
  for (let count = 0; count < 62; count += 1) {
    const { status } = await createBrowserRequests(api.url).signIn({ token: busy });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  expect(Object.fromEntries(statuses)).toEqual({ 204: 60, 429: 2 });
  expect((await createBrowserRequests(api.url).signIn({ token: other })).status).toBe(204);
  laterMs = 61_000;
  expect((await createBrowserRequests(api.url).signIn({ token: busy })).status).toBe(204);
});

test("a session that has ended is not counted as a wrong token: a page stays open over night", async ({
  api,
}) => {
  const cookie = `cw_session=${"x".repeat(43)}`;
  for (let count = 0; count < 15; count += 1) {
    const { status } = await createBrowserRequests(api.url).ask("GET", "/v1/me", { headers: { cookie } });
    expect(status).toBe(401);
  }

  expect((await api.ask("GET", "/v1/me")).status).toBe(200);
});

test.for([
  ["x-dashboard", undefined, "x-dashboard: 1"],
  ["x-dashboard", "0", "x-dashboard: 1"],
  ["sec-fetch-site", "cross-site", "another site"],
  ["sec-fetch-site", "same-site", "another site"],
  ["sec-fetch-site", "none", "another site"],
  ["origin", "https://evil.example", "another origin"],
  ["origin", "null", "another origin"],
] as const)(
  "a change with %s %j is refused, and nothing is changed",
  async ([name, value, said], { api }) => {
    const browser = await signedIn(api);
    const body = { name: "forged", role: "admin" };
    const headers = { [name]: value };
    const forged = await browser.ask("POST", "/v1/tokens", { body, headers });

    expect(JSON.parse(forged.text)).toMatchObject({
      code: "forbidden",
      detail: expect.stringContaining(said),
    });
    expect(await api.base.tokens.list()).toEqual([]);
    // Neither signed out, nor signed in as somebody else.
    expect((await browser.ask("DELETE", "/ops/session", { headers })).status).toBe(403);
    const other = { body: { token: await api.token(CRM) }, headers };
    expect((await browser.ask("POST", "/ops/session", other)).status).toBe(403);
    expect((await browser.ask("POST", "/v1/tokens", { body })).status).toBe(201);
  },
);

test("a change without any of a browser's headers but ours is taken: older browsers send no more", async ({
  api,
}) => {
  const browser = await signedIn(api);
  const headers = { "sec-fetch-site": undefined, "sec-fetch-mode": undefined, origin: undefined };
  const made = await browser.ask("POST", "/v1/tokens", { body: { name: "x", role: "viewer" }, headers });

  expect(made.status).toBe(201);
});

test.for([
  ["sec-fetch-site", "cross-site", 403],
  ["origin", "https://evil.example", 403],
  ["sec-fetch-site", "none", 200],
  ["x-dashboard", undefined, 200],
] as const)("reading with %s %j: %i", async ([name, value, expected], { api }) => {
  const browser = await signedIn(api);

  expect((await browser.ask("GET", "/v1/me", { headers: { [name]: value } })).status).toBe(expected);
});

test("who sends a token is that token: the cookie, and what is asked of it, do not count", async ({
  api,
}) => {
  const browser = await signedIn(api);
  const ask = async (token: string): Promise<unknown> => {
    const authorization = `Bearer ${token}`;
    const headers = { authorization, origin: "https://evil.example", "x-dashboard": undefined };
    return JSON.parse((await browser.ask("GET", "/v1/me", { headers })).text);
  };

  expect(await ask(await api.token(CRM))).toMatchObject({ role: "subscriber" });
  expect(await ask(WRONG)).toMatchObject({ code: "unauthorized" });
});

test("a window that asks with the former cookie takes nobody the one that another window was given", async ({
  api,
}) => {
  const browser = await signedIn(api);
  const former = { headers: { cookie: browser.cookie } };
  await browser.signIn({ token: OPS_TOKEN });
  const late = createBrowserRequests(api.url);
  const answers = [
    await late.ask("GET", "/v1/me", former),
    await late.ask("DELETE", "/ops/session", former),
    await late.ask("GET", "/ops/queues/api/queues", former),
    await late.go("/ops/queues", former),
  ];

  expect(answers.map(({ status, headers }) => [status, headers["set-cookie"]])).toEqual([
    [401, undefined],
    [204, undefined],
    [401, undefined],
    [302, undefined],
  ]);
  expect(await statusOf(browser)).toBe(200);
});

test("signing out ends the session for good, and only that one", async ({ api }) => {
  const [browser, other] = [await signedIn(api), await signedIn(api)];
  const kept = { headers: { cookie: browser.cookie } };
  const { status } = await browser.ask("DELETE", "/ops/session");

  expect([status, browser.cookie]).toEqual([204, undefined]);
  expect((await createBrowserRequests(api.url).ask("GET", "/v1/me", kept)).status).toBe(401);
  expect(await statusOf(other)).toBe(200);
  // Twice, or without being signed in, it is done as well.
  expect((await createBrowserRequests(api.url).ask("DELETE", "/ops/session", kept)).status).toBe(204);
  expect((await createBrowserRequests(api.url).ask("DELETE", "/ops/session")).status).toBe(204);
});

test("who signs in anew leaves no session behind, and a given id is never taken over", async ({ api }) => {
  const browser = await signedIn(api);
  const former = browser.cookie;
  await browser.signIn({ token: OPS_TOKEN });

  expect(browser.cookie).not.toBe(former);
  expect(await statusOf(browser)).toBe(200);
  const headers = { cookie: former };
  expect((await createBrowserRequests(api.url).ask("GET", "/v1/me", { headers })).status).toBe(401);
});

test("a session ends when nobody uses it for twelve hours", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const [used, left] = [await signedIn(api), await signedIn(api)];
  laterMs = 11 * HOUR;
  expect(await statusOf(used)).toBe(200);
  laterMs = 13 * HOUR;

  expect([await statusOf(used), await statusOf(left)]).toEqual([200, 401]);
});

test("a session lasts seven days, however much it is used", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const browser = await signedIn(api);
  for (laterMs = 0; laterMs < 7 * 24 * HOUR; laterMs += 11 * HOUR) {
    expect([laterMs, await statusOf(browser)]).toEqual([laterMs, 200]);
  }
  laterMs = 7 * 24 * HOUR;

  expect(await statusOf(browser)).toBe(401);
});

test("a session ends with its token: revoked or expired, at once", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const expiresAt = Date.now() + HOUR;
  const [revoked, expiring] = [await api.token(CRM), await api.token({ ...CRM, expiresAt })];
  const [one, other, third] = [
    await signedIn(api, revoked),
    await signedIn(api, expiring),
    await signedIn(api),
  ];
  expect([await statusOf(one), await statusOf(other)]).toEqual([200, 200]);

  await api.ask("DELETE", `/v1/tokens/${revoked.split("_")[1]}`);
  expect([await statusOf(one), await statusOf(other)]).toEqual([401, 200]);
  laterMs = HOUR;
  expect([await statusOf(other), await statusOf(third)]).toEqual([401, 200]);
});

test("another ops.token ends the sessions of the former one", async ({ api }) => {
  const { tokens, sessions } = api.base;
  const secretOf = async (): Promise<string> => (await signedIn(api)).cookie?.split("=")[1] ?? "";
  const under = (token: Secret | undefined) => {
    const config = { ...api.config, ops: { ...api.config.ops, token } };
    return { tokens, sessions, config };
  };
  const [one, other] = [await secretOf(), await secretOf()];
  const found = await findSessionCaller(under(new Secret(OPS_TOKEN)), one, "r");

  expect(found?.caller).toMatchObject({ id: "ops-token", role: "admin" });
  expect(await findSessionCaller(under(new Secret("another-long-word-of-ours")), one, "r")).toBeUndefined();
  expect(await findSessionCaller(under(undefined), other, "r")).toBeUndefined();
});
