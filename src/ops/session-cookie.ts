import type { IncomingHttpHeaders } from "node:http";

/** `__Host-`: browsers take and keep it from this very host over https only, so no other host can plant one. */
const SECURE_NAME = "__Host-cw_session";
const PLAIN_NAME = "cw_session";

/** What a browser has kept of its session. */
export interface SessionCookie {
  readonly name: string;
  readonly secret: string;
}

/**
 * The cookie of a request; undefined: there is none. Where people are known to come over https, one without `__Host-` is
 * none either: somebody on the way could have planted it. Of two, one was planted, and nobody can tell which.
 */
export function readSessionCookie(
  headers: IncomingHttpHeaders,
  publicUrl: string | undefined,
): SessionCookie | undefined {
  const plain = mustBeSecure(headers, publicUrl) ? [] : [PLAIN_NAME];
  for (const name of [SECURE_NAME, ...plain]) {
    const [secret, ...others] = secretsOf(headers, name);
    if (secret !== undefined) return others.length === 0 ? { name, secret } : undefined;
  }
  return undefined;
}

/** Two sessions under the name that anybody within the domain, or on another port of the host, can set. */
export function holdsPlantedCookie(headers: IncomingHttpHeaders): boolean {
  return secretsOf(headers, PLAIN_NAME).length > 1;
}

/** What a browser sends under a name; several, where they were set for different paths or domains. */
function secretsOf({ cookie = "" }: IncomingHttpHeaders, name: string): string[] {
  const secrets = cookie
    // Not by `trim`, which takes away more than browsers do: a no-break space before `__Host-` would be a way around it.
    .split(/; */)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return [...new Set(secrets)];
}

/**
 * The header that hands a browser its session. No Max-Age: it is gone when the browser is closed, and how long it opens
 * anything is decided here, not there.
 */
export function setSessionCookie(
  secret: string,
  headers: IncomingHttpHeaders,
  publicUrl: string | undefined,
): string {
  return isOverHttps(headers, publicUrl)
    ? `${SECURE_NAME}=${secret}; Path=/; HttpOnly; SameSite=Strict; Secure`
    : `${PLAIN_NAME}=${secret}; Path=/; HttpOnly; SameSite=Strict`;
}

/**
 * The header that takes it back: for whoever signs out, and with no other answer. A browser's windows share the cookie, and an
 * answer to one of them that comes late would take what another has just been given.
 */
export function clearSessionCookie(name: string): string {
  const secure = name === SECURE_NAME ? "; Secure" : "";
  return `${name}=; Path=/; HttpOnly; SameSite=Strict${secure}; Max-Age=0`;
}

/**
 * Whether the browser came over https. TLS ends before us, and any caller can write `X-Forwarded-Proto`: what tells are the
 * browser's own `Origin`, and the operator's `ops.public_url`.
 */
export function isOverHttps(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  return isHttps(headers.origin) || mustBeSecure(headers, publicUrl);
}

/** On the machine itself there is no way on which somebody could listen, and no certificate either. */
function mustBeSecure(
  { origin, host, "sec-fetch-site": site }: IncomingHttpHeaders,
  publicUrl: string | undefined,
): boolean {
  const asked = host === undefined ? undefined : `http://${host}`;
  if (publicUrl !== undefined) return isHttps(publicUrl) && !isLoopback(origin ?? asked);
  // Where nobody can listen browsers send it, and nowhere else: what is not this machine is then https. Source:
  // w3.org/TR/fetch-metadata, section 2.1.
  return site !== undefined && !isLoopback(asked);
}

function isHttps(address: string | undefined): boolean {
  return address !== undefined && URL.parse(address)?.protocol === "https:";
}

function isLoopback(address: string | undefined): boolean {
  const hostname = address === undefined ? undefined : URL.parse(address)?.hostname;
  return hostname !== undefined && /^((.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
