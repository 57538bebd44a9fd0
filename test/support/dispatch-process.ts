// The service with the dispatch role alone, to be killed: DISPATCH holds, as JSON, the configuration's text, where
// Redis is, the prefix, and a lock that is shorter than ours, so that nobody need wait 15 s for a dead process.
import { NAMEABLE } from "../../src/admin/nameable.ts";
import { startApp } from "../../src/app/app.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";

interface Told {
  readonly text: string;
  readonly env: NodeJS.ProcessEnv;
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly lockMs: number;
}

const { text, env, address: redis, prefix, lockMs } = JSON.parse(process.env["DISPATCH"] ?? "{}") as Told;
const readFile = (path: string): string => {
  throw new Error(`${path} is not part of this`);
};
const config = parseConfig(text, "test.yaml", { env, readFile, ...NAMEABLE });
await startApp({ config, logger: createLogger("silent"), redis, prefix, lockMs });
process.stdout.write("started\n");
