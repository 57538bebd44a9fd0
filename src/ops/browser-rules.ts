import type { FastifyRequest } from "fastify";

/**
 * Why a request that a browser's cookie speaks for, or that asks for one, is refused; undefined: it comes from our own
 * pages. A browser adds the cookie by itself, whoever's page it is that makes it send something. `SameSite=Strict` keeps
 * that from happening already; these rules do not rely on it.
 */
export function crossSiteFault(
  { method, headers }: Pick<FastifyRequest, "method" | "headers">,
  publicUrl: string | undefined,
): string | undefined {
  const reads = method === "GET" || method === "HEAD";
  const { "sec-fetch-site": site, origin, host } = headers;
  // Browsers set it, and no page can. `none`: an address that was typed, or a bookmark.
  if (site !== undefined && site !== "same-origin" && !(reads && site === "none")) {
    return "This was sent from a page of another site.";
  }
  if (origin !== undefined && !isOurs(origin, host, publicUrl)) {
    return "This was sent from a page of another origin. Behind a proxy, let it pass the Host header on, or set ops.public_url.";
  }
  // Another site cannot add a header without asking first (CORS), and we allow nobody.
  if (!reads && headers["x-dashboard"] !== "1") {
    return "What a browser's session changes wants the header x-dashboard: 1.";
  }
  return undefined;
}

function isOurs(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  const given = URL.parse(origin);
  if (!given) return false;
  // With the origin's own scheme, so that a default port is left out on both sides.
  const asked = host === undefined ? undefined : URL.parse(`${given.protocol}//${host}`)?.host;
  const known = publicUrl === undefined ? undefined : URL.parse(publicUrl)?.origin;
  return given.host === asked || given.origin === known;
}
