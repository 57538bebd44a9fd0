// node scripts/bench.mjs <name>: compiles bench/<name>.ts with what it imports, and runs it. More arguments go to it.
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run, setUp } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
const [name = "", ...args] = process.argv.slice(2);

if (!/^[a-z-]+$/.test(name) || !existsSync(join(root, "bench", `${name}.ts`))) {
  const known = readdirSync(join(root, "bench")).flatMap((file) => /^([a-z-]+)\.ts$/.exec(file)?.[1] ?? []);
  process.stderr.write(`usage: node scripts/bench.mjs <name>, one of: ${known.join(", ")}\n`);
  process.exit(1);
}

const env = setUp({ browser: name === "dashboard" });
// One bench at a time, so that a half-written other one is no obstacle.
const folder = join(root, ".data", "bench", name);
const project = join(folder, "tsconfig.json");
// Processes of their own, which nothing imports.
const processes = readdirSync(join(root, "bench", "support")).filter((file) => file.endsWith("-process.ts"));
mkdirSync(folder, { recursive: true });
// The service tells its version, which stands there.
copyFileSync(join(root, "package.json"), join(folder, "package.json"));
writeFileSync(
  project,
  JSON.stringify({
    extends: "../../../bench/tsconfig.json",
    compilerOptions: { rootDir: "../../..", outDir: "." },
    files: [`../../../bench/${name}.ts`, ...processes.map((file) => `../../../bench/support/${file}`)],
    include: [],
  }),
);
process.exitCode =
  run("node", ["node_modules/typescript/bin/tsc", "-p", project], env) ||
  run("node", ["--enable-source-maps", join(folder, "bench", `${name}.js`), ...args], env);
