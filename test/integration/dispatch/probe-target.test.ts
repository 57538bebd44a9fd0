import { expect, test } from "vitest";

import { parseCidr } from "../../../src/config/cidr.ts";
import { probeTarget } from "../../../src/dispatch/http/probe-target.ts";
import { createHostResolver } from "../../../src/dispatch/http/resolve-host.ts";
import { closedPort, startHttp } from "../../support/local-servers.ts";
import { pem, startTlsReceiver } from "../../support/tls-servers.ts";

const loopback = parseCidr("127.0.0.1/32");
const DEPS = {
  resolver: createHostResolver({ servers: undefined, timeoutMs: 1_000 }),
  policy: { allowHttp: true, allowedRanges: loopback.kind === "cidr" ? [loopback.cidr] : [] },
  proxy: undefined,
  timeoutMs: 5_000,
};

test("a receiver is reached without anything being sent, and its certificate's end is read", async () => {
  await using server = await startTlsReceiver("receiver");
  const probe = await probeTarget(`https://127.0.0.1:${server.port}/`, { ca: pem("ca.pem") }, DEPS);

  expect(probe).toMatchObject({ kind: "reached", address: "127.0.0.1" });
  expect(probe.kind === "reached" && (probe.certificateUntil ?? 0) > Date.now()).toBe(true);
  expect(server.hosts).toEqual([]);
});

test("plain http has no certificate", async () => {
  await using server = await startHttp((_request, response) => response.writeHead(204).end());

  expect(await probeTarget(`${server.url}/`, undefined, DEPS)).toEqual({
    kind: "reached",
    address: "127.0.0.1",
    certificateUntil: undefined,
  });
  expect(server.received).toEqual([]);
});

test("what a callback would fail with, it fails with", async () => {
  await using expired = await startTlsReceiver("expired");
  const port = await closedPort();

  expect(await probeTarget(`https://127.0.0.1:${expired.port}/`, { ca: pem("ca.pem") }, DEPS)).toMatchObject({
    kind: "unreachable",
    errorClass: "tls",
  });
  expect(await probeTarget(`http://127.0.0.1:${port}/`, undefined, DEPS)).toMatchObject({
    kind: "unreachable",
    errorClass: "connect",
  });
  expect(await probeTarget("http://169.254.169.254/", undefined, DEPS)).toMatchObject({ kind: "refused" });
});
