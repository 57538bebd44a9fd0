import { mutant } from "./mutant.mjs";
import { quietMutants } from "./quiet-mutants.mjs";

const FORMER = "src/queues/former-queues.ts";
const FORMER_TEST = "test/integration/queues/former-queues.test.ts";

const ROUTE = "src/dispatch/routing/route.ts";
const LOSSES_TEST = "test/integration/dispatch/route-losses.test.ts";

/** Mistakes with what Redis is: one server, sentinels, a cluster. */
export const redisMutants = [
  ...quietMutants,
  mutant(
    "a primary that goes on alone is not warned of",
    ["test/unit/store/redis-warnings.test.ts"],
    ["src/store/redis/redis-warnings.ts", "if (leastReplicas === 0) {", "if (leastReplicas === -1) {"],
  ),
  mutant(
    "of several nodes one is not named",
    ["test/unit/store/redis-warnings.test.ts"],
    [
      "src/store/redis/redis-warnings.ts",
      "if (concerned.length === nodes.length) return",
      "if (concerned.length > 0) return",
    ],
  ),
  mutant(
    "a place that the log has lost is believed",
    [LOSSES_TEST],
    ["src/store/events/log-loss.ts", 'return isOld ? "removed" : "lost";', 'return "removed";'],
  ),
  mutant(
    "a place ahead of the log is waited for",
    [LOSSES_TEST],
    [
      "src/store/events/log-loss.ts",
      'if (comparePositions(place, last) > 0) return "lost";',
      'if (comparePositions(place, last) > 0) return "removed";',
    ],
  ),
  mutant(
    "what was removed for its age counts as lost",
    [LOSSES_TEST],
    ["src/store/events/log-loss.ts", 'return isOld ? "removed" : "lost";', 'return "lost";'],
  ),
  mutant(
    "an endpoint begins by the clock of another node",
    [LOSSES_TEST],
    [
      ROUTE,
      "if (madeAt === createdAt && position !== undefined) return",
      "if (madeAt === -1 && position !== undefined) return",
    ],
  ),
  mutant(
    "an id that is given again goes on where the one of before had come to",
    [LOSSES_TEST],
    [
      "src/store/outbox/outbox-scripts.ts",
      "redis.call('DEL', positions)\nfor at = MORE + 1, #ARGV, 2 do redis.call('HSET'",
      "for at = MORE + 1, #ARGV, 2 do redis.call('HSETNX'",
    ],
  ),
  mutant(
    "what is under way in a former queue is thrown away",
    [FORMER_TEST],
    [FORMER, "    await queues.adopt(name, id, job.data);\n", ""],
  ),
  mutant(
    "a former queue is taken over from under who works on it",
    [FORMER_TEST],
    [FORMER, "      isWhole = false;\n      continue;\n", ""],
  ),
  mutant(
    "a parameter of a cluster's URL that nobody reads is passed over",
    ["test/unit/config/redis-url.test.ts"],
    [
      "src/config/redis-url.ts",
      "  if (unknown !== undefined) {",
      "  if (unknown !== undefined && !scheme.includes('+')) {",
    ],
  ),
  mutant(
    "a shard that went back is told of as an incident of the whole Redis is, once",
    ["test/integration/pollers/tell-incident.test.ts"],
    [
      "src/pollers/connection/tell-incident.ts",
      "{ since, detail }, account, () => false)",
      "{ since, detail }, account, (now) => now.incident !== undefined)",
    ],
  ),
  mutant(
    "a cluster's database is passed over",
    ["test/unit/config/redis-url.test.ts"],
    ["src/config/redis-url.ts", 'path.length > 0 || url.searchParams.has("db")', "path.length > 1"],
  ),
  mutant(
    "certificates that nobody uses are passed over",
    ["test/unit/config/redis-block.test.ts"],
    ["src/config/redis-schema.ts", 'block["tls"] !== undefined && ', 'block["tls"] === "" && '],
  ),
];
