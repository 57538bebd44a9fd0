import { expect, test } from "vitest";

import { dialFailure, exchangeFailure } from "../../../src/dispatch/worker/attempt-failure.ts";

function coded(code: string): Error {
  return Object.assign(new Error("https://crm.example/hooks?token=1"), { code });
}

test.each([
  [["ECONNREFUSED"], "unreachable", "connect"],
  [["EHOSTUNREACH"], "unreachable", "connect"],
  [["ETIMEDOUT"], "unreachable", "timeout"],
  [["ETIMEDOUT", "ECONNREFUSED"], "unreachable", "connect"],
  [["ENETUNREACH", "ECONNREFUSED"], "unreachable", "connect"],
  [["ENETUNREACH", "ETIMEDOUT"], "unreachable", "timeout"],
  [["ENETUNREACH"], "own_fault", "no_network"],
  [["ENETDOWN", "EADDRNOTAVAIL"], "own_fault", "no_network"],
  [["EMFILE"], "own_fault", "no_network"],
] as const)("addresses that end in %j are %s: %s", (codes, kind, errorClass) => {
  const attempts = codes.map((code, index) => ({ address: `192.0.2.${index}`, error: coded(code) }));

  expect(dialFailure(attempts)).toEqual({
    kind,
    errorClass,
    detail: codes.map((code, index) => `192.0.2.${index}: ${code}`).join(", "),
  });
});

test.each([
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "unreachable", "tls"],
  ["EPROTO", "unreachable", "tls"],
  ["ECONNRESET", "unreachable", "broken_off"],
  ["EPIPE", "unreachable", "broken_off"],
])("an exchange that ends in %s is %s: %s", (code, kind, errorClass) => {
  expect(exchangeFailure(coded(code))).toEqual({ kind, errorClass, detail: code });
});

test("what was thrown is told by its code, and never by a message that may carry a URL", () => {
  for (const thrown of [coded("ECONNRESET"), new TypeError("https://crm.example/")]) {
    expect(JSON.stringify(exchangeFailure(thrown))).not.toContain("crm.example");
  }
});
