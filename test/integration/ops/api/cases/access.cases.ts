import { expect } from "vitest";

import { OPS_TOKEN, startApi } from "../../../../support/api-harness.ts";
import { test } from "../../../../support/api-test.ts";

const WRONG = `cwt_0123456789ab_${"x".repeat(43)}`;

test("a token says who it speaks for", async ({ api }) => {
  const crm = { role: "subscriber", subscriber: "crm", accounts: ["southside"] } as const;
  const token = await api.token({ ...crm, name: "CRM" });

  expect((await api.ask("GET", "/v1/me", { token })).body).toEqual({
    id: token.split("_")[1],
    name: "CRM",
    role: "subscriber",
    subscriber: "crm",
    accounts: ["southside"],
    sensitive: false,
  });
  expect((await api.ask("GET", "/v1/me")).body).toMatchObject({
    id: "ops-token",
    role: "admin",
    subscriber: null,
    accounts: ["northside", "southside"],
  });
});

test.for(["", "Bearer", "Bearer ", OPS_TOKEN, `Basic ${btoa(`x:${OPS_TOKEN}`)}`, `Bearer ${OPS_TOKEN}x`])(
  "the authorization %j opens nothing",
  async (authorization, { api }) => {
    const { status, headers, body } = await api.ask("GET", "/v1/me", {
      token: null,
      headers: { authorization },
    });

    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe('Bearer realm="cliniko-webhooks"');
    expect(body).toMatchObject({ code: "unauthorized" });
  },
);

test("a token opens until it is revoked, and until it expires", async ({ address, prefix }) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const body = { name: "short", role: "viewer", expires_at: new Date(Date.now() + 3_600_000).toISOString() };
  const made = await api.ask<{ id: string; token: string }>("POST", "/v1/tokens", { body });
  const { id, token } = made.body;

  expect((await api.ask("GET", "/v1/me", { token })).status).toBe(200);
  laterMs = 3_600_001;
  expect((await api.ask("GET", "/v1/me", { token })).status).toBe(401);
  laterMs = 0;
  expect((await api.ask("GET", "/v1/me", { token })).status).toBe(200);
  expect((await api.ask("DELETE", `/v1/tokens/${id}`)).status).toBe(204);
  expect((await api.ask("GET", "/v1/me", { token })).status).toBe(401);
});

test("an address that has shown ten wrong tokens waits a minute; a right token of ours is not kept out", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, now: () => Date.now() + laterMs });
  const right = await api.token({ role: "viewer" });
  const tryWith = async (token: string) => await api.ask("GET", "/v1/me", { token });

  for (let count = 0; count < 10; count += 1) expect((await tryWith(WRONG)).status).toBe(401);
  const blocked = await tryWith(WRONG);
  expect(blocked.status).toBe(429);
  expect(Number(blocked.headers.get("retry-after"))).toBeGreaterThan(50);
  expect((await tryWith(right)).status).toBe(200);
  // The operator's own word may be a weak one: it is not even compared.
  expect((await tryWith(OPS_TOKEN)).status).toBe(429);
  // And it is one count with the pages that take it.
  const page = { headers: { authorization: `Bearer ${OPS_TOKEN}` } };
  expect((await fetch(`${api.url}/metrics`, page)).status).toBe(429);

  laterMs = 61_000;
  expect((await tryWith(OPS_TOKEN)).status).toBe(200);
  expect((await fetch(`${api.url}/metrics`, page)).status).toBe(200);
});

test("a token may ask 600 times a minute, and uses up nobody else's", async ({ api }) => {
  const [busy, other] = [await api.token({ role: "viewer" }), await api.token({ role: "viewer" })];
  const statuses = new Map<number, number>();
  for (let count = 0; count < 605; count += 1) {
    const { status } = await api.ask("GET", "/v1/me", { token: busy });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  expect(Object.fromEntries(statuses)).toEqual({ 200: 600, 429: 5 });
  const refused = await api.ask("GET", "/v1/me", { token: busy });
  expect(refused.body).toMatchObject({ code: "too_many_requests" });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await api.ask("GET", "/v1/me", { token: other })).status).toBe(200);
});

test("the API is there without an ops.token, and opens to tokens alone", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: { settings: { ops: { port: 0 } } } });

  expect((await api.ask("GET", "/v1/me")).status).toBe(401);
  expect((await api.ask("GET", "/v1/me", { token: await api.token({ role: "admin" }) })).status).toBe(200);
});
