import type { DeliveryOutcome, OwnFaultClass, UnreachableClass } from "./outcome.ts";

/** An attempt that did not bring a whole answer. */
export type AttemptFailure = Extract<DeliveryOutcome, { kind: "unreachable" | "refused" | "own_fault" }>;

/** This machine has no way out, or no file descriptors, ports or permission left to use it. */
const NO_WAY_OUT = new Set([
  "ENETUNREACH",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "EADDRINUSE",
  "EAFNOSUPPORT",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EPERM",
  "EACCES",
]);

export function unreachable(errorClass: UnreachableClass, detail: string): AttemptFailure {
  return { kind: "unreachable", errorClass, detail };
}

export function ownFault(errorClass: OwnFaultClass, detail: string): AttemptFailure {
  return { kind: "own_fault", errorClass, detail };
}

/**
 * Why none of a host's addresses took a connection. The receiver is at fault as soon as one of them says so: that we have
 * no way to its IPv6 address means little when its IPv4 address refuses.
 */
export function dialFailure(
  attempts: readonly { readonly address: string; readonly error: Error }[],
): AttemptFailure {
  const named = attempts.map(({ address, error }) => ({ address, code: errorCode(error) }));
  const detail = named.map(({ address, code }) => `${address}: ${code}`).join(", ");
  if (named.every(({ code }) => NO_WAY_OUT.has(code))) return ownFault("no_network", detail);
  const silent = named.every(({ code }) => NO_WAY_OUT.has(code) || code === "ETIMEDOUT");
  return unreachable(silent ? "timeout" : "connect", detail);
}

/** Why a connection that a request was sent over failed before there was an answer. */
export function exchangeFailure(error: Error): AttemptFailure {
  const code = errorCode(error);
  // A receiver that wants a client certificate says so in TLS 1.3 only when the request is under way.
  const isTls = code.startsWith("ERR_SSL_") || code === "EPROTO";
  return unreachable(isTls ? "tls" : "broken_off", code);
}

/** The code of an error of Node: unlike messages, codes carry no URL. */
export function errorCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
