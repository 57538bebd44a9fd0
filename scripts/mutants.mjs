// npm run test:mutants: makes one known mistake at a time in a copy of the source and sees that a test fails for it.
// Only some: npm run test:mutants -- baseline fencing (parts of names). As many as fit: npm run test:mutants -- --minutes=4
// tries those of the files that the last commit or the work tree changes first, then other ones with each commit. The work
// tree is never touched.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mutants } from "../test/mutants/mutants.mjs";
import { setUp } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
const AT_ONCE = 2;
/** What one file may take without any mutant, on a slow machine. */
const SOUND_LIMIT_MS = 300_000;
/** A mutant that hangs a test is noticed too: when it takes this much longer than without it. */
const PATIENCE_MS = 60_000;
const PATIENCE = 3;
/** Fewer runs than in `npm test`: a mistake shows early. */
const SHORT = { MODEL_RUNS: "100", BUSY_RUNS: "12", SCHEDULE_RUNS: "100", FUZZ_RUNS: "2000" };
/** One project without the build that the integration tests need. */
const CONFIG = `import { defineConfig } from "vitest/config";
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 100_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
`;

/** Test files that were seen to pass without any mutant: else a mutant's failure says nothing. */
const sound = new Map();

/** What ends the runs that are under way. */
const underWay = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const end of underWay) end();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}

const startedAt = performance.now();
const env = { ...setUp(), ...SHORT };
// Only now: on a fresh clone it has just been installed.
const { parseSync } = await import("vite");
const folder = mkdtempSync(join(tmpdir(), "cw-mutants-"));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { minutes, wanted } = toChoice(process.argv.slice(2));
  const chosen = mutants.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const copies = Array.from({ length: AT_ONCE }, (_, index) => copyTo(join(folder, String(index))));
  const stale = chosen.flatMap((mutant) => staleIn(copies[0], mutant));
  for (const line of stale) console.log(line);
  if (stale.length > 0) return false;

  const results = [];
  const queue = minutes === undefined ? [...chosen] : changedFirst(mixed(chosen));
  const total = queue.length;
  const endsAt = minutes === undefined ? Infinity : startedAt + minutes * 60_000;
  const work = async (copy) => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = (await unsoundFor(copy, next, endsAt)) ?? (await tryMutant(copy, next, endsAt));
      if (performance.now() > endsAt) return;
      results.push(result);
      console.log(`${result.verdict.padEnd(9)} ${seconds(result.ms)}  ${result.name}  ${result.by}`);
    }
  };
  await Promise.all(copies.map(work));
  const bad = results.filter(({ verdict }) => verdict !== "killed");
  for (const { name, verdict, by } of bad) console.log(`NOT KILLED: ${name}: ${verdict}: ${by}`);
  const killed = `${results.length - bad.length} of ${results.length} mutants killed`;
  const left = total > results.length ? `, ${total - results.length} left for other commits` : "";
  console.log(`${killed} in ${seconds(performance.now() - startedAt)}${left}`);
  return bad.length === 0;
}

function toChoice(args) {
  const [minutes] = args.flatMap((arg) => /^--minutes=([\d.]+)$/.exec(arg)?.[1] ?? []);
  return {
    minutes: minutes === undefined ? undefined : Number(minutes),
    wanted: args.filter((arg) => !arg.startsWith("--")),
  };
}

/** An order that hangs on the commit alone: each commit tries others, and a run can be repeated. */
function mixed(chosen) {
  const seed = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const rank = ({ name }) => createHash("sha256").update(`${seed}\n${name}`).digest("hex");
  return chosen
    .map((mutant) => ({ mutant, at: rank(mutant) }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ mutant }) => mutant);
}

/** Those first that the last commit, or what is not committed yet, has to do with: by what they edit, or by their tests. */
function changedFirst(ordered) {
  const names = [
    ["diff", "--name-only", "HEAD"],
    ["show", "--name-only", "--format=", "HEAD"],
  ].flatMap((args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n"));
  const changed = new Set(names);
  const isChanged = ({ edits, tests }) =>
    edits.some(({ file }) => changed.has(file)) || tests.some((test) => changed.has(test));
  return [...ordered.filter(isChanged), ...ordered.filter((mutant) => !isChanged(mutant))];
}

/** What it changes must be there, once, and still be code then. Costs a second, so it is seen of all of them first. */
function staleIn(copy, { name, edits }) {
  const absent = edits.flatMap(({ file, find }) => {
    const times = readFileSync(join(copy, file), "utf8").split(find).length - 1;
    return times === 1 ? [] : [`STALE  ${name}  ${file} has ${times} times: ${find}`];
  });
  const broken = [...mutatedBy(copy, edits)]
    .filter(([file]) => /\.[mc]?[jt]sx?$/.test(file))
    .flatMap(([file, text]) => parseSync(file, text).errors.map(({ message }) => [file, message]))
    .map(([file, message]) => `BROKEN  ${name}  ${file} does not parse with it: ${message}`);
  return [...absent, ...broken];
}

/** The texts of the files, by name, as the edits leave them: of several of one file, one may change what a later one looks for. */
function mutatedBy(copy, edits) {
  const texts = new Map();
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? readFileSync(join(copy, file), "utf8");
    texts.set(file, text.split(find).join(replace));
  }
  return texts;
}

async function unsoundFor(copy, { name, tests }, endsAt) {
  for (const test of tests) {
    // Remembered before it ends: the other copy waits for the same run.
    if (!sound.has(test)) sound.set(test, runTests(copy, [test], SOUND_LIMIT_MS, endsAt));
    const { broken, failed, ms, output } = await sound.get(test);
    if (broken || failed !== undefined) return { name, verdict: "UNSOUND", ms, by: failed ?? output };
  }
  return undefined;
}

function copyTo(copy) {
  // Whatever a clone has: a test may read a page, run a script or look at the configuration.
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const name of listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)))) {
    cpSync(join(root, name), join(copy, name));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "vitest.config.ts"), CONFIG);
  return copy;
}

async function tryMutant(copy, { name, edits, tests }, endsAt) {
  const before = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), "utf8")]));
  try {
    for (const [file, text] of mutatedBy(copy, edits)) writeFileSync(join(copy, file), text);
    const usual = await Promise.all(tests.map((test) => sound.get(test)));
    const usualMs = usual.reduce((sum, run) => sum + run.ms, 0);
    const limitMs = PATIENCE_MS + PATIENCE * usualMs;
    const { failed, broken, output, ms } = await runTests(copy, tests, limitMs, endsAt);
    if (broken) return { name, verdict: "BROKEN", ms, by: output };
    if (failed === undefined)
      return { name, verdict: "SURVIVED", ms, by: `all of ${tests.join(" ")} passed` };
    return { name, verdict: "killed", ms, by: failed };
  } finally {
    for (const [file, text] of before) writeFileSync(join(copy, file), text);
  }
}

/** `failed`: title of the first test that failed; `broken`: no test could be run at all. What is under way at `endsAt` is cut off. */
async function runTests(copy, tests, limitMs, endsAt) {
  const from = performance.now();
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const options = ["run", ...tests, "--bail=1", "--reporter=json", `--outputFile=${report}`];
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", ...options], {
    cwd: copy,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, to be ended with all that it started: a mutant that runs in a circle does not end by itself.
    detached: true,
  });
  const end = () => process.kill(-Number(child.pid), "SIGKILL");
  underWay.add(end);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const timer = setTimeout(end, Math.min(limitMs, Math.max(0, endsAt - from) + 100));
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  underWay.delete(end);
  const ms = performance.now() - from;
  if (code === null) return { failed: "(no end within the time limit)", ms };
  if (code === 0) return { ms };
  const { title, reason } = firstFailure(report);
  if (title !== undefined) return { failed: title, ms };
  return { broken: true, output: (reason ?? output.slice(-400)).replaceAll("\n", " ").slice(0, 300), ms };
}

function firstFailure(report) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8"));
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    const title = all.find(({ status }) => status === "failed")?.fullName.trim();
    return { title, reason: testResults.find(({ status }) => status === "failed")?.message };
  } catch {
    return {};
  }
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
