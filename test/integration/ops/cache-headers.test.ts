import { once } from "node:events";
import { connect } from "node:net";

import { expect } from "vitest";

import { OPS_TOKEN, startApi } from "../../support/api-harness.ts";
import { QUERIES, WORLD, exampleBody, makeWorld } from "../../support/api-world.ts";
import { test } from "../../support/api-test.ts";
import { watchRoutes } from "../../support/watch-routes.ts";

/** What is the same for everybody and may be kept. Whatever else is added is kept nowhere. */
const KEPT = [
  "/.well-known/jwks.json",
  "/v1/asyncapi.json",
  "/v1/event-types",
  "/v1/event-types/:type",
  "/v1/openapi.json",
];
/** What a path's parts stand for outside of /v1. */
const PARTS: Readonly<Record<string, string>> = {
  "*": "none.js",
  ":name": "none.js",
  ":queueName": "deliver",
};

test("no cache keeps what any route answers, to nobody or to an operator, but for what is the same for everybody", async ({
  address,
  prefix,
}) => {
  using watched = watchRoutes();
  // The documentation's own files may be kept; here they are not built.
  await using api = await startApi({ address, prefix, setup: WORLD, docsFolder: "/nowhere" });
  const world = await makeWorld(api);
  const kept: string[] = [];
  let answered = 0;

  for (const { method, url } of watched.routes) {
    const template = url.replaceAll(/:(\w+)/g, "{$1}");
    const operation = api.document.paths[template]?.[method.toLowerCase()];
    for (const token of [undefined, OPS_TOKEN]) {
      const path = operation
        ? (await world.pathOf(template, "a")) + (QUERIES[operation.operationId] ?? "")
        : url.replaceAll(/:\w+|\*/g, (part) => PARTS[part] ?? "1");
      const body = operation && exampleBody(operation);
      const { status, headers } = await fetch(api.url + path, {
        method,
        redirect: "manual",
        headers: {
          ...(token === undefined ? { accept: "text/html" } : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (status < 300 && token !== undefined) answered += 1;
      if (headers.get("cache-control") !== "no-store") kept.push(url);
    }
  }

  expect(watched.routes.length).toBeGreaterThan(100);
  expect(answered).toBeGreaterThan(60);
  expect([...new Set(kept)].toSorted()).toEqual(KEPT);
});

test.for<readonly [string, string]>([
  ["what is no path", "GET /nowhere HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n"],
  ["what cannot be decoded", "GET /%zz HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n"],
  ["a request that names two hosts", "GET / HTTP/1.1\r\nhost: a.example\r\nhost: b.example\r\n\r\n"],
  ["what is no HTTP", "hello\r\n\r\n"],
  ["a head that is too large", `GET / HTTP/1.1\r\nhost: a.example\r\nx: ${"x".repeat(20_000)}\r\n\r\n`],
])("no cache keeps the answer to %s", async ([, bytes], { api }) => {
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (part: Buffer) => void (answer += part.toString("latin1")));
  socket.write(bytes);
  await once(socket, "close");

  expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
  expect(answer).toMatch(/\r\ncache-control: no-store\r\n/);
});
