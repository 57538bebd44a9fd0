import { request as httpRequest } from "node:http";
import { once } from "node:events";

import { expect } from "vitest";

import { OPS_TOKEN } from "../../../../support/api-harness.ts";
import { HOSTILE_REQUESTS } from "../../../../support/hostile-requests.ts";
import { test } from "../../../../support/api-test.ts";

const JSON_TYPE = { "content-type": "application/json" };

test.for<[string, string, object, number, string]>([
  ["GET", "/v1/nothing", {}, 404, "not_found"],
  ["GET", "//", {}, 404, "not_found"],
  ["GET", "//v1/endpoints", {}, 404, "not_found"],
  ["GET", "/v1//endpoints", {}, 404, "not_found"],
  ["GET", "/v1/endpoints/", {}, 404, "not_found"],
  ["GET", "///health", {}, 404, "not_found"],
  ["GET", "/health", {}, 404, "not_found"],
  ["GET", "/metrics/", {}, 404, "not_found"],
  ["GET", "/V1/endpoints", {}, 404, "not_found"],
  ["GET", "/nothing", {}, 404, "not_found"],
  ["POST", "/health/live", {}, 405, "method_not_allowed"],
  ["GET", "/v1/endpoints/nothing", {}, 404, "not_found"],
  ["GET", "/v1/endpoints/%ZZ", {}, 400, "bad_request"],
  ["GET", `/v1/endpoints/${"x".repeat(64)}`, {}, 400, "bad_request"],
  ["GET", `/v1/endpoints/${"x".repeat(500)}`, {}, 400, "bad_request"],
  ["PUT", "/v1/endpoints", {}, 405, "method_not_allowed"],
  ["POST", "/v1/endpoints", {}, 400, "bad_request"],
  ["POST", "/v1/endpoints", { body: "{" }, 400, "bad_request"],
  ["POST", "/v1/endpoints", { body: "", headers: JSON_TYPE }, 400, "bad_request"],
  [
    "POST",
    "/v1/endpoints",
    { body: "a=b", headers: { "content-type": "text/csv" } },
    415,
    "unsupported_media_type",
  ],
  ["POST", "/v1/endpoints", { body: { url: "x".repeat(300_000), events: ["*"] } }, 413, "too_large"],
  ["POST", "/v1/endpoints", { body: '{"__proto__":{"a":1}}' }, 400, "bad_request"],
  ["GET", "/v1/endpoints?limit=1000", {}, 400, "bad_request"],
  ["GET", "/v1/endpoints?cursor=aaaa", {}, 400, "bad_request"],
])("%s %s with %j is a problem", async ([method, path, ask, status, code], { api }) => {
  const answer = await api.ask(method, path, ask);

  expect([answer.status, answer.body["code"]]).toEqual([status, code]);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.body).toMatchObject({
    type: `urn:cliniko-webhooks:problem:${code}`,
    status,
    request_id: answer.headers.get("x-request-id"),
  });
  expect(answer.text).not.toMatch(/node_modules|\.ts\b|FST_|\n/);
});

test("a method that a path does not take is answered with those that it does", async ({ api }) => {
  expect((await api.ask("PUT", "/v1/endpoints")).headers.get("allow")).toBe("GET, HEAD, POST");
  expect((await api.ask("PROPFIND", "/v1/endpoints/crm")).headers.get("allow")).toBe(
    "DELETE, GET, HEAD, PATCH",
  );
});

test("every field that is wrong is named, with what to do", async ({ api }) => {
  const body = { url: 5, evnts: ["*"], payload: "all" };
  const shape = await api.ask("POST", "/v1/endpoints", { body });
  expect(shape.body["errors"]).toEqual([
    { path: "url", message: "is not of the right kind", remedy: "write a string here" },
    { path: "events", message: "is missing", remedy: "add it (array); /v1/openapi.json shows how" },
    { path: "payload", message: "is not one of the known values", remedy: "use full, changes, ids" },
    {
      path: "evnts",
      message: "is not a known setting",
      remedy: 'did you mean "events"? Otherwise remove it',
    },
  ]);

  const values = {
    url: "ftp://a.example",
    events: ["patient.mergd"],
    accounts: ["nothside"],
    concurrency: 0,
  };
  const { body: wrong } = await api.ask("POST", "/v1/endpoints", {
    body: { ...values, headers: { Host: "a" } },
  });
  expect((wrong["errors"] as { path: string }[]).map(({ path }) => path).toSorted()).toEqual([
    "accounts.0",
    "concurrency",
    "events.0",
    "headers.Host",
    "url",
  ]);
});

test("a request keeps a sane id of its own, and is given one otherwise", async ({ api }) => {
  const idOf = async (id: string): Promise<string | null> =>
    (await api.ask("GET", "/v1/me", { headers: { "x-request-id": id } })).headers.get("x-request-id");

  expect(await idOf("zap-77.a_B")).toBe("zap-77.a_B");
  for (const id of ["", "a b", "x".repeat(65), "<script>"]) {
    expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
  }
});

const BROKEN = { id: "broken", url: "https://crm.example/hooks", events: ["patient.*"] };

test("a fault of ours tells the operator, and not the caller", async ({ api, redis, keys }) => {
  const made = await api.ask("POST", "/v1/endpoints", { body: BROKEN });
  expect(made.status).toBe(201);
  await redis.hset(keys.endpoints, "broken", "not sealed");
  const response = await fetch(`${api.url}/v1/endpoints/broken`, {
    headers: { authorization: `Bearer ${OPS_TOKEN}` },
  });

  expect(response.status).toBe(500);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: "internal" });
  expect(text).not.toContain("sealed");
  expect(api.faults().join("")).toContain("sealed");
});

test("what is not HTTP is answered as a problem too", async ({ api }) => {
  const asked = httpRequest(api.url, { path: "/v1/me", headers: { "x-long": "x".repeat(40_000) } });
  asked.end();
  const [response] = (await once(asked, "response")) as [
    { statusCode: number; headers: Record<string, string> },
  ];

  expect(response.statusCode).toBe(431);
  expect(response.headers["content-type"]).toBe("application/problem+json");
});

test.for(HOSTILE_REQUESTS)("refusing %s is cheap and short", async ([, method, path, body], { api }) => {
  const asked = {
    body,
    ...(typeof body === "string" ? { headers: { "content-type": "application/json" } } : {}),
  };
  await api.ask(method, path, asked);
  const before = process.cpuUsage();
  const answer = await api.ask(method, path, asked);
  const { user, system } = process.cpuUsage(before);

  expect(answer.status).toBe(400);
  expect(answer.text.length).toBeLessThan(8_000);
  // Both sides of it. Coarse: bench/refusals.ts has the figures.
  expect((user + system) / 1_000).toBeLessThan(1_000);
});

test("of many problems the first twenty are told, each with what was written in part", async ({ api }) => {
  const events = Array.from({ length: 90 }, (_, index) => `appointmant.${"x".repeat(80)}${index}`);
  const { body } = await api.ask<{ errors: { path: string; message: string }[] }>("POST", "/v1/endpoints", {
    body: { url: "https://crm.example.com/", events },
  });

  expect(body.errors.map(({ path }) => path)).toEqual(
    events.slice(0, 20).map((_, index) => `events.${index}`),
  );
  expect(Math.max(...body.errors.map(({ message }) => message.length))).toBeLessThan(140);
});
