import { mutant } from "./mutant.mjs";

const TROUBLES = "src/shared/troubles.ts";
const WORKERS = "src/queues/workers.ts";

const troubles = "test/unit/troubles.test.ts";

const redis = "test/integration/store/redis.test.ts";
const redisUrl = "test/unit/config/redis-url.test.ts";
const refusingRedis = "test/integration/queues/refusing-redis.test.ts";

/** How a process starts, complains and ends. */
export const processMutants = [
  mutant(
    "what is wrong on the command line is no longer said as the others are",
    ["test/integration/cli-events.test.ts"],
    ["src/cli/terminal/judge-option.ts", "return command.error(", "throw new Error("],
  ),
  mutant(
    "what fails again is told again",
    [troubles],
    [TROUBLES, "      if (known) {", "      if (known && known.times < 0) {"],
  ),
  mutant(
    "another reason hides behind the first",
    [troubles],
    [TROUBLES, "reasons.get(reason) ??", "[...reasons.values()].at(-1) ??"],
  ),
  mutant(
    "a trouble is counted once a minute for ever",
    [troubles],
    [TROUBLES, "one.pauseMs * 2", "one.pauseMs"],
  ),
  mutant("a worker does not rest after an error", [refusingRedis], [WORKERS, "    rest.begin();", ""]),
  mutant(
    "a worker that rested does not go on",
    [refusingRedis],
    [WORKERS, "void worker.resume().catch(() => undefined);", ""],
  ),
  mutant(
    "a database that is not there is another one",
    [redis],
    ["src/store/redis/mend-client.ts", "if (isRefusedSelect(error)) redis.disconnect(true);", ""],
  ),
  mutant(
    "a parameter of REDIS_URL that nobody reads is passed over",
    [redisUrl],
    ["src/config/redis-url.ts", "if (unknown !== undefined) {", 'if (unknown === "") {'],
  ),
];
