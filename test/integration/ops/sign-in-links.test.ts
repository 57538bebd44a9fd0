import { createHash } from "node:crypto";

import { expect } from "vitest";

import { type ApiHarness, OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { createBrowserRequests } from "../../support/browser-requests.ts";
import { clearTextOf } from "../../support/redis-contents.ts";
import { test } from "../../support/api-test.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CRM = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;

/** The code of a link that the token makes for itself. */
async function codeBy(api: ApiHarness, token = OPS_TOKEN): Promise<string> {
  const { status, body } = await api.ask<{ path: string }>("POST", "/v1/sign-in-links", { token });
  expect(status).toBe(201);
  return codeOf(body.path);
}

function codeOf(path: string): string {
  return /^\/ops\/sign-in#code=([\w-]{43})$/.exec(path)?.[1] ?? "";
}

test("a link signs in with the rights of the token that made it, whatever its role", async ({ api }) => {
  const tokens = [OPS_TOKEN, await api.token({ role: "admin" }), await api.token({ role: "viewer" })];
  for (const token of [...tokens, await api.token(CRM)]) {
    const browser = createBrowserRequests(api.url);
    const { status } = await browser.signIn({ code: await codeBy(api, token) });

    expect(status).toBe(204);
    const own = await api.ask("GET", "/v1/me", { token });
    expect(JSON.parse((await browser.ask("GET", "/v1/me")).text)).toEqual(own.body);
  }
});

test("a link works once: of two browsers at the same time one is in", async ({ api }) => {
  const code = await codeBy(api);
  const browsers = [
    createBrowserRequests(api.url),
    createBrowserRequests(api.url),
    createBrowserRequests(api.url),
  ];
  const answers = await Promise.all(browsers.map(async (browser) => await browser.signIn({ code })));

  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 401, 401]);
  const refused = answers.find(({ status }) => status === 401);
  expect(JSON.parse(refused?.text ?? "")).toMatchObject({
    code: "unauthorized",
    detail: "This sign-in link has been used, or is older than ten minutes: ask for another.",
  });
  expect((await createBrowserRequests(api.url).signIn({ code })).status).toBe(401);
});

test("a link works for ten minutes", async ({ address, prefix, redis }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const { body } = await api.ask<{ path: string; expires_at: string }>("POST", "/v1/sign-in-links");
  expect(Date.parse(body.expires_at) - Date.now()).toBeGreaterThan(9 * MINUTE);
  expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(10 * MINUTE);
  const second = await codeBy(api);
  // And Redis forgets it by itself.
  for (const key of await redis.keys(`${prefix}:*sign-in-code*`)) {
    expect(await redis.pttl(key)).toBeGreaterThan(9 * MINUTE);
  }
  laterMs = 9 * MINUTE;
  expect((await createBrowserRequests(api.url).signIn({ code: second })).status).toBe(204);
  laterMs = 10 * MINUTE;

  expect((await createBrowserRequests(api.url).signIn({ code: codeOf(body.path) })).status).toBe(401);
});

test("a link of a token that is revoked meanwhile opens nothing", async ({ api }) => {
  const [revoked, kept] = [await api.token(CRM), await api.token(CRM)];
  const [one, other] = [await codeBy(api, revoked), await codeBy(api, kept)];
  await api.ask("DELETE", `/v1/tokens/${revoked.split("_")[1]}`);

  expect((await createBrowserRequests(api.url).signIn({ code: one })).status).toBe(401);
  expect((await createBrowserRequests(api.url).signIn({ code: other })).status).toBe(204);
});

test("a session does not prolong itself by a link: what it opens ends when it ends", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const [first, second, apart] = [
    createBrowserRequests(api.url),
    createBrowserRequests(api.url),
    createBrowserRequests(api.url),
  ];
  await first.signIn({ token: OPS_TOKEN });
  const stay = async (days: number): Promise<void> => {
    const until = laterMs + days * 24 * HOUR;
    for (; laterMs < until; laterMs += 11 * HOUR) {
      for (const browser of [first, second, apart]) await browser.ask("GET", "/v1/me");
    }
    laterMs = until;
  };
  await stay(4);
  const link = await first.ask("POST", "/v1/sign-in-links");
  expect(link.status).toBe(201);
  await second.signIn({ code: codeOf((JSON.parse(link.text) as { path: string }).path) });
  await apart.signIn({ code: await codeBy(api) });
  expect((await second.ask("GET", "/v1/me")).status).toBe(200);
  await stay(3);

  expect((await second.ask("GET", "/v1/me")).status).toBe(401);
  expect((await apart.ask("GET", "/v1/me")).status).toBe(200);
});

test("signing in and out and making links is written down, with who and which session", async ({ api }) => {
  const token = await api.token(CRM);
  const id = token.split("_")[1];
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ code: await codeBy(api, token) });
  const made = await browser.ask("POST", "/v1/sign-in-links");
  expect(made.status).toBe(201);
  await browser.ask("DELETE", "/ops/session");
  const entries = (await api.base.audit.newest(10)).toReversed();
  const session = entries[1]?.target;

  expect(session).toMatch(/^[0-9a-f]{12}$/);
  expect(entries.map(({ actor, action, target }) => [actor.id, action, target])).toEqual([
    [id, "sign_in_link.create", id],
    [id, "session.create", session],
    [id, "sign_in_link.create", id],
    [id, "session.end", session],
  ]);
  expect(entries.every(({ requestId }) => requestId !== undefined)).toBe(true);
});

test("neither a session's secret nor a code nor the ops token rests in Redis, in clear or as its hash", async ({
  api,
  prefix,
  redis,
}) => {
  const browser = createBrowserRequests(api.url);
  await browser.signIn({ token: OPS_TOKEN });
  const code = await codeBy(api);
  const text = await clearTextOf(redis, prefix);
  const hash = (value: string): string => createHash("sha256").update(value).digest("hex");

  expect(text).not.toContain(browser.cookie?.split("=")[1] ?? "nothing");
  expect(text).not.toContain(code);
  expect(text).not.toContain(OPS_TOKEN);
  expect(text).not.toContain(hash(OPS_TOKEN));
  // The twin: what is looked for would be found.
  expect(text).toContain(hash(code));
});

test("two people who share a token do not use up each other's requests; a subscriber's browsers share theirs", async ({
  api,
}) => {
  const leftOf = async (token: string): Promise<readonly number[]> => {
    const [one, other] = [createBrowserRequests(api.url), createBrowserRequests(api.url)];
    for (const browser of [one, other]) await browser.signIn({ token });
    const left: number[] = [];
    for (const browser of [one, one, one, other]) {
      const { headers } = await browser.ask("GET", "/v1/me");
      left.push(Number(headers["ratelimit-remaining"]));
    }
    const { headers } = await api.ask("GET", "/v1/me", { token });
    return [...left, Number(headers.get("ratelimit-remaining"))];
  };

  expect(await leftOf(OPS_TOKEN)).toEqual([599, 598, 597, 599, 599]);
  expect(await leftOf(await api.token(CRM))).toEqual([599, 598, 597, 596, 599]);
});
