import { execFileSync } from "node:child_process";

/** What is run for tests alone: parts of the service as programs of their own. */
const PROGRAMS = {
  "dispatch-process": "test/support/dispatch-process.ts",
  "private-redis": "src/store/redis/private-redis.ts",
};

/**
 * Builds the program once before the integration tests: those that kill processes run the real one. BUILT says that all is
 * built already, in dist/.
 */
export default function setup(): void {
  const node = (...args: string[]): void => {
    execFileSync(process.execPath, args, { stdio: "inherit" });
  };
  if (process.env["BUILT"] === undefined) node("scripts/build.mjs", "--program");
  node(
    "scripts/build.mjs",
    "--out",
    ".data/programs",
    ...Object.entries(PROGRAMS).map((both) => both.join("=")),
  );
}
