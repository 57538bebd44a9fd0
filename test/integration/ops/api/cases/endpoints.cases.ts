import { expect } from "vitest";

import { type ApiHarness, startApi } from "../../../../support/api-harness.ts";
import { startHttp } from "../../../../support/local-servers.ts";
import { test } from "../../../../support/api-test.ts";
import { verifyWebhook } from "../../../../../src/public/verify.ts";

interface Endpoint extends Record<string, unknown> {
  readonly id: string;
  readonly revision: number;
  readonly secret?: string | null;
  readonly signing_keys: readonly Record<string, unknown>[];
}

const URL = "https://crm.example.com/hooks?token=hunter2";

async function create(api: ApiHarness, more: object = {}): Promise<Endpoint> {
  const { status, body } = await api.ask<Endpoint>("POST", "/v1/endpoints", {
    body: { url: URL, events: ["patient.*"], ...more },
  });
  expect(status).toBe(201);
  return body;
}

test("a URL and events are enough to subscribe, and deleting is the unsubscribe", async ({ api }) => {
  const { status, headers, body } = await api.ask<Endpoint>("POST", "/v1/endpoints", {
    body: { url: URL, events: ["patient.*"] },
  });

  expect(status).toBe(201);
  expect(body).toMatchObject({
    id: expect.stringMatching(/^ep_[0-9a-f]{20}$/) as string,
    url: URL,
    events: ["patient.*"],
    accounts: null,
    owner: null,
    payload: "full",
    secret: expect.stringMatching(/^whsec_/) as string,
    public_key: null,
    status: { state: "healthy", since: body["created_at"], waiting: 0 },
    revision: 1,
  });
  expect(headers.get("location")).toBe(`/v1/endpoints/${body.id}`);
  expect(headers.get("etag")).toBe('"1"');
  const read = await api.ask("GET", `/v1/endpoints/${body.id}`);
  expect(read.status).toBe(200);
  expect(read.text).not.toContain("whsec_");

  expect((await api.ask("DELETE", `/v1/endpoints/${body.id}`)).status).toBe(204);
  expect((await api.ask("GET", `/v1/endpoints/${body.id}`)).status).toBe(404);
  expect((await api.ask("DELETE", `/v1/endpoints/${body.id}`)).status).toBe(404);
});

test("with ed25519 there is a public key and no secret", async ({ api }) => {
  expect(await create(api, { signature: "v1a" })).toMatchObject({
    secret: null,
    public_key: expect.stringMatching(/^whpk_/) as string,
    signing_keys: [{ signature: "v1a", public_key: expect.stringMatching(/^whpk_/) as string }],
  });
});

test("a name that is taken, or stands in the file, is refused", async ({ address, prefix }) => {
  const endpoints = { written: { url: "http://127.0.0.1:59999/" } };
  await using api = await startApi({ address, prefix, setup: { endpoints } });
  await create(api, { id: "crm" });

  for (const id of ["crm", "written"]) {
    const { status, body } = await api.ask("POST", "/v1/endpoints", {
      body: { id, url: URL, events: ["*"] },
    });
    expect([status, body["code"]]).toEqual([409, "conflict"]);
    expect(body["errors"]).toMatchObject([{ path: "id" }]);
  }
  for (const [method, path] of [
    ["PATCH", "/v1/endpoints/written"],
    ["DELETE", "/v1/endpoints/written"],
    ["POST", "/v1/endpoints/written/rotate"],
  ] as const) {
    const { status } = await api.ask(method, path, method === "DELETE" ? {} : { body: {} });
    expect([path, status]).toEqual([path, 409]);
  }
  expect((await api.ask("POST", "/v1/endpoints/written/pause")).status).toBe(200);
});

test("one request with one key makes one endpoint, and is answered as before, secret and all", async ({
  api,
}) => {
  const ask = {
    body: { url: URL, events: ["*"] },
    headers: { "idempotency-key": "5f0d1c9e" },
  };
  const first = await api.ask<Endpoint>("POST", "/v1/endpoints", ask);
  const again = await api.ask<Endpoint>("POST", "/v1/endpoints", ask);

  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  expect(await api.base.endpoints.list()).toHaveLength(1);

  const other = await api.ask("POST", "/v1/endpoints", { ...ask, body: { url: URL, events: ["patient.*"] } });
  expect([other.status, other.body["code"]]).toEqual([422, "key_reused"]);
  // Somebody else's key is another key.
  const token = await api.token({ role: "admin" });
  expect((await api.ask<Endpoint>("POST", "/v1/endpoints", { ...ask, token })).body.id).not.toBe(
    first.body.id,
  );
});

test("a replay answers with what was made as it is now, and never with what is not so any more", async ({
  api,
  prefix,
}) => {
  const ask = { body: { url: URL, events: ["*"] }, headers: { "idempotency-key": "kept" } };
  const again = async () => await api.ask<Endpoint>("POST", "/v1/endpoints", ask);
  const { id, secret } = (await again()).body;
  const path = `/v1/endpoints/${id}`;
  const kept = await api.base.redis.keys(`${prefix}:answer:*`);
  expect(await Promise.all(kept.map(async (name) => await api.base.redis.strlen(name)))).toEqual([
    expect.toSatisfy((bytes: number) => bytes < 250),
  ]);

  await api.ask("PATCH", path, { body: { payload: "ids" } });
  expect((await again()).body).toMatchObject({ id, secret, payload: "ids", revision: 2 });

  await api.ask("POST", `${path}/rotate`, { body: { overlap_seconds: 60 } });
  const rotated = await again();
  expect([rotated.status, rotated.body["code"]]).toEqual([409, "conflict"]);
  expect(rotated.text).not.toContain("whsec_");

  await api.ask("DELETE", path);
  const deleted = await again();
  expect([deleted.status, deleted.body["code"]]).toEqual([410, "gone"]);
  expect(deleted.body["detail"]).toContain(`"${id}"`);
  expect(deleted.headers.get("idempotent-replayed")).toBe("true");
  // Not made again behind anybody's back.
  expect(await api.base.endpoints.list()).toEqual([]);
});

test("of requests at once with one key one is carried out", async ({ api }) => {
  const ask = { body: { url: URL, events: ["*"] }, headers: { "idempotency-key": "at-once" } };
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => await api.ask<Endpoint>("POST", "/v1/endpoints", ask)),
  );

  expect(await api.base.endpoints.list()).toHaveLength(1);
  for (const { status, body } of answers) {
    expect(status === 201 || (status === 409 && body["code"] === "under_way")).toBe(true);
  }
});

test("a key whose request was wrong is free for the right one", async ({ api }) => {
  const headers = { "idempotency-key": "mended" };
  const ask = async (url: string) =>
    await api.ask("POST", "/v1/endpoints", { body: { url, events: ["*"] }, headers });

  expect((await ask("ftp://a.example")).status).toBe(400);
  expect((await ask(URL)).status).toBe(201);
});

test("a change names its fields and leaves the others; null takes one back to its default", async ({
  api,
}) => {
  const more = { accounts: ["northside"], rate_limit: 5, headers: { authorization: "Bearer hunter3" } };
  const { id } = await create(api, more);
  const path = `/v1/endpoints/${id}`;

  const changed = await api.ask("PATCH", path, { body: { payload: "ids", accounts: null } });
  expect(changed.body).toMatchObject({
    payload: "ids",
    accounts: null,
    rate_limit: 5,
    events: ["patient.*"],
    headers: { authorization: "[secret]" },
    revision: 2,
  });
  expect(changed.headers.get("etag")).toBe('"2"');
  // What is the same already is no change.
  expect((await api.ask("PATCH", path, { body: { payload: "ids" } })).body["revision"]).toBe(2);
  expect((await api.base.endpoints.read(id))?.settings.headers).toEqual({ authorization: "Bearer hunter3" });
});

test("a value that is shown masked is not taken back as it is shown", async ({ api }) => {
  const { id } = await create(api, { headers: { authorization: "Bearer hunter3" } });
  const { status, body } = await api.ask("PATCH", `/v1/endpoints/${id}`, {
    body: { headers: { authorization: "[secret]" } },
  });

  expect(status).toBe(400);
  expect(body["errors"]).toMatchObject([{ path: "headers.authorization" }]);
  const given = { headers: { authorization: "Bearer hunter4" } };
  expect((await api.ask("PATCH", `/v1/endpoints/${id}`, { body: given })).status).toBe(200);
});

test("a change of a version that is past changes nothing", async ({ api }) => {
  const { id } = await create(api);
  const patch = async (ifMatch: string, payload: string) =>
    await api.ask("PATCH", `/v1/endpoints/${id}`, { body: { payload }, headers: { "if-match": ifMatch } });

  expect((await patch('"1"', "ids")).status).toBe(200);
  const stale = await patch('"1"', "changes");
  expect([stale.status, stale.body["code"]]).toEqual([412, "stale"]);
  expect((await api.base.endpoints.read(id))?.settings.payload).toBe("ids");
  expect((await patch('W/"2"', "changes")).status).toBe(200);
  expect((await patch("*", "full")).status).toBe(200);
  expect((await patch("3", "full")).body["errors"]).toMatchObject([{ path: "header.if-match" }]);
});

test("a pause holds, and enabling ends it", async ({ api }) => {
  const { id } = await create(api);
  const ask = async (action: string) =>
    (await api.ask<{ status: { state: string } }>("POST", `/v1/endpoints/${id}/${action}`)).body.status.state;

  expect(await ask("pause")).toBe("paused");
  expect(await ask("pause")).toBe("paused");
  expect(await ask("enable")).toBe("healthy");
});

test("a rotation shows the new secret, and the former one signs until the overlap is over", async ({
  api,
}) => {
  const { id, secret } = await create(api);
  const { body } = await api.ask<Endpoint>("POST", `/v1/endpoints/${id}/rotate`, {
    body: { overlap_seconds: 3_600 },
  });

  expect(body.secret).toMatch(/^whsec_/);
  expect(body.secret).not.toBe(secret);
  expect(body.signing_keys).toMatchObject([
    { expires_at: null },
    { expires_at: expect.stringMatching(/^20/) as string },
  ]);
  const stored = (await api.base.endpoints.read(id))?.signingKeys.map((key) => key.secret);
  expect(stored).toEqual([body.secret, secret]);
  const wrong = await api.ask("POST", `/v1/endpoints/${id}/rotate`, { body: { overlap_seconds: 700_000 } });
  expect(wrong.body["errors"]).toMatchObject([{ path: "overlap_seconds" }]);
});

test("a test goes out signed, and says what became of it", async ({ api }) => {
  let answer = 204;
  await using receiver = await startHttp((_request, response) => response.writeHead(answer).end());
  const { id, secret } = await create(api, { url: `${receiver.url}/hooks` });
  const ask = async () => (await api.ask("POST", `/v1/endpoints/${id}/test`)).body;

  expect(await ask()).toMatchObject({ result: "delivered", status: 204, error_class: null, detail: null });
  const [callback] = receiver.received;
  const headers = callback?.headers as Record<string, string>;
  const judged = verifyWebhook({
    secrets: [secret ?? ""],
    headers,
    body: callback?.body ?? "",
    nowMs: Date.now(),
  });
  expect(judged.kind).toBe("verified");

  answer = 503;
  expect(await ask()).toMatchObject({ result: "rejected", status: 503, error_class: "status" });
  await receiver[Symbol.asyncDispose]();
  expect(await ask()).toMatchObject({ result: "not_reached", status: null, error_class: "connect" });
});

test("the list comes in pages, by id, each endpoint once", async ({ api }) => {
  for (const id of ["e", "b", "d", "a", "c"]) await create(api, { id });
  const seen: string[] = [];
  let path = "/v1/endpoints?limit=2";
  for (;;) {
    const { body } = await api.ask<{ data: Endpoint[]; next: string | null }>("GET", path);
    seen.push(...body.data.map(({ id }) => id));
    if (body.next === null) break;
    path = `/v1/endpoints?limit=2&cursor=${body.next}`;
  }

  expect(seen).toEqual(["a", "b", "c", "d", "e"]);
});

test("a viewer sees where an endpoint points, and not the path or query that may hold a token", async ({
  api,
}) => {
  const { id } = await create(api);
  const token = await api.token({ role: "viewer" });
  const seen = await api.ask("GET", `/v1/endpoints/${id}`, { token });

  expect(seen.body["url"]).toBe("https://crm.example.com");
  expect(seen.text).not.toContain("hunter2");
  expect((await api.ask("GET", `/v1/endpoints/${id}`)).body["url"]).toBe(URL);
});
