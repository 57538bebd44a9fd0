import { once } from "node:events";
import { Socket, connect } from "node:net";
import { type SecureContext, connect as connectTls, createSecureContext } from "node:tls";

import type { EndpointTls } from "../../config/endpoint-settings.ts";
import { type IpAddress, formatAddress, parseAddress } from "../../config/ip-address.ts";
import { toError } from "../../shared/errors.ts";
import {
  type AttemptFailure,
  dialFailure,
  errorCode,
  ownFault,
  unreachable,
} from "../worker/attempt-failure.ts";
import { type EgressProxy, openTunnel } from "./proxy-tunnel.ts";
import type { HostResolver } from "./resolve-host.ts";
import { type CheckedUrl, type TargetPolicy, checkAddresses } from "./target-guard.ts";

export interface ConnectionDeps {
  readonly resolver: HostResolver;
  readonly policy: TargetPolicy;
  readonly proxy: EgressProxy | undefined;
  /** The whole attempt's; the signal that is handed in ends it. Each address of a host gets a share of it. */
  readonly timeoutMs: number;
}

export type OpenedConnection = { readonly kind: "open"; readonly socket: Socket } | AttemptFailure;

/** Opens a connection to a target. Never rejects. */
export type OpenConnection = (signal: AbortSignal) => Promise<OpenedConnection>;

/** More addresses than this are vetted, but not dialled. */
const MAX_DIALLED = 4;

/**
 * Resolves, vets every address, and dials the vetted ones by their number: between the check and the call nothing looks at
 * the name again. The name is used for the Host header, for SNI, and to check the certificate.
 */
export function createConnectionOpener(
  target: CheckedUrl,
  tls: EndpointTls | undefined,
  deps: ConnectionDeps,
): OpenConnection {
  let context: SecureContext | undefined;
  return async (signal) => {
    const vetted = await findAddresses(target, deps, signal);
    if (vetted.kind !== "ok") return vetted;
    const dialled = vetted.addresses.slice(0, MAX_DIALLED);
    const opened = deps.proxy
      ? await dialThrough(deps.proxy, dialled, target.port, signal)
      : await dial(dialled, target.port, deps.timeoutMs, signal);
    if (opened.kind !== "open" || target.url.protocol === "http:") return opened;
    try {
      context ??= createContext(tls);
      return await secure(opened.socket, target.host, context, signal);
    } catch (error) {
      opened.socket.destroy();
      return unreachable("tls", errorCode(toError(error)));
    }
  };
}

async function findAddresses(
  target: CheckedUrl,
  { policy, resolver }: ConnectionDeps,
  signal: AbortSignal,
): Promise<{ readonly kind: "ok"; readonly addresses: readonly IpAddress[] } | AttemptFailure> {
  if (parseAddress(target.host)) return checkAddresses([target.host], target, policy);
  const resolution = await resolver.resolve(target.host, signal);
  switch (resolution.kind) {
    case "addresses":
      return checkAddresses(resolution.addresses, target, policy);
    case "none":
      return unreachable("dns", resolution.detail);
    case "own_fault":
      return ownFault("no_network", resolution.detail);
  }
}

/**
 * One after the other. An address that says nothing may take its share of the time and no more, so that the next one and
 * the request itself have theirs.
 */
async function dial(
  addresses: readonly IpAddress[],
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  const shareMs = timeoutMs / (addresses.length + 1);
  const attempts: { address: string; error: Error }[] = [];
  for (const address of addresses) {
    const host = formatAddress(address);
    const socket = connect({ host, port, autoSelectFamily: false, noDelay: true, keepAlive: true });
    // Errors are told to who waits for the socket; between two owners nobody does.
    socket.on("error", () => undefined);
    const isLast = address === addresses.at(-1);
    const timer = isLast
      ? undefined
      : setTimeout(() => {
          socket.destroy(new SilentAddressError("no answer"));
        }, shareMs);
    try {
      await once(socket, "connect", { signal });
      if (isSame(socket.remoteAddress, address)) return { kind: "open", socket };
      socket.destroy();
      return { kind: "refused", detail: "connected to another address than the vetted one" };
    } catch (error) {
      socket.destroy();
      if (signal.aborted) return unreachable("timeout", `connecting to ${host}`);
      attempts.push({ address: host, error: toError(error) });
    } finally {
      clearTimeout(timer);
    }
  }
  return dialFailure(attempts);
}

class SilentAddressError extends Error {
  readonly code = "ETIMEDOUT";
}

async function dialThrough(
  proxy: EgressProxy,
  addresses: readonly IpAddress[],
  port: number,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  let detail = "no address";
  for (const address of addresses) {
    const tunnel = await openTunnel(proxy, address, port, signal);
    if (tunnel.kind === "open" && tunnel.stream instanceof Socket)
      return { kind: "open", socket: tunnel.stream };
    if (tunnel.kind === "failed") detail = tunnel.detail;
  }
  return ownFault("proxy", detail);
}

async function secure(
  socket: Socket,
  host: string,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<OpenedConnection> {
  // No session is kept for later: a resumed one is not checked against the name or the certificate's dates again.
  const secured = connectTls({
    socket,
    host,
    secureContext,
    ALPNProtocols: ["http/1.1"],
    // Said outright: an environment variable could switch it off.
    rejectUnauthorized: true,
    ...(parseAddress(host) ? {} : { servername: host }),
  });
  secured.on("error", () => undefined);
  try {
    await once(secured, "secureConnect", { signal });
    return { kind: "open", socket: secured };
  } catch (error) {
    secured.destroy();
    socket.destroy();
    if (signal.aborted) return unreachable("timeout", "TLS handshake");
    return unreachable("tls", errorCode(toError(error)));
  }
}

/** @throws when a PEM text is not one, or key and certificate do not fit */
function createContext(tls: EndpointTls | undefined): SecureContext {
  return createSecureContext({
    minVersion: "TLSv1.2",
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
  });
}

function isSame(text: string | undefined, address: IpAddress): boolean {
  const remote = text === undefined ? undefined : parseAddress(text);
  return remote?.family === address.family && remote.value === address.value;
}
