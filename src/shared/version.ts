import { readFileSync } from "node:fs";

/** The version of this release, as package.json has it. The same distance from `src` and from `dist`. */
export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
