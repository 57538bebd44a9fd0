import { expect, test } from "vitest";

import { ConfigError } from "../../../src/shared/errors.ts";
import { startConnectProxy } from "../../support/connect-proxy.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import { closedPort, startHttp } from "../../support/local-servers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";
import { pem, startTlsReceiver } from "../../support/tls-servers.ts";

const TLS = { ca: pem("ca.pem") };

test("through a proxy, TLS is ours to the receiver, and the proxy is told the vetted address and no name", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.1"] : []));
  await using server = await startTlsReceiver("receiver");
  await using proxy = await startConnectProxy();
  await using sender = createSender({ dns: dns.address, proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
  const target = targetOf(`https://receiver.test:${server.port}/`, { tls: TLS });

  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(proxy.asked).toEqual([
    {
      authority: `127.0.0.1:${server.port}`,
      authorization: `Basic ${Buffer.from("me:p@ss").toString("base64")}`,
    },
  ]);
  expect(server.serverNames).toEqual(["receiver.test"]);
  expect(server.hosts[0]).toBe(`receiver.test:${server.port}`);
});

test("a plain target is reached through the proxy as well", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using proxy = await startConnectProxy();
  await using sender = createSender({ proxy: `http://127.0.0.1:${proxy.port}` });

  expect(await sender.send(targetOf(`${server.url}/hooks`), HEADERS, BODY)).toMatchObject({
    kind: "delivered",
  });
  expect(proxy.asked).toEqual([{ authority: `127.0.0.1:${server.port}`, authorization: undefined }]);
  expect(server.received[0]).toMatchObject({ url: "/hooks", body: BODY });
});

test("an IPv6 address is asked for in brackets", async () => {
  await using proxy = await startConnectProxy(() => 403);
  await using sender = createSender({ proxy: `http://127.0.0.1:${proxy.port}`, ranges: ["::1"] });
  await sender.send(targetOf("http://[::1]:8080/"), HEADERS, BODY);

  expect(proxy.asked).toMatchObject([{ authority: "[::1]:8080" }]);
});

test.each([403, 407, 500, 502, 504])("a proxy that answers %i is our own fault", async (status) => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using proxy = await startConnectProxy(() => status);
  await using sender = createSender({ proxy: `http://127.0.0.1:${proxy.port}` });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "own_fault",
    errorClass: "proxy",
    detail: `the proxy answered ${status}`,
  });
  expect(server.received).toEqual([]);
});

test("a proxy that does not listen is our own fault, and nothing goes out beside it", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using sender = createSender({ proxy: `http://127.0.0.1:${await closedPort()}` });

  expect(await sender.send(targetOf(server.url), HEADERS, BODY)).toEqual({
    kind: "own_fault",
    errorClass: "proxy",
    detail: "the proxy cannot be used: ECONNREFUSED",
  });
  expect(server.received).toEqual([]);
});

test("a proxy that says nothing is our own fault at the deadline", async () => {
  await using proxy = await startConnectProxy(() => "silence");
  await using sender = createSender({ timeoutMs: 300, proxy: `http://127.0.0.1:${proxy.port}` });

  expect(await sender.send(targetOf("http://127.0.0.1:8080/"), HEADERS, BODY)).toEqual({
    kind: "own_fault",
    errorClass: "proxy",
    detail: "the proxy cannot be used: no answer in time",
  });
});

test("the second address of a name is asked for where the proxy does not reach the first", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.2", "127.0.0.1"] : []));
  await using server = await startHttp((_request, response) => response.writeHead(204).end());
  await using proxy = await startConnectProxy((authority) => (authority.startsWith("127.0.0.2") ? 502 : 200));
  await using sender = createSender({
    dns: dns.address,
    ranges: ["127.0.0.0/8"],
    proxy: `http://127.0.0.1:${proxy.port}`,
  });

  expect(await sender.send(targetOf(`http://crm.test:${server.port}`), HEADERS, BODY)).toMatchObject({
    kind: "delivered",
  });
});

test("the guard holds with a proxy too", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["10.0.0.1"] : []));
  await using proxy = await startConnectProxy();
  await using sender = createSender({ dns: dns.address, proxy: `http://127.0.0.1:${proxy.port}` });

  expect(await sender.send(targetOf("https://crm.test/"), HEADERS, BODY)).toMatchObject({ kind: "refused" });
  expect(await sender.send(targetOf("http://169.254.169.254/"), HEADERS, BODY)).toMatchObject({
    kind: "refused",
  });
  expect(proxy.asked).toEqual([]);
});

test.each(["proxy:3128", "https://proxy:3128", "socks5://proxy:1080", ""])(
  "%j is not an address of a proxy",
  (proxy) => {
    expect(() => createSender({ proxy })).toThrow(ConfigError);
  },
);
