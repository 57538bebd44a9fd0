// npm run generate: writes what follows from src (types, JSON Schemas, pages of events and of the API, llms.txt).
// With --check it writes nothing, and fails when a file is not what it should be.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { format } from "oxfmt";

import { renderFiles, renderReference } from "./catalogue/files.mjs";
import { loadSources } from "./catalogue/load-sources.mjs";

const root = join(import.meta.dirname, "..");
/** Everything in these is generated: what nobody writes any more is removed. */
const FOLDERS = ["docs/schemas", "docs/events", "docs/api"];
const { $schema: _schema, ignorePatterns: _patterns, ...FORMAT } = JSON.parse(read(".oxfmtrc.json"));

const files = new Map();
const sources = await loadSources(root);
for (const [path, text] of [...renderFiles(sources, read), ...renderReference(sources, read)])
  files.set(path, await formatted(path, text));

const stale = [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const left = FOLDERS.flatMap((folder) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [],
).filter((path) => !files.has(path));

if (process.argv.includes("--check")) check();
else write();

function check() {
  if (stale.length + left.length === 0) {
    console.log(`${files.size} generated files are as src says`);
    return;
  }
  for (const path of stale) console.error(`stale: ${path}`);
  for (const path of left) console.error(`left over: ${path}`);
  console.error("these follow from src. Put them right with: npm run generate");
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

async function formatted(path, text) {
  if (path.endsWith(".txt")) return text;
  const { code, errors } = await format(path, text, FORMAT);
  if (errors.length > 0) throw new Error(`${path} cannot be formatted: ${errors[0].message}`);
  return code;
}

/** Undefined: there is no such file. */
function read(path) {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
