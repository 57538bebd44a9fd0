import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "vitest";

import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type Connections,
  createConnections,
} from "../../../src/ops/connections.ts";
import { type OpsServer, startOpsServer } from "../../../src/ops/ops-server.ts";
import { type AdminSetup, openAdmin } from "../../support/admin-setup.ts";
import { test } from "../../support/redis-test.ts";
import { openUnread, requestLine } from "../../support/unread-socket.ts";

/** Far less than one such answer for each request that was sent would be. */
const MOST_BUFFERED = 2 * 1_024 * 1_024;

interface Setup extends AsyncDisposable {
  readonly url: string;
  readonly admin: AdminSetup;
  /** The server's end of every connection so far. */
  readonly sockets: readonly Socket[];
  /** Bytes that the server holds for connections now. */
  buffered(): number;
}

async function setUp(
  address: Parameters<typeof openAdmin>[0]["address"],
  prefix: string,
  connections: Partial<ConnectionLimits> = {},
): Promise<Setup> {
  const admin = await openAdmin({ address, prefix });
  const folder = await mkdtemp(join(tmpdir(), "cw-dashboard-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html>".padEnd(500_000));
  await writeFile(join(folder, "assets", "index-a1b2c3.js"), randomBytes(500_000));
  const server: OpsServer = await startOpsServer({
    host: "127.0.0.1",
    port: 0,
    token: undefined,
    metrics: { render: async () => "", signInFailed: () => undefined },
    queues: admin.base.queues,
    now: Date.now,
    notReady: async () => undefined,
    dashboardFolder: folder,
    connections,
    api: {
      base: admin.base,
      watch: { wait: async () => await delay(60_000, undefined, { ref: false }) },
      test: async () => await Promise.reject(new Error("nothing is tested here")),
      requestsPerMinute: 1_000_000,
    },
  });
  const port = Number(new URL(server.url).port);
  const sockets: Socket[] = [];
  const note = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort === port) sockets.push(socket);
  };
  subscribe("net.server.socket", note);
  return {
    url: server.url,
    admin,
    sockets,
    buffered: () => sockets.reduce((sum, { writableLength }) => sum + writableLength, 0),
    async [Symbol.asyncDispose]() {
      unsubscribe("net.server.socket", note);
      await server[Symbol.asyncDispose]();
      await admin[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Reads what is answered to these bytes until the server ends the connection, or `enough` says so. */
async function read(url: string, bytes: string, enough: (text: string) => boolean): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.write(bytes);
  for await (const part of socket) {
    text += String(part);
    if (enough(text)) break;
  }
  return text;
}

const HTML = "accept: text/html\r\n";
/** Everything that can be asked without a token, and what is said to who asks for the rest. */
const OPEN: readonly (readonly [string, string, string?])[] = [
  ["GET", "/health/live"],
  ["GET", "/health/ready"],
  ["GET", "/v1/openapi.json"],
  ["GET", "/v1/openapi.json", "accept-encoding: br\r\n"],
  ["HEAD", "/v1/openapi.json"],
  ["GET", "/v1/openapi.json", 'if-none-match: "x"\r\n'],
  ["GET", "/ops/", HTML],
  ["GET", "/ops/endpoints/crm", HTML],
  ["GET", "/ops/assets/index-a1b2c3.js"],
  ["GET", "/ops/assets/none.js"],
  ["GET", "/"],
  ["POST", "/ops/session", "content-length: 2\r\ncontent-type: application/json\r\n\r\n{}"],
  ["DELETE", "/ops/session"],
  ["GET", "/v1/me"],
  ["GET", "/v1/feed?wait=30s"],
  ["GET", "/v1/event-types"],
  ["GET", "/metrics"],
  ["GET", "/ops/queues", HTML],
  ["GET", "/nowhere"],
  ["OPTIONS", "/v1/me"],
  ["GET", "/%zz"],
];

test.for(OPEN)(
  "who floods %s %s and reads nothing is ended, and costs little",
  async ([method, path, headers], { address, prefix }) => {
    await using ops = await setUp(address, prefix);
    const callers = Array.from({ length: 2 }, () => openUnread(ops.url));
    const request = requestLine(method, path, headers?.replace(/\r\n\r\n\{\}$/, "\r\n")).concat(
      headers?.endsWith("{}") ? "{}" : "",
    );
    for (const caller of callers) caller.flood(request.repeat(400));
    let most = 0;
    await expect
      .poll(
        () => {
          most = Math.max(most, ops.buffered());
          return ops.sockets.length === 2 && ops.sockets.every(({ destroyed }) => destroyed);
        },
        { timeout: 100_000, interval: 5 },
      )
      .toBe(true);
    for (const caller of callers) caller[Symbol.dispose]();

    expect(most).toBeLessThan(MOST_BUFFERED);
    // The twin: who reads is answered.
    const answer = await read(ops.url, request, (text) => text.includes("\r\n\r\n"));
    expect(answer).toMatch(/^HTTP\/1\.1 [234]/);
  },
);

test("an answer that is not taken in time ends its connection, and one that is taken slowly does not", async ({
  address,
  prefix,
}) => {
  await using ops = await setUp(address, prefix, { answerMs: 400, bytesPerSecond: 1e9 });
  using unread = openUnread(ops.url);
  // As many as may be sent ahead, of what the system does not take all at once.
  unread.socket.write(requestLine("GET", "/v1/openapi.json").repeat(CONNECTION_LIMITS.mostAhead));
  await expect
    .poll(() => ops.sockets.length === 1 && ops.sockets.every(({ destroyed }) => destroyed), {
      timeout: 100_000,
    })
    .toBe(true);

  // The twin: as many, taken one by one, in the time that a slow machine needs.
  await using patient = await setUp(address, `${prefix}p`, { answerMs: 60_000, bytesPerSecond: 1e9 });
  const requests = requestLine("GET", "/v1/openapi.json").repeat(CONNECTION_LIMITS.mostAhead);
  const last = requestLine("GET", "/health/live", "connection: close\r\n");
  const text = await read(patient.url, requests + last, () => false);
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(CONNECTION_LIMITS.mostAhead + 1);
  expect(text).toMatch(/\{"status":"live"\}$/);
});

test("of a thousand requests that come in one piece no more are made than may be sent ahead", async ({
  address,
  prefix,
}) => {
  await using ops = await setUp(address, prefix);
  let made = 0;
  const note = (message: unknown): void => {
    const { request } = message as { request: { socket: Socket } };
    if (ops.sockets.includes(request.socket)) made += 1;
  };
  subscribe("http.server.request.start", note);
  using caller = openUnread(ops.url);
  caller.socket.write(requestLine("GET", "/v1/openapi.json").repeat(1_000));
  await expect
    .poll(() => ops.sockets.length === 1 && ops.sockets.every(({ destroyed }) => destroyed), {
      timeout: 100_000,
    })
    .toBe(true);
  unsubscribe("http.server.request.start", note);

  expect(made).toBeLessThanOrEqual(1 + CONNECTION_LIMITS.mostAhead);
  // Who asks for another protocol is answered in this one, as ever.
  const upgrade = requestLine("GET", "/health/live", "connection: upgrade\r\nupgrade: websocket\r\n");
  expect(await read(ops.url, upgrade, (text) => text.includes("live"))).toMatch(/^HTTP\/1\.1 200 OK/);
});

test("a request that is sent ahead is not begun before the answer before it has been taken", async ({
  address,
  prefix,
}) => {
  await using ops = await setUp(address, prefix);
  const { secret } = await ops.admin.base.tokens.create({ name: "x", role: "viewer", sensitive: false });
  const poll = requestLine("GET", "/v1/feed?from=now&wait=30s", `authorization: Bearer ${secret}\r\n`);
  const begun: string[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { request: { url: string } };
    begun.push(request.url);
  };
  subscribe("http.server.response.finish", note);
  using caller = openUnread(ops.url);
  caller.socket.write(poll + requestLine("GET", "/health/live"));
  // Another connection is not kept waiting by it.
  await expect.poll(() => ops.sockets.length).toBe(1);
  await read(ops.url, requestLine("GET", "/health/ready"), (text) => text.includes("ready"));
  unsubscribe("http.server.response.finish", note);

  expect(begun).toEqual(["/health/ready"]);
});

interface Bare extends AsyncDisposable {
  readonly connections: Connections;
  readonly server: Server;
  readonly open: () => Promise<Socket>;
  /** How many the server has now. */
  readonly count: () => Promise<number>;
}

/** Requests to `/hold` are not answered; those to `/known` are held for somebody known. */
async function bareServer(limits: Partial<ConnectionLimits>, proxies: readonly string[] = []): Promise<Bare> {
  const connections = createConnections(Date.now, { ...CONNECTION_LIMITS, ...limits }, proxies);
  const server = createServer()
    .on("connection", (socket) => connections.opened(socket))
    .on("request", (request, response) => {
      connections.take(request, response, () => {
        if (request.url === "/known") connections.vouchFor(request.socket);
        if (request.url === "/known") response.writeProcessing();
        if (request.url === "/free") response.end("free");
      });
    });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const opened: Socket[] = [];
  return {
    connections,
    server,
    async open() {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      opened.push(socket);
      await once(socket, "connect");
      return socket.resume();
    },
    count: async () =>
      await new Promise((resolve) => {
        server.getConnections((_error, count) => resolve(count));
      }),
    async [Symbol.asyncDispose]() {
      connections[Symbol.dispose]();
      for (const socket of opened) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function ended(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, "close");
}

test.for(["mostOfAddress", "most"] as const)(
  "beyond %s the connection that has stood idle the longest ends, and none that works for somebody known",
  async (limit) => {
    await using bare = await bareServer({ [limit]: 3 });
    const working = await bare.open();
    working.write(requestLine("GET", "/known"));
    await once(working, "data");
    const others: Socket[] = [];
    for (let index = 0; index < 5; index += 1) {
      const socket = await bare.open();
      socket.write(requestLine("GET", "/free"));
      await once(socket, "data");
      others.push(socket);
    }
    const kept = limit === "most" ? 2 : 3;
    await Promise.all(others.slice(0, others.length - kept).map(ended));

    expect([working, ...others.slice(-kept)].map(({ destroyed }) => destroyed)).not.toContain(true);
    expect(await bare.count()).toBe(kept + 1);
  },
);

test("a trusted proxy may have as many as all together, and another address may not", async () => {
  for (const [proxies, count] of [
    [["127.0.0.0/8"], 5],
    [["10.0.0.0/8"], 3],
  ] as const) {
    await using bare = await bareServer({ mostOfAddress: 3 }, proxies);
    for (let index = 0; index < 5; index += 1) {
      const socket = await bare.open();
      socket.write(requestLine("GET", "/free"));
      await once(socket, "data");
    }
    await expect.poll(bare.count).toBe(count);
  }
});

test("whoever holds all that an address may have for nobody known gives way to the next", async () => {
  await using bare = await bareServer({ mostOfAddress: 3 });
  const holders: Socket[] = [];
  for (let index = 0; index < 3; index += 1) {
    const socket = await bare.open();
    socket.write(requestLine("GET", "/hold"));
    holders.push(socket);
  }
  const next = await bare.open();
  next.write(requestLine("GET", "/free"));
  const [answer] = (await once(next, "data")) as [Buffer];

  expect(String(answer)).toContain("free");
  await Promise.race(holders.map(ended));
});
