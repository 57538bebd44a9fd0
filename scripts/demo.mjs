// npm run demo: sets up what is missing, builds, then shows it all at work. Arguments: npm run demo -- --help
import { run, setUp } from "./setup.mjs";

const env = setUp();
process.exitCode =
  run("node", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], env) ||
  run("node", ["scripts/build-dashboard.mjs"], env) ||
  run("node", ["--enable-source-maps", "dist/cli.js", "demo", ...process.argv.slice(2)], env);
