// npm test: sets up what is missing, then runs every test. Arguments go to vitest: npm test -- --project unit
import { run, setUp } from "./setup.mjs";

const args = process.argv.slice(2);
const WITHOUT_BROWSER = ["unit", "simulation", "contract", "integration", "!browser"];

/** The projects that are asked for; none: all of them. */
const projects = args.flatMap((arg, index) => {
  if (arg === "--project") return [args[index + 1] ?? ""];
  return arg.startsWith("--project=") ? [arg.slice("--project=".length)] : [];
});
const browser = projects.length === 0 || projects.some((project) => !WITHOUT_BROWSER.includes(project));

const env = setUp({ browser });
process.exitCode = run("node", ["node_modules/vitest/vitest.mjs", "run", ...args], env);
