import { once } from "node:events";
import { request as httpRequest } from "node:http";

import { expect } from "vitest";

import { type ApiHarness, OPS_TOKEN, startApi } from "../../../../support/api-harness.ts";
import { WORLD, QUERIES, makeWorld, operationsOf } from "../../../../support/api-world.ts";
import { test } from "../../../../support/api-test.ts";

const JSON_TYPE = "application/json";

/** Ways to send nothing. `chunked`: in chunks, of which there are none. */
const NOTHINGS: readonly (readonly [what: string, headers: Record<string, string>, body?: string])[] = [
  ["a type", { "content-type": JSON_TYPE }],
  ["a type and a length", { "content-type": JSON_TYPE, "content-length": "0" }],
  ["a type with charset", { "content-type": `${JSON_TYPE}; charset=utf-8`, "content-length": "0" }],
  ["a type and no chunks", { "content-type": JSON_TYPE, "transfer-encoding": "chunked" }],
  ["no chunks", { "transfer-encoding": "chunked" }],
  ["a length", { "content-length": "0" }],
  ["a form's type", { "content-type": "application/x-www-form-urlencoded", "content-length": "0" }],
  ["plain text", { "content-type": "text/plain", "content-length": "0" }],
  ["white space", { "content-type": JSON_TYPE }, " \r\n"],
  ["null", { "content-type": JSON_TYPE }, "null"],
  ["an empty object", { "content-type": JSON_TYPE }, "{}"],
];

async function send(
  { url }: Pick<ApiHarness, "url">,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): Promise<number> {
  const asking = httpRequest(`${url}${path}`, {
    method,
    headers: {
      ...headers,
      ...(body === "" ? {} : { "content-length": Buffer.byteLength(body) }),
      authorization: `Bearer ${OPS_TOKEN}`,
    },
  });
  asking.end(body);
  const [answer] = (await once(asking, "response")) as [NodeJS.ReadableStream & { statusCode?: number }];
  answer.resume();
  await once(answer, "end");
  return answer.statusCode ?? 0;
}

test("every route that can do without a body takes an empty one of any type for none", async ({
  address,
  prefix,
}) => {
  let laterMs = 0;
  await using api = await startApi({ address, prefix, setup: WORLD, now: () => Date.now() + laterMs });
  const world = await makeWorld(api);
  const walked: string[] = [];
  const refused: string[] = [];

  for (const { method, template, operation } of operationsOf(api.document)) {
    if (method === "GET") continue;
    const pathOf = async (): Promise<string> =>
      (await world.pathOf(template, "a")) + (QUERIES[operation.operationId] ?? "");
    const plain = await send(api, method, await pathOf(), {});
    // What has to have a body says so, and goes on saying so.
    const wants = plain === 400;
    if (!wants) walked.push(operation.operationId);
    for (const [what, headers, body] of NOTHINGS) {
      laterMs += 61_000;
      const status = await send(api, method, await pathOf(), headers, body);
      const isRefusal = status === 400 || status === 415 || status >= 500;
      if (isRefusal !== wants) refused.push(`${operation.operationId} with ${what}: ${status}`);
    }
  }

  expect(refused).toEqual([]);
  expect(walked).toEqual(
    expect.arrayContaining([
      "deleteEndpoint",
      "pauseEndpoint",
      "enableEndpoint",
      "rotateEndpoint",
      "testEndpoint",
    ]),
  );
});

test("a change that was meant for another version is not made, whatever it is", async ({ api }) => {
  const made = await api.ask<{ id: string; etag: string }>("POST", "/v1/endpoints", {
    body: { url: "https://crm.example/hooks", events: ["*"] },
  });
  const path = `/v1/endpoints/${made.body.id}`;
  const etag = made.headers.get("etag") ?? "";
  const changed = await api.ask("PATCH", path, { body: { payload: "ids" }, headers: { "if-match": etag } });
  expect(changed.status).toBe(200);
  const before = await api.ask("GET", path);

  for (const [method, action] of [
    ["PATCH", ""],
    ["POST", "/pause"],
    ["POST", "/enable"],
    ["POST", "/rotate"],
    ["DELETE", ""],
  ] as const) {
    const body = method === "PATCH" ? { body: { payload: "full" } } : {};
    const stale = await api.ask(method, `${path}${action}`, { ...body, headers: { "if-match": etag } });
    expect([method, action, stale.status, stale.body["code"]]).toEqual([method, action, 412, "stale"]);
  }
  expect((await api.ask("GET", path)).body).toEqual(before.body);

  const newest = before.headers.get("etag") ?? "";
  expect((await api.ask("DELETE", path, { headers: { "if-match": newest } })).status).toBe(204);
});

test.for(['{"__proto__":{"a":1}}', '{"when":[{"__proto__":1}]}', '{"constructor":{"prototype":{}}}'])(
  "a body that would be more than data is called by its name: %s",
  async (body, { api }) => {
    const answer = await api.ask("POST", "/v1/endpoints", { body });

    expect([answer.status, answer.body["detail"]]).toEqual([400, expect.stringContaining("__proto__")]);
    expect((await api.ask("POST", "/v1/endpoints", { body: "{" })).body["detail"]).toBe(
      "The body is not JSON.",
    );
  },
);
