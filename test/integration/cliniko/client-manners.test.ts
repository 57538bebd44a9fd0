import { once } from "node:events";

import { expect, test } from "vitest";

import { openConnections } from "../../../src/cliniko/connections.ts";
import { resources } from "../../../src/resources/registry.ts";
import { closedPort, startHttp, startTcp } from "../../support/local-servers.ts";
import { type TestClient, createTestClient } from "../../support/test-client.ts";
import { pageRequest } from "../../support/page-request.ts";

const EVERYTHING = pageRequest();
const USER = JSON.stringify({ id: "7" });
const JSON_TYPE = { "content-type": "application/json" };

test("each request says who asks, what it wants, and whose key it is", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(USER));
  await using setup = createTestClient({ baseUrl: `${server.url}/v1`, apiKey: "MS4xLWtleQ-au1" });
  await setup.client.currentUser();

  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    method: "GET",
    url: "/v1/user",
    body: "",
    headers: {
      accept: "application/json",
      "user-agent": "cliniko-webhooks tests (tests@example.com)",
      // The key is the user name, the password is empty.
      authorization: `Basic ${Buffer.from("MS4xLWtleQ-au1:").toString("base64")}`,
    },
  });
});

test("a page is asked for with its query as it stands, brackets and colons encoded", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ patients: [], links: {} }));
  });
  await using setup = createTestClient({ baseUrl: `${server.url}/v1/` });

  expect(
    await setup.client.listPage(resources.patients, pageRequest({ since: 1_763_781_291, after: "9" })),
  ).toMatchObject({ kind: "ok" });
  expect(server.received[0]?.url).toBe(
    "/v1/patients?q%5B%5D=updated_at%3A%3E%3D2025-11-22T03%3A14%3A51Z&q%5B%5D=archived_at%3A*" +
      "&q%5B%5D=id%3A%3E9&sort=id%3Aasc&per_page=100",
  );
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) is not followed: the other host sees neither request nor key",
  async (status) => {
    await using elsewhere = await startHttp((_request, response) => {
      response.writeHead(200, JSON_TYPE).end(USER);
    });
    await using server = await startHttp((_request, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/v1/user` }).end();
    });
    await using setup = createTestClient({ baseUrl: `${server.url}/v1` });

    expect(await setup.client.currentUser()).toMatchObject({ kind: "unavailable", status });
    expect(server.received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  },
);

test("the place that the redirects name would have answered", async () => {
  await using elsewhere = await startHttp((_request, response) => {
    response.writeHead(200, JSON_TYPE).end(USER);
  });
  await using setup = createTestClient({ baseUrl: `${elsewhere.url}/v1` });

  expect(await setup.client.currentUser()).toEqual({ kind: "ok", userId: "7" });
});

test("a next page on another host is not fetched: pages are asked for by id on our own", async () => {
  await using elsewhere = await startHttp((_request, response) => {
    response.writeHead(200, JSON_TYPE).end(USER);
  });
  const stamp = "2025-11-22T03:14:51Z";
  await using server = await startHttp((_request, response) => {
    const patients = [{ id: "1", created_at: stamp, updated_at: stamp }];
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ patients, links: { next: elsewhere.url } }));
  });
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toMatchObject({
    kind: "ok",
    page: { next: expect.any(String) as string },
  });
  expect(elsewhere.received).toEqual([]);
});

test("an answer that drips for ever ends with the deadline, whatever has come by then", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(200, JSON_TYPE).write("[");
    const timer = setInterval(() => response.write("1,"), 20);
    response.on("close", () => clearInterval(timer));
  });
  await using setup = createTestClient({ baseUrl: server.url, timeoutMs: 300 });
  const before = performance.now();

  expect(await setup.client.currentUser()).toMatchObject({
    kind: "unavailable",
    detail: expect.stringMatching(/no complete answer in time$/),
  });
  expect(performance.now() - before).toBeLessThan(9_000);
});

test("an answer beyond any list's size is cut off, and is malformed", async () => {
  const megabyte = Buffer.alloc(1_048_576, "1");
  let sent = 0;
  await using server = await startTcp((socket) => {
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
      const pump = (): void => {
        while (!socket.destroyed && sent < 200 && socket.write(megabyte)) sent += 1;
      };
      socket.on("drain", pump);
      pump();
    });
  });
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.currentUser()).toEqual({
    kind: "malformed",
    detail: "an answer of more than 33554432 bytes",
  });
  expect(sent).toBeLessThan(200);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("a host where nobody listens is unavailable, and of one that base_url names subscribers do not learn the name", async () => {
  const port = await closedPort();
  await using setup = createTestClient({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: "MS4xLXNlY3JldA" });

  expect(await setup.client.currentUser()).toEqual({
    kind: "unavailable",
    detail: "base_url: ECONNREFUSED",
  });
});

test.each([
  ["bytes that are no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["an end before the head's end", "HTTP/1.1 200 OK\r\ncontent-ty"],
  [
    "a body shorter than announced",
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"id":',
  ],
])("the upstream is unavailable after %s", async (_what, bytes) => {
  await using server = await startTcp((socket) => {
    socket.once("data", () => socket.end(bytes));
  });
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.currentUser()).toMatchObject({ kind: "unavailable" });
});

test.each([
  ["an id of letters", USER, "7"],
  ["an id of digits, as old accounts have", JSON.stringify({ id: 7 }), "7"],
])("a user with %s is known", async (_what, body, userId) => {
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(body));
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.currentUser()).toEqual({ kind: "ok", userId });
});

test.each(["{}", "[]", "null", '{"id":null}', '"7"'])("the user %s is malformed", async (body) => {
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(body));
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.currentUser()).toEqual({ kind: "malformed", detail: "a user without id" });
});

test("a page without the upstream's clock is malformed: nothing could be said of when", async () => {
  await using server = await startHttp((_request, response) => {
    response.sendDate = false;
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ patients: [], links: {} }));
  });
  await using setup = createTestClient({ baseUrl: server.url });

  expect(await setup.client.listPage(resources.patients, EVERYTHING)).toEqual({
    kind: "malformed",
    detail: "no Date header: a proxy may have removed it",
  });
});

test("a signal ends a request that hangs, as unavailable", async () => {
  const stop = new AbortController();
  await using server = await startHttp(() => stop.abort());
  await using setup = createTestClient({ baseUrl: server.url, timeoutMs: 3_000 });

  // Were it the deadline that ended it, the detail would say so.
  expect(await setup.client.currentUser(stop.signal)).toEqual({
    kind: "unavailable",
    detail: "base_url: the connection failed",
  });
  expect(server.received).toHaveLength(1);
});

test("a signal that has fired already sends nothing, and takes nothing of the budget", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(USER));
  let taken = 0;
  await using setup = createTestClient({
    baseUrl: server.url,
    budget: {
      take: async () => {
        taken += 1;
        return 0;
      },
      freeInMs: async () => 0,
      blockUntil: async () => undefined,
    },
  });

  expect(await setup.client.currentUser(AbortSignal.abort())).toEqual({
    kind: "unavailable",
    detail: "stopped before asking",
  });
  expect([taken, server.received.length]).toEqual([0, 0]);
  expect(await setup.client.currentUser(new AbortController().signal)).toMatchObject({ kind: "ok" });
  expect([taken, server.received.length]).toEqual([1, 1]);
});

test("a disposed client sends nothing and closes its connections", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(USER));
  const { client } = createTestClient({ baseUrl: server.url });
  expect(await client.currentUser()).toMatchObject({ kind: "ok" });
  expect(server.openSockets()).toBe(1);

  await client[Symbol.asyncDispose]();

  expect(await client.currentUser()).toMatchObject({ kind: "unavailable" });
  expect(server.received).toHaveLength(1);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("no more than four connections are made, however many requests", async () => {
  let connections = 0;
  await using server = await startTcp((socket) => {
    connections += 1;
    socket.on("data", () => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${USER.length}\r\n\r\n${USER}`,
      );
    });
  });
  await using setup = createTestClient({ baseUrl: server.url });
  for (let request = 0; request < 20; request++) await setup.client.currentUser();
  await Promise.all(Array.from({ length: 20 }, async () => await setup.client.currentUser()));

  expect(connections).toBeGreaterThanOrEqual(1);
  expect(connections).toBeLessThanOrEqual(4);
});

test("a signal ends the wait for the budget", async () => {
  const stop = new AbortController();
  await using server = await startHttp((_request, response) => response.writeHead(200, JSON_TYPE).end(USER));
  await using setup = createTestClient({
    baseUrl: server.url,
    budget: { take: async () => 60_000, freeInMs: async () => 60_000, blockUntil: async () => undefined },
    maxBudgetWaitMs: 120_000,
    sleep: async (_ms, signal) => {
      if (!signal) throw new Error("the wait cannot be ended");
      const fired = once(signal, "abort");
      stop.abort();
      await fired;
    },
  });

  expect(await setup.client.currentUser(stop.signal)).toMatchObject({ kind: "unavailable" });
  expect(server.received).toEqual([]);
});

test("clinics at one address share their connections, each with its own key, and none waits for those that hang", async () => {
  await using server = await startHttp((request, response) => {
    if (request.headers.authorization !== basic("hangs")) response.writeHead(200, JSON_TYPE).end(USER);
  });
  await using connections = openConnections(10_000);
  const client = (apiKey: string): TestClient =>
    createTestClient({ baseUrl: `${server.url}/v1`, apiKey, connections });
  const keys = ["one", "two", "three", "four", "five", "six"];
  const clients = keys.map(client);
  for (const { client: asked } of clients) expect(await asked.currentUser()).toMatchObject({ kind: "ok" });
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual(keys.map(basic));
  // One, and the next when the last answer has only just ended.
  expect(server.openSockets()).toBeLessThanOrEqual(2);

  await using hanging = client("hangs");
  const stop = new AbortController();
  const asked = Array.from({ length: 20 }, async () => await hanging.client.currentUser(stop.signal));
  await expect.poll(() => server.received.length).toBe(keys.length + asked.length);
  expect(await clients[0]?.client.currentUser()).toMatchObject({ kind: "ok" });
  stop.abort();
  expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(asked.map(() => "unavailable"));

  // Who leaves closes nothing that others use.
  await clients[0]?.[Symbol.asyncDispose]();
  expect(await clients[1]?.client.currentUser()).toMatchObject({ kind: "ok" });
});

function basic(apiKey: string): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
}
