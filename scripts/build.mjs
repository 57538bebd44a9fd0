// npm run build: what runs and what is published, into dist/. Why one program and no packages: docs/decisions/0034.
// --program: without the dashboard and the documentation, which tests that start the program do not look at.
// --out <folder> <name>=<source> …: other programs of the same kind, for tests and benches.
import { cpSync, mkdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { build } from "vite";

import { run } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/**
 * Puts programs and all that they import into one folder, which then needs no node_modules. What a command loads when it
 * runs stays a file of its own.
 * @param {Record<string, string>} entries file without `.js` → source
 */
async function bundle(entries, outDir) {
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, target: "node" },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: "node20",
      minify: false,
      sourcemap: true,
      license: { fileName: "THIRD-PARTY-NOTICES.md" },
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
        output: {
          // Errors are told apart by the names of their classes.
          keepNames: true,
          entryFileNames: "[name].js",
          chunkFileNames: "[name]-[hash].js",
        },
        // The queue board looks for its files by eval, where it is not told the folder: we tell it.
        onLog: (level, log, report) => log.code !== "EVAL" && report(level, log),
      },
    },
  });
}

/** What receivers import: a file for `import`, one for `require`, and types for both. */
function buildPublic() {
  const folder = join(dist, "public");
  rmSync(folder, { recursive: true, force: true });
  compile("--outDir", folder);
  const forRequire = join(folder, "require");
  const commonJs = [
    "--module",
    "commonjs",
    "--moduleResolution",
    "bundler",
    "--verbatimModuleSyntax",
    "false",
  ];
  compile("--outDir", forRequire, ...commonJs, "--rewriteRelativeImportExtensions", "false");
  for (const name of ["events", "verify"]) {
    renameSync(join(forRequire, `${name}.js`), join(folder, `${name}.cjs`));
    renameSync(join(forRequire, `${name}.d.ts`), join(folder, `${name}.d.cts`));
  }
  rmdirSync(forRequire);
}

function compile(...args) {
  const status = run(
    "node",
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", ...args],
    process.env,
  );
  if (status !== 0) process.exit(status);
}

async function buildProgram() {
  await bundle({ main: "src/cli.ts" }, join(dist, "program"));
  writeFileSync(join(dist, "cli.js"), '#!/usr/bin/env node\nimport "./program/main.js";\n', { mode: 0o755 });
  // The pages of the queue board, which its package looks for beside itself.
  const board = join(dist, "board", "dist");
  rmSync(board, { recursive: true, force: true });
  cpSync(join(root, "node_modules/@bull-board/ui/dist"), board, { recursive: true });
}

const { values, positionals } = parseArgs({
  options: { program: { type: "boolean" }, out: { type: "string" } },
  allowPositionals: true,
});
if (values.out === undefined) {
  mkdirSync(dist, { recursive: true });
  await buildProgram();
  buildPublic();
  if (!values.program) {
    for (const script of ["scripts/build-dashboard.mjs", "scripts/build-docs.mjs"])
      process.exitCode ||= run("node", [script], process.env);
  }
} else {
  await bundle(Object.fromEntries(positionals.map((given) => given.split("="))), values.out);
}
