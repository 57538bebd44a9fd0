// What tools that automate things need of the API: Node-RED, n8n, Zapier, Make.
import { createPublicKey } from "node:crypto";

import { expect } from "vitest";

import { secretsOfJwks, verifyBody, verifyWebhook } from "../../../../../src/public/verify.ts";
import { startReceiver } from "../../../../../src/sandbox/http/receiver.ts";
import { type ApiHarness, startApi } from "../../../../support/api-harness.ts";
import { startHttp } from "../../../../support/local-servers.ts";
import { test } from "../../../../support/api-test.ts";

interface Endpoint extends Record<string, unknown> {
  readonly id: string;
  readonly secret: string | null;
  readonly public_key: string | null;
  readonly signing_keys: readonly { readonly kid: string | null }[];
}

interface Invalid extends Record<string, unknown> {
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

const WANTED = { url: "https://crm.example.com/hooks?token=hunter2", events: ["patient.*"] };
const LOOPBACK = { settings: { delivery: { allow_http: true, allow_private: ["127.0.0.1/32"] } } };

async function create(api: ApiHarness, more: object = {}): Promise<Endpoint> {
  const { status, body } = await api.ask<Endpoint>("POST", "/v1/endpoints", { body: { ...WANTED, ...more } });
  expect(status).toBe(201);
  return body;
}

test("a chosen header carries a signature of the body alone, beside the others", async ({
  address,
  prefix,
}) => {
  await using api = await startApi({ address, prefix, setup: LOOPBACK });
  await using receiver = await startHttp((_request, response) => response.writeHead(204).end());
  const endpoint = await create(api, { url: `${receiver.url}/`, body_signature: "X-Hub-Signature-256" });
  expect(endpoint["body_signature"]).toBe("x-hub-signature-256");
  const without = await create(api, { url: `${receiver.url}/without` });
  for (const { id } of [endpoint, without]) await api.ask("POST", `/v1/endpoints/${id}/test`);

  const [callback, plain] = receiver.received;
  const signature = callback?.headers["x-hub-signature-256"];
  const secrets = [endpoint.secret ?? ""];
  const body = callback?.body ?? "";
  expect(verifyBody({ secrets, signature, body })).toBe(true);
  expect(verifyBody({ secrets, signature, body: `${body} ` })).toBe(false);
  expect(verifyBody({ secrets: [without.secret ?? ""], signature, body })).toBe(false);
  const headers = callback?.headers ?? {};
  expect(verifyWebhook({ secrets, headers, body, nowMs: Date.now() }).kind).toBe("verified");
  expect(plain?.headers["x-hub-signature-256"]).toBeUndefined();

  // The project's own receiver finds the same.
  const told: string[] = [];
  await using listening = await startReceiver({
    secret: endpoint.secret ?? "",
    bodySignature: "X-Hub-Signature-256",
    onRefused: ({ reason }) => void told.push(reason),
  });
  const ask = async (url: string, more: object): Promise<unknown> => {
    await api.ask("PATCH", `/v1/endpoints/${endpoint.id}`, { body: { url, ...more } });
    return (await api.ask("POST", `/v1/endpoints/${endpoint.id}/test`)).body["status"];
  };
  expect(await ask(listening.url, {})).toBe(204);
  expect(await ask(listening.url, { body_signature: null })).toBe(401);
  expect(told).toEqual(["X-Hub-Signature-256 does not fit the body"]);
});

test("a signature of the body alone needs a shared secret, and a header that nobody else fills", async ({
  api,
}) => {
  const faultOf = async (method: string, path: string, body: object): Promise<string> => {
    const answer = await api.ask<Invalid>(method, path, { body });
    expect(answer.status).toBe(400);
    return answer.body.errors.map((problem) => `${problem.path} ${problem.message}`).join();
  };
  const name = "x-signature";
  const refused = [
    { ...WANTED, body_signature: name, signature: "v1a" },
    { ...WANTED, body_signature: "Webhook-Signature" },
    { ...WANTED, body_signature: "Content-Type" },
    { ...WANTED, body_signature: "two words" },
    { ...WANTED, body_signature: name, headers: { "X-Signature": "mine" } },
  ];
  for (const body of refused)
    expect(await faultOf("POST", "/v1/endpoints", body)).toContain("body_signature");
  const { id } = await create(api, { body_signature: name });
  expect(await faultOf("POST", `/v1/endpoints/${id}/rotate`, { signature: "v1a" })).toContain(
    "body_signature",
  );
  expect((await api.ask("POST", `/v1/endpoints/${id}/rotate`, { body: {} })).status).toBe(200);
  const asymmetric = await create(api, { signature: "v1a" });
  const change = { body_signature: name };
  expect(await faultOf("PATCH", `/v1/endpoints/${asymmetric.id}`, change)).toContain("body_signature");
});

test("the public keys of v1a are there for anyone, by a name that tells of no endpoint", async ({
  address,
  prefix,
}) => {
  let now = Date.now();
  await using api = await startApi({ address, prefix, setup: LOOPBACK, now: () => now });
  const read = async (): Promise<{ keys: { kid: string; kty: string; crv: string; x: string }[] }> => {
    now += 10_000;
    const answer = await fetch(`${api.url}/.well-known/jwks.json`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/jwk-set+json"]);
    return (await answer.json()) as Awaited<ReturnType<typeof read>>;
  };
  expect(await read()).toEqual({ keys: [] });

  await using receiver = await startHttp((_request, response) => response.writeHead(204).end());
  const own = await create(api, { url: `${receiver.url}/`, signature: "v1a" });
  const foreign = await create(api, { signature: "v1a" });
  await create(api);
  const jwks = await read();
  expect(jwks.keys.map(({ kid }) => kid).toSorted()).toEqual(
    [own, foreign].map(({ signing_keys: [key] }) => key?.kid ?? "").toSorted(),
  );
  expect(JSON.stringify(jwks)).not.toContain(own.id);
  // As any library reads it: Node's own does.
  for (const jwk of jwks.keys)
    expect(createPublicKey({ key: jwk, format: "jwk" }).asymmetricKeyType).toBe("ed25519");

  await api.ask("POST", `/v1/endpoints/${own.id}/test`);
  const [callback] = receiver.received;
  const kindBy = (endpoint: Endpoint): string => {
    const secrets = secretsOfJwks(jwks, [endpoint.signing_keys[0]?.kid ?? ""]);
    const { headers = {}, body = "" } = callback ?? {};
    return verifyWebhook({ secrets, headers, body, nowMs: now }).kind;
  };
  expect([kindBy(own), kindBy(foreign)]).toEqual(["verified", "refused"]);
  expect(secretsOfJwks(jwks, [own.signing_keys[0]?.kid ?? ""])).toEqual([own.public_key]);

  await api.ask("POST", `/v1/endpoints/${own.id}/rotate`, { body: { overlap_seconds: 3_600 } });
  expect((await read()).keys).toHaveLength(3);
  now += 3_600_000;
  expect((await read()).keys).toHaveLength(2);
});

test("an endpoint can be found by its URL, by whoever may see it whole", async ({ api }) => {
  const crm = await api.token({ role: "subscriber", subscriber: "crm", accounts: ["northside"] });
  const viewer = await api.token({ role: "viewer" });
  const url = "https://hooks.example.com/one?key=a%20b&x=1";
  const { id } = await create(api, { url });
  await create(api, { url: "https://hooks.example.com/two" });
  const found = async (wanted: string, token?: string): Promise<string[]> => {
    const asked = await api.ask<{ data: Endpoint[] }>(
      "GET",
      `/v1/endpoints?url=${encodeURIComponent(wanted)}`,
      {
        ...(token ? { token } : {}),
      },
    );
    expect(asked.status).toBe(200);
    return asked.body.data.map((endpoint) => endpoint.id);
  };
  expect(await found(url)).toEqual([id]);
  expect(await found("https://hooks.example.com/one")).toEqual([]);
  expect(await found(url, crm)).toEqual([]);
  expect((await api.ask("GET", "/v1/endpoints?url=x", { token: viewer })).status).toBe(403);
});

test("an endpoint can begin paused, and is enabled as any other", async ({ api }) => {
  const paused = await create(api, { paused: true });
  expect(paused).toMatchObject({ status: { state: "paused" }, paused: { by: "operator" } });
  expect((await api.ask("POST", `/v1/endpoints/${paused.id}/enable`)).status).toBe(200);
  expect((await api.ask("GET", `/v1/endpoints/${paused.id}`)).body).toMatchObject({
    status: { state: "healthy" },
    paused: null,
  });
  const crm = await api.token({ role: "subscriber", subscriber: "crm", accounts: ["northside"] });
  const own = await api.ask("POST", "/v1/endpoints", { token: crm, body: { ...WANTED, paused: true } });
  expect(own.body).toMatchObject({ paused: { by: "subscriber" } });
});

test("how often a delivery is tried is the endpoint's to say, within the schedule", async ({ api }) => {
  const { id } = await create(api, { attempts: 3 });
  const change = async (attempts: unknown): Promise<unknown> =>
    (await api.ask("PATCH", `/v1/endpoints/${id}`, { body: { attempts } })).body["attempts"];
  expect((await api.ask("GET", `/v1/endpoints/${id}`)).body["attempts"]).toBe(3);
  expect(await change(10)).toBe(10);
  expect(await change(null)).toBeNull();
  for (const attempts of [0, 11, 1.5])
    expect((await api.ask("PATCH", `/v1/endpoints/${id}`, { body: { attempts } })).status).toBe(400);
});
