// npm run generate: writes what follows from src/catalogue (types, JSON Schemas, pages, typed examples for a test).
// With --check it writes nothing, and fails when a file is not what it should be.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { format } from "oxfmt";

import { renderFiles } from "./catalogue/files.mjs";
import { run } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
/** Everything in these is generated: what nobody writes any more is removed. */
const FOLDERS = ["docs/schemas", "docs/events"];
const { $schema: _schema, ignorePatterns: _patterns, ...FORMAT } = JSON.parse(read(".oxfmtrc.json"));

const files = new Map();
for (const [path, text] of renderFiles(await loadCatalogue(), read))
  files.set(path, await formatted(path, text));

const stale = [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const left = FOLDERS.flatMap((folder) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [],
).filter((path) => !files.has(path));

if (process.argv.includes("--check")) check();
else write();

function check() {
  if (stale.length + left.length === 0) {
    console.log(`${files.size} generated files are as src/catalogue says`);
    return;
  }
  for (const path of stale) console.error(`stale: ${path}`);
  for (const path of left) console.error(`left over: ${path}`);
  console.error("these follow from src/catalogue. Put them right with: npm run generate");
  process.exitCode = 1;
}

function write() {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files.get(path));
  }
  for (const path of left) rmSync(join(root, path));
  console.log(`${files.size} generated files: ${stale.length} written, ${left.length} removed`);
}

/** The catalogue is TypeScript, and the oldest Node that we run on cannot read that. */
async function loadCatalogue() {
  const folder = join(root, ".data", "generate");
  const project = join(folder, "tsconfig.json");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    project,
    JSON.stringify({
      extends: "../../tsconfig.build.json",
      compilerOptions: { rootDir: "../../src", outDir: ".", sourceMap: false, declaration: false },
      files: ["../../src/catalogue/event-catalogue.ts"],
      include: [],
    }),
  );
  const code = run("node", ["node_modules/typescript/bin/tsc", "-p", project], process.env);
  if (code !== 0) process.exit(code);
  const catalogue = {};
  for (const name of [
    "catalogue/event-catalogue",
    "catalogue/event-schema",
    "catalogue/json-schema",
    "diff/event",
    "resources/resource",
  ])
    Object.assign(catalogue, await import(pathToFileURL(join(folder, `${name}.js`)).href));
  return catalogue;
}

async function formatted(path, text) {
  const { code, errors } = await format(path, text, FORMAT);
  if (errors.length > 0) throw new Error(`${path} cannot be formatted: ${errors[0].message}`);
  return code;
}

/** Undefined: there is no such file. */
function read(path) {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
