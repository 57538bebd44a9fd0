// The built service with the dispatch role alone, to be killed: DISPATCH holds, as JSON, the configuration's text, where
// Redis is, the prefix, and a lock that is shorter than ours, so that nobody need wait 15 s for a dead process.
import { startApp } from "../../dist/app/app.js";
import { NAMEABLE } from "../../dist/admin/nameable.js";
import { parseConfig } from "../../dist/config/parse-config.js";
import { createLogger } from "../../dist/shared/logger.js";

const { text, env, address: redis, prefix, lockMs } = JSON.parse(process.env.DISPATCH ?? "{}");
const readFile = (path) => {
  throw new Error(`${path} is not part of this`);
};
const config = parseConfig(text, "test.yaml", { env, readFile, ...NAMEABLE });
await startApp({ config, logger: createLogger("silent"), redis, prefix, lockMs });
process.stdout.write("started\n");
