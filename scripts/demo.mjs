// npm run demo: sets up what is missing, builds, then shows it all at work. Arguments: npm run demo -- --help
import { run, setUp } from "./setup.mjs";

const env = setUp();
process.exitCode =
  run("node", ["scripts/build.mjs"], env) ||
  run("node", ["--enable-source-maps", "dist/cli.js", "demo", ...process.argv.slice(2)], env);
