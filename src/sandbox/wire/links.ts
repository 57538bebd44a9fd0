import type { Shard } from "../clinic/shard.ts";

/** Where this account's records live: real links carry the shard's host. */
export interface Links {
  readonly base: string;
  readonly to: (path: string) => Link;
}

export type Link = Readonly<{ links: Readonly<{ self: string }> }>;

export function createLinks(shard: Shard): Links {
  const toBase = (): string => `https://api.${shard.name}.cliniko.com/v1`;
  return {
    get base() {
      return toBase();
    },
    to: (path) => ({ links: { self: `${toBase()}${path}` } }),
  };
}

/**
 * Base of the links that lead from page to page. A caller that came to a stand-in address gets that address back, so
 * following `next` works and never leaves the machine; a caller that asked for the real host gets the real host.
 */
export function toPageBase(links: Links, host: string | undefined): string {
  if (host === undefined || host === "" || host.endsWith(".cliniko.com")) return links.base;
  return `http://${host}/v1`;
}
