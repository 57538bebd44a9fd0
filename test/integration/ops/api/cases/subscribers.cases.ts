import { expect } from "vitest";

import { type ApiHarness, startApi } from "../../../../support/api-harness.ts";
import { settingsOf } from "../../../../support/endpoints.ts";
import { test } from "../../../../support/api-test.ts";
import { SECRET } from "../../../../support/test-config.ts";

const BODY = { url: "https://crm.example.com/hooks", events: ["appointment.*"] };

async function subscriber(api: ApiHarness, accounts: readonly string[], sensitive = false): Promise<string> {
  const given = { role: "subscriber", subscriber: "crm", accounts: [...accounts], sensitive } as const;
  return await api.token(given);
}

async function create(api: ApiHarness, token: string, more: object = {}) {
  return await api.ask<Record<string, unknown> & { id: string }>("POST", "/v1/endpoints", {
    token,
    body: { ...BODY, ...more },
  });
}

test("a subscriber's endpoint is its own, and limited to its accounts from the beginning", async ({
  api,
}) => {
  const token = await subscriber(api, ["northside"]);
  const { status, body } = await create(api, token);

  expect(status).toBe(201);
  expect(body).toMatchObject({ owner: "crm", accounts: ["northside"] });
  expect(await api.base.endpoints.read(body.id)).toMatchObject({
    owner: "crm",
    settings: { accounts: ["northside"] },
  });
  const { body: back } = await api.ask("PATCH", `/v1/endpoints/${body.id}`, {
    token,
    body: { accounts: null },
  });
  expect(back["accounts"]).toEqual(["northside"]);
});

test.for<[string, object, string]>([
  ["an account that it was not given", { accounts: ["southside"] }, "accounts.0"],
  ["an account beside its own", { accounts: ["northside", "southside"] }, "accounts.1"],
  ["sensitive fields", { include: ["notes"] }, "include"],
  ["a condition that tells of a sensitive field", { when: [{ field: "notes" }] }, "when.0.field"],
  ["what happens to the endpoints of others", { events: ["appointment.*", "endpoint.failing"] }, "events.1"],
  ["the same by a pattern", { events: ["endpoint.*"] }, "events.0"],
])("a subscriber may not ask for %s", async ([_what, settings, path], { api }) => {
  const token = await subscriber(api, ["northside"]);

  const made = await create(api, token, settings);
  expect(made.status).toBe(400);
  expect(made.body["errors"]).toMatchObject([{ path }]);
  // Whether there is such an account is not told: only its own are suggested.
  expect(JSON.stringify((made.body["errors"] as { remedy: string }[])[0]?.remedy)).not.toContain("southside");
  const own = await create(api, token);
  const changed = await api.ask("PATCH", `/v1/endpoints/${own.body.id}`, { token, body: settings });
  expect(changed.status).toBe(400);
  // The twin: an operator may.
  const asked = { ...BODY, include: ["notes"], ...settings };
  expect((await api.ask("POST", "/v1/endpoints", { body: asked })).status).toBe(201);
});

test("a token made for sensitive fields may have them", async ({ api }) => {
  const token = await subscriber(api, ["northside"], true);

  expect((await create(api, token, { include: ["notes"] })).status).toBe(201);
});

test("a subscriber does not choose an id: whether one is taken would tell of others", async ({ api }) => {
  await api.ask("POST", "/v1/endpoints", { body: { ...BODY, id: "taken" } });
  const token = await subscriber(api, ["northside"]);
  const [taken, free] = [await create(api, token, { id: "taken" }), await create(api, token, { id: "free" })];

  expect([taken.status, free.status]).toEqual([400, 400]);
  expect(taken.text.replaceAll(/"request_id":"[^"]+"/g, "")).toBe(
    free.text.replaceAll(/"request_id":"[^"]+"/g, ""),
  );
});

test("an endpoint that asks for more than a token of the same subscriber may see does not exist for it", async ({
  api,
}) => {
  const both = await subscriber(api, ["northside", "southside"], true);
  const one = await subscriber(api, ["northside"]);
  const wide = await create(api, both);
  const narrow = await create(api, both, { accounts: ["northside"] });
  const sensitive = await create(api, both, { accounts: ["northside"], include: ["notes"] });

  const seen = async (token: string) =>
    (await api.ask<{ data: { id: string }[] }>("GET", "/v1/endpoints", { token })).body.data.map(
      ({ id }) => id,
    );
  expect(await seen(one)).toEqual([narrow.body.id]);
  expect(await seen(both)).toEqual([wide, narrow, sensitive].map(({ body }) => body.id).toSorted());
  // Its callbacks would go wherever it pointed them.
  const stolen = { token: one, body: { url: "https://127.0.0.1:59999/mine" } };
  expect((await api.ask("PATCH", `/v1/endpoints/${sensitive.body.id}`, stolen)).status).toBe(404);
});

test("a subscriber has a hundred endpoints at most, and may have another once one is deleted", async ({
  api,
}) => {
  const token = await subscriber(api, ["northside"]);
  for (let count = 0; count < 99; count += 1) {
    const settings = settingsOf({ accounts: ["northside"] });
    const signingKeys = [{ kind: "v1", secret: SECRET, createdAt: 0 }] as const;
    await api.base.endpoints.create({ id: `e${count}`, source: "api", owner: "crm", settings, signingKeys });
  }

  expect((await create(api, token)).status).toBe(201);
  expect((await create(api, token)).status).toBe(409);
  await api.ask("DELETE", "/v1/endpoints/e7", { token });
  expect((await create(api, token)).status).toBe(201);
  // Others are not counted in.
  const other = { role: "subscriber", subscriber: "erp", accounts: ["northside"] } as const;
  expect((await create(api, await api.token(other))).status).toBe(201);
});

test("an address that the guard refuses is refused when it is given, in words that tell nothing", async ({
  api,
}) => {
  const token = await subscriber(api, ["northside"]);
  for (const url of ["https://10.0.0.1/hooks", "https://127.0.0.1:6379/", "https://169.254.169.254/"]) {
    const { status, body } = await create(api, token, { url });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [
        {
          path: "url",
          message: "is not an address that may be called",
          remedy: "give a public https address",
        },
      ],
    });
    const operator = await api.ask("POST", "/v1/endpoints", { body: { ...BODY, url } });
    expect(operator.text).toContain("may not be called: ");
  }
});

test("a test tells a subscriber nothing of the network behind it", async ({ address, prefix }) => {
  const ranges = ["127.0.0.1/32"];
  const delivery = {
    allow_http: true,
    timeout: "1s",
    allow_private: ranges,
    allow_private_for: { crm: ranges },
  };
  const settings = { delivery };
  await using api = await startApi({ address, prefix, setup: { settings: { ...settings, ...OPS } } });
  const token = await subscriber(api, ["northside"]);
  const results: unknown[] = [];
  for (const url of [
    "http://127.0.0.1:59999/closed",
    "http://10.0.0.1/forbidden",
    "http://127.0.0.1:59998/closed",
  ]) {
    const { body } = await create(api, token);
    // What a name leads to, and what the operator allows, may change behind an endpoint that was right when it was made.
    await api.base.endpoints.update(body.id, ({ settings: made }) => ({ settings: { ...made, url } }));
    results.push((await api.ask("POST", `/v1/endpoints/${body.id}/test`, { token })).body);
    const operator = await api.ask("POST", `/v1/endpoints/${body.id}/test`);
    expect(operator.body["detail"]).toEqual(expect.any(String));
  }

  const nothing = { result: "not_reached", status: null, duration_ms: null, error_class: null, detail: null };
  expect(results).toEqual([nothing, nothing, nothing]);
});

const OPS = { ops: { port: 0, token: { env: "OPS_TOKEN" } } };
