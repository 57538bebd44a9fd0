import { expect } from "vitest";

import { createKeys } from "../../../../../src/store/redis/keys.ts";
import { OPS_TOKEN, startApi } from "../../../../support/api-harness.ts";
import { createBrowserRequests } from "../../../../support/browser-requests.ts";
import { clearTextOf } from "../../../../support/redis-contents.ts";
import { test } from "../../../../support/api-test.ts";

interface Made extends Record<string, unknown> {
  readonly id: string;
  readonly token: string;
}

const CRM = { name: "CRM", role: "subscriber", subscriber: "crm", accounts: ["northside"] };

test("a token is shown once, and only its hash is kept, sealed", async ({ api, prefix, redis }) => {
  const made = await api.ask<Made>("POST", "/v1/tokens", { body: CRM });

  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ ...CRM, sensitive: false, last_used_at: null });
  expect(made.body.token).toMatch(/^cwt_[0-9a-f]{12}_[\w-]{43}$/);
  const listed = await api.ask<{ data: Made[] }>("GET", "/v1/tokens");
  expect(listed.body.data).toMatchObject([{ id: made.body.id, name: "CRM" }]);
  const secret = made.body.token.slice(`cwt_${made.body.id}_`.length);
  expect(listed.text).not.toContain(secret);
  const kept = await clearTextOf(redis, prefix);
  expect(kept).not.toContain(secret);
  expect(kept).toContain(made.body.id);
});

test.for<[object, string]>([
  [{ name: "x" }, "role"],
  [{ name: "", role: "admin" }, "name"],
  [{ name: "x", role: "owner" }, "role"],
  [{ name: "x\u001b[2J", role: "admin" }, "name"],
  [{ name: "admin\u202enimda", role: "admin" }, "name"],
  [{ ...CRM, subscriber: undefined }, "subscriber"],
  [{ ...CRM, subscriber: "The CRM" }, "subscriber"],
  [{ ...CRM, accounts: undefined }, "accounts"],
  [{ ...CRM, accounts: [] }, "accounts"],
  [{ ...CRM, accounts: ["nothside"] }, "accounts.0"],
  [{ name: "x", role: "viewer", accounts: ["northside"] }, "accounts"],
  [{ name: "x", role: "admin", sensitive: true }, "sensitive"],
  [{ name: "x", role: "admin", expires_at: "tomorrow" }, "expires_at"],
  [{ name: "x", role: "admin", expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
])("the token %j is refused", async ([body, path], { api }) => {
  const answer = await api.ask("POST", "/v1/tokens", { body });

  expect(answer.status).toBe(400);
  expect(answer.body["errors"]).toMatchObject([{ path }]);
  expect(await api.base.tokens.list()).toEqual([]);
});

test("making a token twice with one key makes one", async ({ api }) => {
  const ask = { body: CRM, headers: { "idempotency-key": "k" } };
  const [first, again] = [
    await api.ask<Made>("POST", "/v1/tokens", ask),
    await api.ask<Made>("POST", "/v1/tokens", ask),
  ];

  expect(again.body.token).toBe(first.body.token);
  expect(await api.base.tokens.list()).toHaveLength(1);

  // A revoked one is neither shown again nor made again.
  await api.ask("DELETE", `/v1/tokens/${first.body["id"]}`);
  const revoked = await api.ask("POST", "/v1/tokens", ask);
  expect([revoked.status, revoked.body["code"]]).toEqual([410, "gone"]);
  expect(revoked.text).not.toContain(first.body.token);
  expect(await api.base.tokens.list()).toEqual([]);
});

test("a token that a browser's session made is told again to that session alone", async ({ api }) => {
  const [browser, other] = [createBrowserRequests(api.url), createBrowserRequests(api.url)];
  for (const each of [browser, other]) await each.signIn({ token: OPS_TOKEN });
  const ask = { body: CRM, headers: { "idempotency-key": "k" } };
  const [made, again] = [
    await browser.ask("POST", "/v1/tokens", ask),
    await browser.ask("POST", "/v1/tokens", ask),
  ];
  expect([made.status, again.status]).toEqual([201, 201]);
  const { id, token } = JSON.parse(made.text) as Made;
  expect(JSON.parse(again.text)).toMatchObject({ id, token });

  const elsewhere = await other.ask("POST", "/v1/tokens", ask);
  expect([elsewhere.status, elsewhere.text]).toEqual([410, expect.stringContaining(`The token \\"${id}\\"`)]);
  expect(elsewhere.text).not.toContain(token);
});

test("when a token was last used is known to the minute", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const token = await api.token({ role: "viewer" });
  const lastUsed = async (): Promise<unknown> =>
    (await api.ask<{ data: Made[] }>("GET", "/v1/tokens")).body.data[0]?.["last_used_at"];

  expect(await lastUsed()).toBeNull();
  await api.ask("GET", "/v1/me", { token });
  const first = await lastUsed();
  laterMs = 59_000;
  await api.ask("GET", "/v1/me", { token });
  expect(await lastUsed()).toBe(first);
  laterMs = 61_000;
  await api.ask("GET", "/v1/me", { token });
  expect(await lastUsed()).not.toBe(first);
});

test("a token ends in 90 days unless it is said otherwise, and one without an end lives on", async ({
  address,
  prefix,
}) => {
  const madeAt = Date.UTC(2026, 10, 28, 9);
  const dayMs = 86_400_000;
  let days = 0;
  await using api = await startApi({ address, prefix, now: () => madeAt + days * dayMs });
  const make = async (end: object): Promise<Made> =>
    (await api.ask<Made>("POST", "/v1/tokens", { body: { name: "x", role: "viewer", ...end } })).body;
  const usual = await make({});
  const soon = await make({ expires_at: new Date(madeAt + 10 * dayMs).toISOString() });
  const endless = await make({ expires_at: null });
  expect(usual["expires_at"]).toBe(new Date(madeAt + 90 * dayMs).toISOString());
  expect(endless["expires_at"]).toBeNull();

  const opens = async (): Promise<number[]> =>
    await Promise.all(
      [usual, soon, endless].map(async ({ token }) => (await api.ask("GET", "/v1/me", { token })).status),
    );
  expect(await opens()).toEqual([200, 200, 200]);
  days = 89.9;
  expect(await opens()).toEqual([200, 401, 200]);
  days = 90;
  expect(await opens()).toEqual([401, 401, 200]);
});

test.for<[string, (bytes: Buffer) => Buffer | string]>([
  ["torn", (bytes) => bytes.subarray(0, 20)],
  ["empty", () => ""],
  ["changed in one bit", (bytes) => Buffer.from(bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)))],
  ["another's", () => Buffer.alloc(200, 7)],
])("one token whose record is %s keeps nobody else out", async ([, spoil], { api, prefix, redis }) => {
  const [lost, kept] = [await api.token({ role: "viewer" }), await api.token({ role: "viewer" })];
  const statusOf = async (token: string): Promise<number> =>
    (await api.ask("GET", "/v1/me", { token })).status;
  expect([await statusOf(lost), await statusOf(kept)]).toEqual([200, 200]);
  const id = lost.slice(4, 16);
  const key = createKeys(prefix).tokens;
  const bytes = (await redis.hgetBuffer(key, id)) ?? Buffer.alloc(0);
  expect(bytes.length).toBeGreaterThan(50);
  await redis.hset(key, id, spoil(bytes));
  // Another is made: from here on every process reads them all again.
  const later = await api.token({ role: "viewer" });

  expect([await statusOf(lost), await statusOf(kept), await statusOf(later)]).toEqual([401, 200, 200]);
  const listed = await api.ask<{ data: Made[]; unreadable: string[] }>("GET", "/v1/tokens");
  expect([listed.status, listed.body.unreadable]).toEqual([200, [id]]);
  expect(listed.body.data.map((token) => token.id).toSorted()).toEqual(
    [kept, later].map((token) => token.slice(4, 16)).toSorted(),
  );
  // Put back, it opens again; revoked, it is gone for good.
  await redis.hset(key, id, bytes);
  expect(await statusOf(lost)).toBe(200);
  await redis.hset(key, id, spoil(bytes));
  await api.token({ role: "viewer" });
  expect((await api.ask("DELETE", `/v1/tokens/${id}`)).status).toBe(204);
  await redis.hset(key, id, bytes);
  expect(await statusOf(lost)).toBe(401);
});
