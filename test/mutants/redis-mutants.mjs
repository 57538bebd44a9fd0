import { mutant } from "./mutant.mjs";

const FORMER = "src/queues/former-queues.ts";
const FORMER_TEST = "test/integration/queues/former-queues.test.ts";

/** Mistakes with what Redis is: one server, sentinels, a cluster. */
export const redisMutants = [
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
