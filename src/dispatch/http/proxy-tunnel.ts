import { request } from "node:http";
import type { Duplex } from "node:stream";

import { type IpAddress, formatAddress } from "../../config/ip-address.ts";
import { ConfigError, toError } from "../../shared/errors.ts";
import { errorCode } from "../worker/attempt-failure.ts";

/** The operator's own proxy: all callbacks leave through it. */
export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization. */
  readonly authorization: string | undefined;
}

export type Tunnel =
  | { readonly kind: "open"; readonly stream: Duplex }
  | { readonly kind: "failed"; readonly detail: string };

/** Reads `http://host:port`, with `user:password@` where the proxy wants it. @throws ConfigError */
export function parseProxy(text: string): EgressProxy {
  const url = URL.parse(text);
  if (!url || url.protocol !== "http:" || url.hostname === "") {
    throw new ConfigError("the egress proxy", [
      { path: "proxy", message: "is not an address of a proxy", remedy: "write it as http://host:port" },
    ]);
  }
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || "80"),
    authorization: user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

/**
 * Asks the proxy for a connection to an address, not to a name: what we vetted is what it dials. Never rejects. A refusal
 * says nothing of the receiver, not even 502 and 504, which proxies give for a host that is down and for their own rules.
 */
export async function openTunnel(
  proxy: EgressProxy,
  address: IpAddress,
  port: number,
  signal: AbortSignal,
): Promise<Tunnel> {
  const text = formatAddress(address);
  const authority = `${address.family === 6 ? `[${text}]` : text}:${port}`;
  const headers = proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization };
  return await new Promise((resolve) => {
    const asked = request({
      host: proxy.host,
      port: proxy.port,
      method: "CONNECT",
      path: authority,
      headers: { ...headers, host: authority },
      agent: false,
      signal,
    });
    asked.on("connect", ({ statusCode = 0 }, stream, head) => {
      // Between here and its next owner nobody listens to it.
      stream.on("error", () => undefined);
      if (statusCode < 200 || statusCode > 299) {
        stream.destroy();
        resolve({ kind: "failed", detail: `the proxy answered ${statusCode}` });
        return;
      }
      if (head.length > 0) stream.unshift(head);
      resolve({ kind: "open", stream });
    });
    asked.on("error", (error) => {
      const reason = signal.aborted ? "no answer in time" : errorCode(toError(error));
      resolve({ kind: "failed", detail: `the proxy cannot be used: ${reason}` });
    });
    asked.end();
  });
}
