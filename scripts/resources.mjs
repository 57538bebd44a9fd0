// node scripts/resources.mjs [file]: every resource in a line: how long its definition is, how it is read, what it tells, how many contract
// tests it has. With what a demo printed (`npm run demo -- --resources all --for 180s > file`) also how many callbacks it had there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadSources } from "./catalogue/load-sources.mjs";

const root = join(import.meta.dirname, "..");
const [demo] = process.argv.slice(2);

const { eventCatalogue, resources } = await loadSources(root);
const tests = listTests();
const printed = demo === undefined ? undefined : readFileSync(demo, "utf8");

const rows = Object.values(resources).map(({ path, reading, subject, tier }) => {
  const file = join(root, "src", "resources", `${path.replaceAll("_", "-")}.ts`);
  const types = eventCatalogue.filter(({ type }) => type.startsWith(`${subject}.`));
  const names = new RegExp(`(^|[\\s'])(${path}\\b|${subject}\\.)`);
  return [
    path,
    readFileSync(file, "utf8").trimEnd().split("\n").length,
    reading,
    tier,
    types.length,
    tests.filter((name) => names.test(name)).length,
    ...(printed === undefined
      ? []
      : [printed.match(new RegExp(`\\b${subject}\\.[a-z_]+`, "g"))?.length ?? 0]),
  ];
});
const columns = ["resource", "lines", "read", "tier", "event types", "contract tests"];
const heads = printed === undefined ? columns : [...columns, "callbacks in the demo"];
for (const row of [heads, heads.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);

/** Their names, as they would be run. */
function listTests() {
  const folder = mkdtempSync(join(tmpdir(), "resources-"));
  try {
    const file = join(folder, "tests.json");
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    execFileSync("node", [vitest, "list", "--project", "contract", `--json=${file}`], { cwd: root });
    return JSON.parse(readFileSync(file, "utf8")).map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
