import { once } from "node:events";
import { connect } from "node:net";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";

import { createConnection, exchange } from "../../../src/dispatch/http/exchange.ts";
import type { CallbackTarget } from "../../../src/dispatch/http/connection-cache.ts";
import { startReceiver } from "../../../src/sandbox/http/receiver.ts";
import { closedPort, startHttp, startTcp } from "../../support/local-servers.ts";
import { BODY, HEADERS, NOW, createSender, targetOf } from "../../support/sender-setup.ts";
import { SECRET } from "../../support/test-config.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("a callback is one POST of the very bytes, with its headers", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using sender = createSender();
  const headers = {
    ...HEADERS,
    "x-team": "7",
    host: "elsewhere.test",
    "user-agent": "mine",
    "accept-encoding": "br",
  };

  expect(await sender.send(targetOf(`${server.url}/hooks/cliniko?team=7#part`), headers, BODY)).toEqual({
    kind: "delivered",
    status: 204,
    excerpt: "",
  });

  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/hooks/cliniko?team=7",
    body: BODY,
    headers: {
      ...HEADERS,
      "x-team": "7",
      host: `127.0.0.1:${server.port}`,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(BODY)),
      "user-agent": "cliniko-webhooks",
      "accept-encoding": "identity",
    },
  });
});

test("a subscriber's verifier accepts what arrives", async () => {
  await using receiver = await startReceiver({ secret: SECRET });
  await using sender = createSender();
  const now = new Date();
  const headers = {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(SECRET).sign("evt_1", now, BODY),
  };

  expect(await sender.send(targetOf(receiver.url), headers, BODY)).toMatchObject({ kind: "delivered" });
  expect(receiver.callbacks).toMatchObject([{ webhookId: "evt_1", body: BODY }]);
  expect(await sender.send(targetOf(receiver.url), headers, `${BODY} `)).toMatchObject({
    kind: "rejected",
    status: 401,
  });
});

test.each([200, 201, 202, 204, 299])("status %i is a delivery", async (status) => {
  await using server = await startHttp((_request, response) => response.writeHead(status).end());
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "delivered",
    status,
    excerpt: "",
  });
});

test.each([304, 400, 401, 404, 410, 422, 429, 500, 502, 503])("status %i is a rejection", async (status) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(status).end(status === 304 ? "" : "not today");
  });
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "rejected",
    status,
    retryAfterMs: undefined,
    excerpt: status === 304 ? "" : "not today",
  });
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) is a rejection, and the place that it names sees nothing",
  async (status) => {
    await using elsewhere = await startHttp((_request, response) => response.writeHead(204).end());
    await using server = await startHttp((_request, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/internal` }).end();
    });
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
      kind: "rejected",
      status,
    });
    expect(elsewhere.received).toEqual([]);
    expect(await sender.send(targetOf(elsewhere.url), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
    expect(elsewhere.received).toHaveLength(1);
  },
);

test("a redirect to the metadata of a cloud is a rejection like any other", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
  });
  await using sender = createSender({ timeoutMs: 2_000 });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
    kind: "rejected",
    status: 302,
  });
});

test.each([
  [410, "120", 0, 120_000],
  [429, "0", 0, 0],
  [429, new Date(NOW + 90_000).toUTCString(), 0, 90_000],
  [503, new Date(NOW - 90_000).toUTCString(), 0, 0],
  [503, new Date(NOW + 3_690_000).toUTCString(), 3_600_000, 90_000],
  [503, new Date(NOW - 3_510_000).toUTCString(), -3_600_000, 90_000],
  [503, "soon", 0, undefined],
] as const)(
  "status %i with a Retry-After of %j by a clock that is %i ms ahead is a wish of %j ms",
  async (status, header, aheadMs, retryAfterMs) => {
    await using server = await startHttp((_request, response) => {
      const date = new Date(NOW + aheadMs).toUTCString();
      response.writeHead(status, { "retry-after": header, date }).end();
    });
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
      kind: "rejected",
      status,
      retryAfterMs,
      excerpt: "",
    });
  },
);

test("an endpoint that never answers is a timeout at the deadline, and not before", async () => {
  await using server = await startHttp(() => undefined);
  await using sender = createSender({ timeoutMs: 300 });
  const before = performance.now();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
    kind: "unreachable",
    errorClass: "timeout",
  });

  const tookMs = performance.now() - before;
  expect(tookMs).toBeGreaterThan(250);
  expect(tookMs).toBeLessThan(9_000);
  expect(server.received).toHaveLength(1);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("a port where nobody listens is a fault of connecting", async () => {
  await using sender = createSender();

  expect(await sender.send(targetOf(`http://127.0.0.1:${await closedPort()}/`), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    errorClass: "connect",
    detail: "127.0.0.1: ECONNREFUSED",
  });
});

const BROKEN_ANSWERS = {
  "is closed without an answer": ["", "broken_off"],
  "is closed in the status line": ["HTTP/1.1 200 OK", "broken_off"],
  "is closed in the head, with a body announced": [
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nx-",
    "broken_off",
  ],
  "is closed in the body": ["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx", "broken_off"],
  "is closed in a last body": [
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nx",
    "broken_off",
  ],
  "is closed in a chunk": ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nx", "broken_off"],
  "is closed in a last chunk": [
    "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n9\r\nx",
    "broken_off",
  ],
  "speaks no HTTP": ["SSH-2.0-OpenSSH_9.6\r\n", "bad_answer"],
  "has a chunk of no size": ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "bad_answer"],
  "has a head without end": [`HTTP/1.1 200 OK\r\n${"x-padding: 0123456789\r\n".repeat(4_000)}`, "bad_answer"],
} as const;

test("a connection that is reset is broken off", async () => {
  await using server = await startTcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    errorClass: "broken_off",
    detail: "ECONNRESET",
  });
});

test.each(Object.entries(BROKEN_ANSWERS))(
  "a connection that %s brings no answer",
  async (_how, [bytes, errorClass]) => {
    await using server = await startTcp((socket) => socket.once("data", () => socket.end(bytes)));
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
      kind: "unreachable",
      errorClass,
    });
  },
);

test.each([
  ["a header with a line break", { "x-team": "a\r\nb" }],
  ["a header that is the connection's", { "transfer-encoding": "chunked" }],
  ["a wrong length", { "content-length": "1" }],
])("%s is refused, and the receiver sees no request", async (_what, headers) => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using sender = createSender();

  expect(await sender.send(targetOf(server.url), { ...HEADERS, ...headers }, BODY)).toMatchObject({
    kind: "refused",
  });
  expect(server.received).toEqual([]);
});

test("an endpoint that hangs takes nothing from another one, and at most its own connections", async () => {
  await using hanging = await startHttp(() => undefined);
  await using healthy = await startHttp((_request, response) => response.writeHead(204).end());
  await using sender = createSender({ timeoutMs: 5_000 });
  let ended = 0;
  const stuck = Array.from(
    { length: 20 },
    async () =>
      await sender.send(targetOf(hanging.url, { id: "hanging" }), HEADERS, BODY).finally(() => (ended += 1)),
  );
  await expect.poll(() => hanging.received.length).toBe(4);
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async () => await sender.send(targetOf(healthy.url), HEADERS, BODY)),
  );

  expect(ended).toBe(0);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["delivered"]));
  expect(hanging.openSockets()).toBe(4);
  expect(
    new Set(
      (await Promise.all(stuck)).map((outcome) => outcome.kind === "unreachable" && outcome.errorClass),
    ),
  ).toEqual(new Set(["timeout"]));
});

describe("connections that are kept", () => {
  test("one connection carries requests one after the other", async () => {
    let connections = 0;
    await using server = await startTcp((socket) => {
      connections += 1;
      socket.on("data", () => socket.write(OK));
    });
    await using sender = createSender();
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ excerpt: "ok" });
    }

    expect(connections).toBe(1);
  });

  test("no request waits on a connection behind another one", async () => {
    let most = 0;
    await using server = await startHttp((_request, response) => {
      most = Math.max(most, server.openSockets());
      setImmediate(() => response.writeHead(204).end());
    });
    await using sender = createSender();
    await Promise.all(
      Array.from({ length: 12 }, async () => await sender.send(targetOf(server.url), HEADERS, BODY)),
    );

    expect(most).toBe(4);
    expect(server.received).toHaveLength(12);
  });

  test("a connection that is closed as we write is replaced, once, and the request goes out again", async () => {
    let connections = 0;
    const requests: string[] = [];
    await using server = await startTcp((socket) => {
      connections += 1;
      const first = connections === 1;
      let answered = 0;
      socket.on("data", (data) => {
        requests.push(data.toString());
        answered += 1;
        // The second request meets a connection that is going.
        if (first && answered === 2) socket.resetAndDestroy();
        else socket.write(OK);
      });
    });
    await using sender = createSender();

    expect(await sender.send(targetOf(server.url), HEADERS, "1")).toMatchObject({ kind: "delivered" });
    expect(await sender.send(targetOf(server.url), HEADERS, "2")).toMatchObject({ kind: "delivered" });
    expect(connections).toBe(2);
    expect(requests.map((request) => request.at(-1))).toEqual(["1", "2", "2"]);
  });

  test("a receiver that closes fresh connections too is not asked a third time", async () => {
    let requests = 0;
    await using server = await startTcp((socket) => {
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write(OK);
        else socket.destroy();
      });
    });
    await using sender = createSender();
    await sender.send(targetOf(server.url), HEADERS, BODY);

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
      errorClass: "broken_off",
    });
    expect(requests).toBe(3);
  });

  test("a used connection that ends after the first byte of an answer is not replaced", async () => {
    let requests = 0;
    await using server = await startTcp((socket) => {
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write(OK);
        else socket.end("H");
      });
    });
    await using sender = createSender();
    await sender.send(targetOf(server.url), HEADERS, BODY);

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({
      errorClass: "broken_off",
    });
    expect(requests).toBe(2);
  });

  test("a connection that the receiver closed while it was idle costs nothing", async () => {
    await using server = await startTcp((socket) => socket.once("data", () => socket.end(OK)));
    await using sender = createSender();
    await sender.send(targetOf(server.url), HEADERS, BODY);
    await expect.poll(() => server.openSockets()).toBe(0);

    expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  });

  test("a connection that the receiver closes right behind its answer costs nothing either", async () => {
    await using server = await startTcp((socket) => socket.once("data", () => socket.end(OK)));
    await using sender = createSender();
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
    }
  });

  test("a connection that has died between the look at it and the request is stale", async () => {
    await using server = await startTcp((socket) => socket.on("data", () => socket.write(OK)));
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const connection = createConnection(socket, NOW);
    const request = { path: "/", headers: HEADERS, body: BODY };
    const about = { signal: new AbortController().signal, nowMs: NOW };
    expect(await exchange(connection, "crm.test", request, { ...about, reused: false })).toMatchObject({
      kind: "answered",
    });
    socket.destroy();

    expect(await exchange(connection, "crm.test", request, { ...about, reused: true })).toEqual({
      kind: "stale",
    });
  });

  test("a connection of five minutes is not used again", async () => {
    let nowMs = NOW;
    let connections = 0;
    await using server = await startTcp((socket) => {
      connections += 1;
      socket.on("data", () => socket.write(OK));
    });
    await using sender = createSender({ now: () => nowMs });
    await sender.send(targetOf(server.url), HEADERS, BODY);
    nowMs += 4 * 60_000;
    await sender.send(targetOf(server.url), HEADERS, BODY);
    expect(connections).toBe(1);
    nowMs += 60_000;
    await sender.send(targetOf(server.url), HEADERS, BODY);

    expect(connections).toBe(2);
    await expect.poll(() => server.openSockets()).toBe(1);
  });

  test.each([
    ["URL", (target: CallbackTarget) => ({ ...target, url: `${target.url}/other` })],
    ["number of connections", (target: CallbackTarget) => ({ ...target, connections: 3 })],
    ["authority", (target: CallbackTarget) => ({ ...target, tls: { ca: "x" } })],
    ["certificate", (target: CallbackTarget) => ({ ...target, tls: { certificate: "x" } })],
    ["key", (target: CallbackTarget) => ({ ...target, tls: { key: "x" } })],
  ])("another %s means other connections, and a request under way is left to end", async (_what, change) => {
    const held: (() => void)[] = [];
    await using server = await startHttp(({ body }, response) => {
      if (body === "held") held.push(() => response.writeHead(204).end());
      else response.writeHead(204).end();
    });
    await using sender = createSender();
    const target = targetOf(server.url);
    await sender.send(target, HEADERS, BODY);
    const underWay = sender.send(target, HEADERS, "held");
    await expect.poll(() => held.length).toBe(1);

    // One idle connection, of those that go.
    await sender.send(target, HEADERS, BODY);
    expect(server.openSockets()).toBe(2);
    expect(await sender.send(change(target), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
    await expect.poll(() => server.openSockets()).toBe(2);
    for (const end of held) end();
    expect(await underWay).toMatchObject({ kind: "delivered" });
    await expect.poll(() => server.openSockets()).toBe(1);
  });

  test("the connections of a target that nobody calls any more are closed", async () => {
    let nowMs = NOW;
    await using server = await startHttp((_request, response) => response.writeHead(204).end());
    await using sender = createSender({ now: () => nowMs });
    await sender.send(targetOf(server.url, { id: "gone" }), HEADERS, BODY);
    nowMs += 4 * 60_000;
    await sender.send(targetOf(server.url, { id: "new" }), HEADERS, BODY);
    expect(server.openSockets()).toBe(2);
    nowMs += 60_000;
    await sender.send(targetOf(server.url, { id: "new" }), HEADERS, BODY);

    await expect.poll(() => server.openSockets()).toBe(1);
  });
});

test("a disposed sender closes its connections, and ends what is under way without blaming the receiver", async () => {
  await using server = await startHttp(({ url }, response) => {
    if (url !== "/held") response.writeHead(204).end();
  });
  const sender = createSender();
  await sender.send(targetOf(server.url), HEADERS, BODY);
  const underWay = sender.send(targetOf(`${server.url}/held`, { id: "held" }), HEADERS, BODY);
  await expect.poll(() => server.received.length).toBe(2);
  expect(server.openSockets()).toBe(2);

  await sender[Symbol.asyncDispose]();

  await expect.poll(() => server.openSockets()).toBe(0);
  const stopped = { kind: "own_fault", errorClass: "no_network", detail: "the service is stopping" };
  expect(await underWay).toEqual(stopped);
  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual(stopped);
});
