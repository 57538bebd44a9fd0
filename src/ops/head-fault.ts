import type { IncomingMessage } from "node:http";

/** Each decides something, and a proxy before us may go by another one of two than we do. */
const ONCE = ["Host", "Authorization", "Origin", "Sec-Fetch-Site", "X-Dashboard", "X-Request-Id"];

/** A name or an address, and a port; no user, no path, no list. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~-]+)(?::\d{1,5})?$/i;

/** Why a request's head cannot be gone by; undefined: it can. Where HTTP/1.1 leaves Host out, Node answers itself. */
export function headFault({
  headers: { host },
  rawHeaders,
  url,
}: Pick<IncomingMessage, "headers" | "rawHeaders" | "url">): string | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  for (const name of ONCE) {
    const first = names.indexOf(name.toLowerCase());
    if (first !== names.lastIndexOf(name.toLowerCase())) return `The header ${name} is there twice.`;
  }
  if (host !== undefined && !HOST.test(host)) return "The header Host names no host.";
  // As one asks a proxy, `GET http://host/path`: what stands there would count instead of the header (RFC 9112 §3.2.2).
  const asked = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url ?? "")?.[1];
  if (asked !== undefined && asked.toLowerCase() !== host?.toLowerCase()) {
    return "The header Host names another host than the request line.";
  }
  return undefined;
}
