// npm test: sets up what is missing, then runs every test. Arguments go to vitest: npm test -- --project unit
import { run, setUp } from "./setup.mjs";

const env = setUp();
process.exitCode = run("node", ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)], env);
