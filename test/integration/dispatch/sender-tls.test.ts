import { expect, test, vi } from "vitest";

import type { DeliveryOutcome } from "../../../src/dispatch/worker/outcome.ts";
import { startDnsServer } from "../../support/dns-server.ts";
import { startHttp, startTcp } from "../../support/local-servers.ts";
import { BODY, HEADERS, createSender, targetOf } from "../../support/sender-setup.ts";
import { createTestClient } from "../../support/test-client.ts";
import { pem, startTlsReceiver } from "../../support/tls-servers.ts";

const TRUSTING = { ca: pem("ca.pem") };

async function sendTo(port: number, tls = TRUSTING as Record<string, string>): Promise<DeliveryOutcome> {
  await using sender = createSender();
  return await sender.send(targetOf(`https://127.0.0.1:${port}/`, { tls }), HEADERS, BODY);
}

test("a receiver with a certificate of the endpoint's own authority is trusted", async () => {
  await using server = await startTlsReceiver("receiver");

  expect(await sendTo(server.port)).toEqual({ kind: "delivered", status: 204, excerpt: "" });
});

test.each([
  ["that no public authority vouches for", "receiver", {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["for another host", "elsewhere", TRUSTING, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["that has expired", "expired", TRUSTING, "CERT_HAS_EXPIRED"],
] as const)(
  "a certificate %s is a fault of TLS, and nothing is sent",
  async (_what, certificate, tls, detail) => {
    await using server = await startTlsReceiver(certificate);

    expect(await sendTo(server.port, tls)).toEqual({ kind: "unreachable", errorClass: "tls", detail });
    expect(server.hosts).toEqual([]);
  },
);

test("NODE_TLS_REJECT_UNAUTHORIZED=0 switches nothing off, to a receiver or to Cliniko", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    await using server = await startTlsReceiver("receiver");
    await using setup = createTestClient({ baseUrl: `https://127.0.0.1:${server.port}/v1` });

    expect(await sendTo(server.port, {})).toMatchObject({ kind: "unreachable", errorClass: "tls" });
    expect(await setup.client.currentUser()).toMatchObject({
      kind: "unavailable",
      detail: expect.stringContaining("UNABLE_TO_VERIFY_LEAF_SIGNATURE") as string,
    });
    expect(server.hosts).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("TLS 1.1 is refused, and TLS 1.2 is not", async () => {
  const ciphers = "DEFAULT:@SECLEVEL=0";
  await using old = await startTlsReceiver("receiver", {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers,
  });
  await using recent = await startTlsReceiver("receiver", { maxVersion: "TLSv1.2" });

  expect(await sendTo(old.port)).toMatchObject({ kind: "unreachable", errorClass: "tls" });
  expect(old.hosts).toEqual([]);
  expect(await sendTo(recent.port)).toMatchObject({ kind: "delivered" });
});

// In 1.3 the handshake has ended for us when the receiver looks at our certificate: its word comes instead of an answer.
test.each([
  ["TLSv1.2", "tls"],
  ["TLSv1.3", "tls"],
] as const)(
  "a receiver that demands a certificate gets the endpoint's own, or nothing (%s)",
  async (maxVersion, errorClass) => {
    const demand = { requestCert: true, rejectUnauthorized: true, ca: pem("ca.pem"), maxVersion };
    await using server = await startTlsReceiver("receiver", demand);
    const own = { ...TRUSTING, certificate: pem("sender.pem"), key: pem("sender.key") };

    expect(await sendTo(server.port)).toMatchObject({ kind: "unreachable", errorClass });
    expect(server.hosts).toEqual([]);
    expect(await sendTo(server.port, own)).toMatchObject({ kind: "delivered" });
    expect(server.clients).toEqual(["sender"]);
  },
);

test.each([
  ["a certificate that is none", { certificate: "x", key: pem("sender.key") }],
  ["a key that does not fit", { certificate: pem("sender.pem"), key: pem("receiver.key") }],
])("%s is a fault of TLS", async (_what, tls) => {
  await using server = await startTlsReceiver("receiver");

  expect(await sendTo(server.port, { ...TRUSTING, ...tls })).toMatchObject({ errorClass: "tls" });
});

test("a server that speaks no TLS on an https address is a fault of TLS", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());

  expect(await sendTo(server.port)).toMatchObject({ kind: "unreachable", errorClass: "tls" });
  expect(server.received).toEqual([]);
});

test("a server that hangs up in the handshake is a fault of TLS, one that falls silent is a timeout", async () => {
  await using rude = await startTcp((socket) => socket.once("data", () => socket.end()));
  await using silent = await startTcp((socket) => socket.resume());
  await using sender = createSender({ timeoutMs: 300 });

  expect(await sendTo(rude.port)).toMatchObject({ errorClass: "tls" });
  expect(await sender.send(targetOf(`https://127.0.0.1:${silent.port}`), HEADERS, BODY)).toEqual({
    kind: "unreachable",
    errorClass: "timeout",
    detail: "TLS handshake",
  });
  await expect.poll(() => silent.openSockets()).toBe(0);
});

test("a connection behind TLS is kept, and knows the host by its name", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.1"] : []));
  await using server = await startTlsReceiver("receiver");
  await using sender = createSender({ dns: dns.address });
  const target = targetOf(`https://receiver.test:${server.port}/`, { tls: TRUSTING });

  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  expect(await sender.send(target, HEADERS, BODY)).toMatchObject({ kind: "delivered" });
  const host = `receiver.test:${server.port}`;
  expect(server.hosts).toEqual([host, host]);
  expect(server.serverNames).toEqual(["receiver.test"]);
});

test("the name decides about the certificate, not the address that it leads to", async () => {
  await using dns = await startDnsServer(({ type }) => (type === "A" ? ["127.0.0.1"] : []));
  await using server = await startTlsReceiver("receiver");
  await using sender = createSender({ dns: dns.address });

  expect(
    await sender.send(targetOf(`https://other.test:${server.port}/`, { tls: TRUSTING }), HEADERS, BODY),
  ).toMatchObject({ errorClass: "tls", detail: "ERR_TLS_CERT_ALTNAME_INVALID" });
});
