import { execFileSync } from "node:child_process";

/** Builds `dist` once before the integration tests: those that kill processes run the real program. */
export default function setup(): void {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
    stdio: "inherit",
  });
}
