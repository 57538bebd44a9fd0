import type { Shard } from "../clinic/shard.ts";

/** Where this account's records live: real links carry the shard's host. */
export interface Links {
  readonly base: string;
  readonly to: (path: string) => Link;
  /** To a list of those that lead to one record. */
  readonly toThose: (path: string, column: string, id: string) => Link;
}

export type Link = Readonly<{ links: Readonly<{ self: string }> }>;

export function createLinks(shard: Shard): Links {
  const toBase = (): string => `https://api.${shard.name}.cliniko.com/v1`;
  const to = (path: string): Link => ({ links: { self: `${toBase()}${path}` } });
  return {
    get base() {
      return toBase();
    },
    to,
    toThose: (path, column, id) => to(`/${path}?q%5B%5D=${column}%3A%3D${id}`),
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
