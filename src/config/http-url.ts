import { isIP } from "node:net";

import { z } from "zod";

import { type Fault, problem } from "./config-fields.ts";

export const MOST_URL_CHARACTERS = 2_048;

/** An address we may be told to call or read: absolute, http or https, nothing secret in the host part. */
export function httpUrl(example: string): z.ZodType<string> {
  return z.unknown().transform((value, context) => {
    const remedy = `write the whole address, like ${example}`;
    if (typeof value === "string" && value.length > MOST_URL_CHARACTERS) {
      return problem(context, "is too long", `use at most ${MOST_URL_CHARACTERS} characters`);
    }
    const url = typeof value === "string" ? URL.parse(value) : null;
    if (!url) return problem(context, "is not a URL", remedy);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      return problem(context, `starts with ${url.protocol}// instead of https://`, remedy);
    }
    if (url.username || url.password) {
      return problem(
        context,
        "carries a user name or password",
        "leave them out: callbacks are signed instead",
      );
    }
    return url.href;
  });
}

/** Where people reach something: `https://host`, with a port or below a path. No `/` at its end. */
export function placeUrl(example: string): z.ZodType<string> {
  return httpUrl(example).transform((address, context) => {
    const { origin, pathname, search, hash } = new URL(address);
    if (search !== "" || hash !== "") {
      return problem(context, "has a query or a fragment", `write it without, like ${example}`);
    }
    // A path goes into pages and headers as it is.
    if (/^(\/[\w.~-]+)*\/?$/.test(pathname)) return origin + pathname.replace(/\/$/, "");
    return problem(
      context,
      "has a path that is not plain",
      'use letters, digits, "-", "_", "." and single slashes',
    );
  });
}

/** What stands before every path of ours below such a place: `/cliniko`, or nothing. */
export function pathBefore(place: string | undefined): string {
  return place === undefined ? "" : new URL(place).pathname.replace(/\/$/, "");
}

/** What is wrong with a callback's address that is plain http; undefined when it is not. */
export function plainHttpFault(address: string): Fault | undefined {
  const url = URL.parse(address);
  if (url?.protocol !== "http:") return undefined;
  return {
    message: "is plain http: patients' data would travel in clear",
    remedy: `use https; for a receiver on this machine, set delivery.allow_http: true and delivery.allow_private: ["${rangeOf(url.hostname)}"]`,
  };
}

/** The range that names a host alone, as far as its address can be told from the URL. */
function rangeOf(hostname: string): string {
  const host = hostname.replace(/^\[|\]$/g, "");
  const version = isIP(host);
  if (version === 0) return "127.0.0.1/32";
  return version === 4 ? `${host}/32` : `${host}/128`;
}
