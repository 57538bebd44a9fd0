import { readFileSync } from "node:fs";

import { packageFile } from "./package-file.ts";

/** The version of this release, as package.json has it. */
export function readVersion(): string {
  const text = readFileSync(packageFile("package.json"), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
