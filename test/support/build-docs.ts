import { execFileSync } from "node:child_process";

import { temporaryFolder } from "./redis-process.ts";

export interface BuiltDocs extends Disposable {
  readonly folder: string;
}

/** The documentation as the build makes it, in a folder of its own. */
export function buildDocs(): BuiltDocs {
  const { path: folder, [Symbol.dispose]: dispose } = temporaryFolder();
  execFileSync(process.execPath, ["scripts/build-docs.mjs", "--out", folder], { stdio: "inherit" });
  return { folder, [Symbol.dispose]: dispose };
}
