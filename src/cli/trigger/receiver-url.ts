import { problemAt } from "../terminal/problem-at.ts";

/** @throws ConfigError for what is not a whole address of http or https; `path` is where it was given. */
export function parseHttpUrl(text: string, path: string, example: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw problemAt(path, "is not an address of http or https", `write the whole address, like ${example}`);
}

/** Plain http that leaves this machine: what goes there can be read on the way. */
export function isInClear({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && !/^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
