import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { temporaryFolder } from "./redis-process.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface BuiltDocs extends Disposable {
  readonly folder: string;
}

/** The documentation as the build makes it, in a folder of its own; with BUILT, that of dist/. */
export function buildDocs(): BuiltDocs {
  if (process.env["BUILT"] !== undefined)
    return { folder: join(ROOT, "dist/docs"), [Symbol.dispose]: () => undefined };
  const { path: folder, [Symbol.dispose]: dispose } = temporaryFolder();
  execFileSync(process.execPath, ["scripts/build-docs.mjs", "--out", folder], { stdio: "inherit" });
  return { folder, [Symbol.dispose]: dispose };
}
