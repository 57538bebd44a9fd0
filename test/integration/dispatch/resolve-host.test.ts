import { once } from "node:events";
import { createSocket } from "node:dgram";
import { expect, test } from "vitest";

import { type HostResolver, createHostResolver } from "../../../src/dispatch/http/resolve-host.ts";
import { type DnsReply, startDnsServer } from "../../support/dns-server.ts";

const NEVER = new AbortController().signal;

function createResolver(
  server: string,
  more: Partial<Parameters<typeof createHostResolver>[0]> = {},
): HostResolver {
  const lookup = async (): Promise<readonly string[]> => await fail("ENOTFOUND");
  return createHostResolver({ servers: [server], timeoutMs: 5_000, lookup, ...more });
}

async function fail(code: string): Promise<never> {
  return await Promise.reject(Object.assign(new Error(code), { code }));
}

test("a name has the addresses of both families, in turns", async () => {
  await using server = await startDnsServer(({ type }) =>
    type === "A" ? ["192.0.2.1", "192.0.2.2", "192.0.2.3"] : ["2001:db8::1", "2001:db8::2"],
  );

  expect(await createResolver(server.address).resolve("crm.test", NEVER)).toEqual({
    kind: "addresses",
    addresses: ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "192.0.2.3"],
  });
});

test("each question goes out anew, whatever time the last answer was to live", async () => {
  await using server = await startDnsServer(({ type, times }) =>
    type === "A" ? [`192.0.2.${times + 1}`] : [],
  );
  const resolver = createResolver(server.address);

  expect(await resolver.resolve("crm.test", NEVER)).toMatchObject({ addresses: ["192.0.2.1"] });
  expect(await resolver.resolve("crm.test", NEVER)).toMatchObject({ addresses: ["192.0.2.2"] });
});

test.each<[string, DnsReply, string]>([
  ["does not exist", "NXDOMAIN", "ENOTFOUND"],
  ["has no address", [], "ENODATA"],
  ["has name servers that fail", "SERVFAIL", "ESERVFAIL"],
])("a name that %s leads nowhere", async (_what, reply, code) => {
  await using server = await startDnsServer(() => reply);

  expect(await createResolver(server.address).resolve("crm.test", NEVER)).toEqual({
    kind: "none",
    detail: expect.stringContaining(code),
  });
});

test.each<["A" | "AAAA", string]>([
  ["A", "192.0.2.1"],
  ["AAAA", "2001:db8::1"],
])("a name is found by its %s records though the other kind fails", async (kind, address) => {
  await using server = await startDnsServer(({ type }) => (type === kind ? [address] : "SERVFAIL"));

  expect(await createResolver(server.address).resolve("crm.test", NEVER)).toEqual({
    kind: "addresses",
    addresses: [address],
  });
});

test("a family that says nothing does not hold up the other for long", async () => {
  await using server = await startDnsServer(({ type }) => (type === "A" ? ["192.0.2.1"] : "silence"));
  const before = performance.now();

  expect(await createResolver(server.address).resolve("crm.test", NEVER)).toMatchObject({
    addresses: ["192.0.2.1"],
  });
  expect(performance.now() - before).toBeLessThan(9_000);
});

test("name servers that say nothing are given up at the deadline", async () => {
  await using server = await startDnsServer(() => "silence");
  const before = performance.now();

  expect(await createResolver(server.address, { timeoutMs: 300 }).resolve("crm.test", NEVER)).toEqual({
    kind: "none",
    detail: expect.stringContaining("ETIMEOUT"),
  });
  expect(performance.now() - before).toBeLessThan(9_000);
});

test("a question ends when its signal fires, before or after it was asked", async () => {
  await using server = await startDnsServer(() => "silence");
  const stop = new AbortController();
  const resolver = createResolver(server.address);
  const resolving = resolver.resolve("crm.test", stop.signal);
  await expect.poll(() => server.questions.length).toBeGreaterThan(0);
  stop.abort();

  expect(await resolving).toMatchObject({ kind: "none" });
  expect(await resolver.resolve("crm.test", stop.signal)).toMatchObject({ kind: "none" });
});

test("name servers that cannot be reached are a fault of our own", async () => {
  const closed = await closedUdpPort();

  expect(await createResolver(`127.0.0.1:${closed}`).resolve("crm.test", NEVER)).toEqual({
    kind: "own_fault",
    detail: expect.stringContaining("ECONNREFUSED"),
  });
});

test.each([
  ["the name servers do not know it", "server"],
  ["no name server can be reached", "none"],
])("the hosts file counts where %s", async (_when, which) => {
  await using server = await startDnsServer(() => "NXDOMAIN");
  const servers = which === "server" ? server.address : `127.0.0.1:${await closedUdpPort()}`;
  const lookup = async (host: string): Promise<string[]> =>
    await Promise.resolve(host === "crm" ? ["10.0.0.5"] : []);

  expect(await createResolver(servers, { lookup }).resolve("crm", NEVER)).toEqual({
    kind: "addresses",
    addresses: ["10.0.0.5"],
  });
});

test("the hosts file is not asked where the name servers have answered", async () => {
  await using server = await startDnsServer(({ type }) => (type === "A" ? ["192.0.2.1"] : []));
  const lookup = async (): Promise<string[]> => await Promise.resolve(["10.0.0.5"]);

  expect(await createResolver(server.address, { lookup }).resolve("crm.test", NEVER)).toMatchObject({
    addresses: ["192.0.2.1"],
  });
});

test("localhost is asked of this machine and of no name server", async () => {
  await using server = await startDnsServer(() => ["192.0.2.1"]);
  const resolver = createHostResolver({ servers: [server.address], timeoutMs: 5_000 });
  const found = await resolver.resolve("localhost", NEVER);

  expect(found.kind === "addresses" ? found.addresses : found).toContain("127.0.0.1");
  expect(server.questions).toEqual([]);
});

test("lookups that hang take two threads at most, and end for the asker at the deadline", async () => {
  await using server = await startDnsServer(() => "NXDOMAIN");
  const started: string[] = [];
  const hang: (() => void)[] = [];
  const lookup = async (host: string): Promise<string[]> => {
    started.push(host);
    await new Promise<void>((resolve) => hang.push(resolve));
    return ["10.0.0.5"];
  };
  const resolver = createResolver(server.address, { lookup, timeoutMs: 300 });
  const found = await Promise.all(
    ["a", "b", "c", "d"].map(async (host) => await resolver.resolve(host, NEVER)),
  );

  expect(found.map(({ kind }) => kind)).toEqual(["none", "none", "none", "none"]);
  expect(started).toHaveLength(2);
  for (const end of hang) end();
  const after = resolver.resolve("e", NEVER);
  await expect.poll(() => started).toContain("e");
  for (const end of hang) end();
  expect(await after).toMatchObject({ addresses: ["10.0.0.5"] });
});

test("a name server that is not an address is found at once", () => {
  expect(() => createResolver("dns.example")).toThrow(/Invalid IP address/);
});

async function closedUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
