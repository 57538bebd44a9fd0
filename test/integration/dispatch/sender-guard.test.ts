import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";

import { type DnsReply, startDnsServer } from "../../support/dns-server.ts";
import { type RecordingServer, closedPort, startHttp } from "../../support/local-servers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";

async function startOk(): Promise<RecordingServer> {
  return await startHttp((_request, response) => response.writeHead(204).end());
}

test.each([
  "http://127.0.0.1",
  "http://2130706433",
  "http://[::1]",
  "http://[::ffff:127.0.0.1]",
  "http://localhost",
])("%s, with the port of a server that listens, is refused where no range is allowed", async (origin) => {
  await using server = await startOk();
  await using sender = createSender({ ranges: [] });

  expect(await sender.send(targetOf(`${origin}:${server.port}/`), HEADERS, BODY)).toMatchObject({
    kind: "refused",
  });
  expect(server.received).toEqual([]);
  await using allowed = createSender();
  expect(await allowed.send(targetOf(`${server.url}/`), HEADERS, BODY)).toMatchObject({ kind: "delivered" });
});

test.each(["not a URL", "ftp://127.0.0.1/", "http://127.0.0.1:22/"])("%s is refused", async (url) => {
  await using sender = createSender();

  expect(await sender.send(targetOf(url), HEADERS, BODY)).toMatchObject({ kind: "refused" });
});

const ANSWERS: readonly (readonly [what: string, a: DnsReply, aaaa: DnsReply, kind: string])[] = [
  ["an allowed address", ["127.0.0.1"], [], "delivered"],
  ["a private address", ["10.0.0.1"], [], "refused"],
  ["an allowed and a private address", ["127.0.0.1", "10.0.0.1"], [], "refused"],
  ["an allowed and a private address of the other family", ["127.0.0.1"], ["fd00::1"], "refused"],
  ["an allowed address and itself in disguise", ["127.0.0.1"], ["::ffff:127.0.0.1"], "refused"],
  ["an allowed address beside metadata", ["127.0.0.1", "169.254.169.254"], [], "refused"],
  [
    "an allowed address, far down a list of others",
    ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"],
    [],
    "refused",
  ],
];

test.each(ANSWERS)("a name with %s: %j, %j is %s", async (_what, a, aaaa, kind) => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? a : aaaa));
  await using server = await startOk();
  await using sender = createSender({ dns: dns.address });

  expect(await sender.send(targetOf(`http://crm.test:${server.port}/`), HEADERS, BODY)).toMatchObject({
    kind,
  });
  expect(server.received).toHaveLength(kind === "delivered" ? 1 : 0);
});

test("a name that flips after the check reaches what was checked: it is asked once", async () => {
  await using server = await startOk();
  await using dns = await startDnsServer(({ type, times }) => {
    if (type === "AAAA") return [];
    return times === 0 ? ["127.0.0.1"] : ["127.0.0.2"];
  });
  await using other = await listenOn("127.0.0.2", server.port);
  await using sender = createSender({ dns: dns.address });
  const target = targetOf(`http://crm.test:${server.port}/`);

  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(dns.questions.filter(({ type }) => type === "A")).toHaveLength(1);
  expect(server.received).toHaveLength(2);
  expect(other.connections()).toBe(0);
});

test("a name that has flipped is refused at the next connection, though something listens there", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(204, { connection: "close" }).end();
  });
  await using dns = await startDnsServer(({ type, times }) => {
    if (type === "AAAA") return [];
    return times === 0 ? ["127.0.0.1"] : ["127.0.0.2"];
  });
  await using other = await listenOn("127.0.0.2", server.port);
  await using sender = createSender({ dns: dns.address });
  const target = targetOf(`http://crm.test:${server.port}/`);

  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(await sender.send(target, HEADERS, BODY)).toEqual({
    kind: "refused",
    detail:
      '127.0.0.2 is loopback; a receiver of your own is opened by delivery.allow_private: ["127.0.0.2/32"]',
  });
  expect(other.connections()).toBe(0);
});

test("the twin of it: with both addresses allowed, the flip is followed", async () => {
  await using server = await startHttp((_request, response) => {
    response.writeHead(204, { connection: "close" }).end();
  });
  await using dns = await startDnsServer(({ type, times }) => {
    if (type === "AAAA") return [];
    return times === 0 ? ["127.0.0.1"] : ["127.0.0.2"];
  });
  await using other = await listenOn("127.0.0.2", server.port);
  await using sender = createSender({ dns: dns.address, ranges: ["127.0.0.0/30"] });
  const target = targetOf(`http://crm.test:${server.port}/`);
  await sender.send(target, HEADERS, BODY);
  await sender.send(target, HEADERS, BODY);

  expect(other.connections()).toBe(1);
});

test("the Host header carries the name, not the address", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.1"] : []));
  await using server = await startOk();
  await using sender = createSender({ dns: dns.address });
  await sender.send(targetOf(`http://bücher.test:${server.port}/`), HEADERS, BODY);

  expect(server.received[0]?.headers.host).toBe(`xn--bcher-kva.test:${server.port}`);
});

test("an internal name reaches an allowed address", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.1"] : []));
  await using server = await startOk();
  await using sender = createSender({ dns: dns.address });

  expect(await sender.send(targetOf(`http://crm.internal:${server.port}/`), HEADERS, BODY)).toMatchObject({
    kind: "delivered",
  });
});

test("an address where nobody listens does not kill the attempt: the next one is dialled", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.2", "127.0.0.1"] : ["::1"]));
  await using server = await startOk();
  await using sender = createSender({ dns: dns.address, ranges: ["127.0.0.0/8", "::1"] });

  expect(await sender.send(targetOf(`http://crm.test:${server.port}/`), HEADERS, BODY)).toMatchObject({
    kind: "delivered",
  });
});

test("where no address answers, each is named", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.2", "127.0.0.3"] : []));
  await using sender = createSender({ dns: dns.address, ranges: ["127.0.0.0/8"] });

  expect(await sender.send(targetOf(`http://crm.test:${await closedPort()}/`), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    errorClass: "connect",
    detail: expect.stringMatching(/^127\.0\.0\.[23]: ECONNREFUSED, 127\.0\.0\.[23]: ECONNREFUSED$/),
  });
});

test.each<[DnsReply, string]>([
  ["NXDOMAIN", "no such name (ENOTFOUND)"],
  ["SERVFAIL", "its name servers do not know (ESERVFAIL)"],
  [[], "the name has no address (ENODATA)"],
])("a name server's %j is a fault of DNS", async (reply, detail) => {
  await using dns = await startDnsServer(() => reply);
  await using sender = createSender({ dns: dns.address });

  expect(await sender.send(targetOf("https://crm.test/"), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    errorClass: "dns",
    detail,
  });
});

test("the deadline covers the name: a silent name server is a fault of DNS", async () => {
  await using dns = await startDnsServer(() => "silence");
  await using sender = createSender({ dns: dns.address, timeoutMs: 300 });
  const before = performance.now();

  expect(await sender.send(targetOf("https://crm.test/"), HEADERS, BODY)).toMatchObject({
    errorClass: "dns",
  });
  expect(performance.now() - before).toBeLessThan(9_000);
});

test("name servers that cannot be reached are our own fault", async () => {
  await using sender = createSender({ dns: "127.0.0.1:9" });

  expect(await sender.send(targetOf("https://crm.test/"), HEADERS, BODY)).toMatchObject({
    kind: "own_fault",
    errorClass: "no_network",
  });
});

interface Listener extends AsyncDisposable {
  /** How many there have been. */
  readonly connections: () => number;
}

/** A second listener on the same port, at another address of this machine. */
async function listenOn(host: string, port: number): Promise<Listener> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"));
    socket.on("error", () => undefined);
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
