import { expect, test } from "vitest";

import { type CallbackSender, createCallbackSender } from "../../../src/dispatch/send-callback.ts";
import { startReceiver } from "../../../src/sandbox/receiver.ts";
import { Secret } from "../../../src/config/secret.ts";
import { signatureHeaders } from "../../../src/dispatch/sign.ts";
import { closedPort, startHttp, startHttps, startTcp } from "../../support/local-servers.ts";
import { SECRET } from "../../support/test-config.ts";

const NOW = Date.parse("2026-11-22T03:15:00Z");
const HEADERS = { "webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,x" };
const BODY = '{"type":"patient.updated","data":{"first_name":"Zoë 李"}}';

function createSender(timeoutMs = 10_000): CallbackSender {
  return createCallbackSender({ timeoutMs, now: () => NOW });
}

test("a callback is one POST of the very bytes, with its headers", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(204).end();
  });
  await using sender = createSender();

  expect(await sender.send(`${server.url}/hooks/cliniko?team=7#part`, HEADERS, BODY)).toEqual({
    kind: "delivered",
    status: 204,
  });

  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    method: "POST",
    url: "/hooks/cliniko?team=7",
    body: BODY,
    headers: {
      ...HEADERS,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(BODY)),
      "user-agent": "cliniko-webhooks",
    },
  });
});

test("a subscriber's verifier accepts what arrives", async () => {
  await using receiver = await startReceiver({ secret: SECRET });
  await using sender = createSender();
  const headers = signatureHeaders(new Secret(SECRET), "evt_1", Math.floor(Date.now() / 1_000), BODY);

  expect(await sender.send(receiver.url, headers, BODY)).toMatchObject({ kind: "delivered" });
  expect(receiver.callbacks).toMatchObject([{ webhookId: "evt_1", body: BODY }]);
  expect(await sender.send(receiver.url, headers, `${BODY} `)).toMatchObject({
    kind: "rejected",
    status: 401,
  });
});

test.each([200, 201, 202, 204, 299])("status %i is a delivery", async (status) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(status).end();
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "delivered", status });
});

test.each([304, 400, 401, 404, 410, 422, 429, 500, 502, 503])("status %i is a rejection", async (status) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(status).end();
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({
    kind: "rejected",
    status,
    retryAfterMs: undefined,
  });
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) is a rejection, and the place that it names sees nothing",
  async (status) => {
    await using elsewhere = await startHttp((_request, response) => {
      response.writeHead(204).end();
    });
    await using server = await startHttp((_request, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/internal` }).end();
    });
    await using sender = createSender();

    expect(await sender.send(server.url, HEADERS, BODY)).toMatchObject({ kind: "rejected", status });
    expect(elsewhere.received).toEqual([]);
    expect(await sender.send(elsewhere.url, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
    expect(elsewhere.received).toHaveLength(1);
  },
);

test.each([
  ["0", 0],
  ["120", 120_000],
  [new Date(NOW + 90_000).toUTCString(), 90_000],
  [new Date(NOW - 90_000).toUTCString(), 0],
  ["soon", undefined],
  [`1${"0".repeat(310)}`, undefined],
] as const)("a Retry-After of %j is a wish of %j ms", async (header, retryAfterMs) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(503, { "retry-after": header }).end();
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({
    kind: "rejected",
    status: 503,
    retryAfterMs,
  });
});

test.each(["-5", "1.5", "5 minutes"])("a Retry-After of %j asks for no patience", async (header) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(503, { "retry-after": header }).end();
  });
  await using sender = createSender();
  const outcome = await sender.send(server.url, HEADERS, BODY);

  expect(outcome.kind === "rejected" ? (outcome.retryAfterMs ?? 0) : outcome).toBe(0);
});

test.each([
  [200, "delivered"],
  [500, "rejected"],
] as const)("an answer of %i with 10 MB is cut off, and counts by its status", async (status, kind) => {
  const chunk = Buffer.alloc(65_536, "x");
  let sent = 0;
  await using server = await startTcp((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 ${status} OK\r\ncontent-length: ${160 * chunk.length}\r\n\r\n`);
      const pump = (): void => {
        while (!socket.destroyed && sent < 160) {
          sent += 1;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on("drain", pump);
      pump();
    });
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toMatchObject({ kind, status });
  await expect.poll(() => server.openSockets()).toBe(0);
  expect(sent).toBeLessThan(160);
});

test("an answer within the limit is read to its end, so that the connection can be used again", async () => {
  let connections = 0;
  await using server = await startTcp((socket) => {
    connections += 1;
    socket.on("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 16000\r\n\r\n${"x".repeat(16_000)}`);
    });
  });
  await using sender = createSender();
  for (let attempt = 0; attempt < 10; attempt++) {
    expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "delivered", status: 200 });
  }

  expect(connections).toBeLessThan(10);
});

test("an endpoint that never answers is a timeout at the deadline, and not before", async () => {
  await using server = await startHttp(() => undefined);
  await using sender = createSender(300);
  const before = performance.now();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "unreachable", fault: "timeout" });

  const tookMs = performance.now() - before;
  expect(tookMs).toBeGreaterThan(250);
  expect(tookMs).toBeLessThan(3_000);
  expect(server.received).toHaveLength(1);
});

test.each([
  ["stands still", 0],
  ["drips for ever", 20],
])("an answer whose body %s is a timeout, though its status came", async (_how, everyMs) => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(200).write("x");
    const timer = everyMs > 0 ? setInterval(() => response.write("x"), everyMs) : undefined;
    response.on("close", () => {
      clearInterval(timer);
    });
  });
  await using sender = createSender(300);
  const before = performance.now();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "unreachable", fault: "timeout" });
  expect(performance.now() - before).toBeLessThan(3_000);
  await expect.poll(() => server.openSockets()).toBe(0);
});

test("a port where nobody listens is a fault of connecting", async () => {
  await using sender = createSender();
  const url = `http://127.0.0.1:${await closedPort()}/`;

  expect(await sender.send(url, HEADERS, BODY)).toEqual({ kind: "unreachable", fault: "connect" });
});

test.each([
  ["is reset", "reset"],
  ["is closed without an answer", ""],
  ["is closed in the head", "HTTP/1.1 200 OK\r\ncontent-"],
  ["is closed in the body", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx"],
  ["speaks no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
])("a connection that %s is broken off", async (_how, bytes) => {
  await using server = await startTcp((socket) => {
    socket.once("data", () => {
      if (bytes === "reset") socket.resetAndDestroy();
      else socket.end(bytes);
    });
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "unreachable", fault: "broken_off" });
});

test("a certificate that nobody vouches for is a fault of TLS, and the body is not sent", async () => {
  await using server = await startHttps((_request, response) => {
    response.writeHead(204).end();
  });
  await using sender = createSender();

  expect(await sender.send(server.url, HEADERS, BODY)).toEqual({ kind: "unreachable", fault: "tls" });
  expect(server.received).toEqual([]);
});

test("a server that speaks no TLS on an https address is a fault of TLS", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(204).end();
  });
  await using sender = createSender();

  expect(await sender.send(server.url.replace("http:", "https:"), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    fault: "tls",
  });
  expect(server.received).toEqual([]);
});

test("a name under .invalid is a fault of DNS", async () => {
  await using sender = createSender();

  expect(await sender.send("https://crm.invalid/hooks", HEADERS, BODY)).toEqual({
    kind: "unreachable",
    fault: "dns",
  });
});

test("what cannot be sent at all does not reject either", async () => {
  await using sender = createSender();

  expect(await sender.send("not a URL", HEADERS, BODY)).toMatchObject({ kind: "unreachable" });
  expect(await sender.send("http://127.0.0.1/", { "webhook-id": "a\nb" }, BODY)).toMatchObject({
    kind: "unreachable",
  });
});

test("an endpoint that hangs takes nothing from another one", async () => {
  await using hanging = await startHttp(() => undefined);
  await using healthy = await startHttp((_request, response) => {
    response.writeHead(204).end();
  });
  await using sender = createSender(1_200);
  const stuck = Array.from({ length: 20 }, async () => await sender.send(hanging.url, HEADERS, BODY));
  await expect.poll(() => hanging.received.length).toBe(16);
  const before = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async () => await sender.send(healthy.url, HEADERS, BODY)),
  );

  expect(performance.now() - before).toBeLessThan(1_000);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["delivered"]));
  expect(new Set((await Promise.all(stuck)).map((outcome) => JSON.stringify(outcome)))).toEqual(
    new Set(['{"kind":"unreachable","fault":"timeout"}']),
  );
});

test("a disposed sender closes its connections", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(204).end();
  });
  const sender = createSender();
  await sender.send(server.url, HEADERS, BODY);
  expect(server.openSockets()).toBe(1);

  await sender[Symbol.asyncDispose]();

  await expect.poll(() => server.openSockets()).toBe(0);
  expect(await sender.send(server.url, HEADERS, BODY)).toMatchObject({ kind: "unreachable" });
});
