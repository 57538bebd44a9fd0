// npm run test:mutants: makes one known mistake at a time in a copy of the source and sees that a test fails for it.
// Only some: npm run test:mutants -- baseline fencing (parts of names). The work tree is never touched.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mutants } from "../test/mutants/mutants.mjs";
import { setUp } from "./setup.mjs";

const root = join(import.meta.dirname, "..");
const AT_ONCE = 2;
/** A mutant that hangs a test is noticed too. */
const TIME_LIMIT_MS = 120_000;
/** Without any mutant, all their tests run together. */
const SOUND_LIMIT_MS = 1_200_000;
/** Fewer runs than in `npm test`: a mistake shows early. */
const SHORT = { MODEL_RUNS: "25", BUSY_RUNS: "12", SCHEDULE_RUNS: "100", FUZZ_RUNS: "2000" };
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

const startedAt = performance.now();
const env = { ...setUp(), ...SHORT };
const folder = mkdtempSync(join(tmpdir(), "cw-mutants-"));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const wanted = process.argv.slice(2);
  const chosen = mutants.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const copies = Array.from({ length: AT_ONCE }, (_, index) => copyTo(join(folder, String(index))));
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const sound = await runTests(copies[0], tests, SOUND_LIMIT_MS);
  if (sound.failed !== undefined || sound.broken) {
    console.log(`without any mutant, "${sound.failed ?? sound.output}" fails: nothing can be said`);
    return false;
  }
  const results = [];
  const queue = [...chosen];
  const work = async (copy) => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await tryMutant(copy, next);
      results.push(result);
      console.log(`${result.verdict.padEnd(9)} ${seconds(result.ms)}  ${next.name}  ${result.by}`);
    }
  };
  await Promise.all(copies.map(work));
  const bad = results.filter(({ verdict }) => verdict !== "killed");
  const total = `${results.length - bad.length} of ${results.length} mutants killed`;
  console.log(`${total} in ${seconds(performance.now() - startedAt)} (sound run ${seconds(sound.ms)})`);
  return bad.length === 0;
}

function copyTo(copy) {
  for (const name of ["src", "test", "package.json", "tsconfig.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "vitest.config.ts"), CONFIG);
  return copy;
}

async function tryMutant(copy, { name, edits, tests }) {
  const before = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), "utf8")]));
  try {
    for (const { file, find, replace } of edits) {
      const text = readFileSync(join(copy, file), "utf8");
      const times = text.split(find).length - 1;
      if (times !== 1) return { name, verdict: "STALE", ms: 0, by: `${file} has ${times} times: ${find}` };
      writeFileSync(join(copy, file), text.split(find).join(replace));
    }
    const { failed, broken, output, ms } = await runTests(copy, tests);
    if (broken) return { name, verdict: "BROKEN", ms, by: output };
    if (failed === undefined)
      return { name, verdict: "SURVIVED", ms, by: `all of ${tests.join(" ")} passed` };
    return { name, verdict: "killed", ms, by: failed };
  } finally {
    for (const [file, text] of before) writeFileSync(join(copy, file), text);
  }
}

/** `failed`: title of the first test that failed; `broken`: no test could be run at all. */
async function runTests(copy, tests, limitMs = TIME_LIMIT_MS) {
  const from = performance.now();
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const options = ["run", ...tests, "--bail=1", "--reporter=json", `--outputFile=${report}`];
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", ...options], {
    cwd: copy,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
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
