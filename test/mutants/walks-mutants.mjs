import { mutant } from "./mutant.mjs";

const LIMIT = "src/ops/api/limit-concurrency.ts";
const SCRIPTS = "src/store/events/log-index-scripts.ts";

const limit = "test/integration/ops/limit-concurrency.test.ts";
const index = "test/integration/store/log-index.test.ts";
const kept = "test/integration/ops/kept-bytes.test.ts";
const searches = "test/integration/admin/searches.test.ts";

/** What a search may cost, and for how long. */
export const walksMutants = [
  mutant(
    "leaving frees a place while the work goes on",
    [limit],
    [
      LIMIT,
      "if (work.ended || work.working > 0 || !work.answered) return;",
      "if (work.ended || !work.answered) return;",
    ],
  ),
  mutant(
    "a search goes on when nobody waits for it",
    [searches],
    ["src/admin/events/merge-logs.ts", "    signal.throwIfAborted();\n", ""],
  ),
  mutant(
    "a search takes as long as it takes",
    [searches],
    ["src/admin/events/merge-logs.ts", "if (batch.ended || isOver()) return;", "if (batch.ended) return;"],
  ),
  mutant(
    "a log that an earlier release wrote counts as indexed",
    [index],
    [SCRIPTS, "return redis.call('XLEN', log) == tonumber", "return 0 <= tonumber"],
  ),
  mutant(
    "what is removed stays in the index",
    [index],
    [SCRIPTS, "  drop(places, trails, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])\n", ""],
  ),
  mutant(
    "indexing an old log puts its events behind the new ones",
    [index],
    [SCRIPTS, "isBefore(place, string.sub(trail, at - SIZE + 1, at))", "false"],
  ),
  mutant(
    "a subscriber fills Redis with what it does over and over",
    [kept],
    ["src/ops/api/limit-kept.ts", "if (until === undefined) return;", "if (until !== 0) return;"],
  ),
  mutant(
    "lines of the audit log are not counted against anybody",
    [kept],
    ["src/store/access/audit-log.ts", "if bytes ~= '0' then", "if false then"],
  ),
  mutant(
    "enabling what is enabled is a change",
    [kept],
    ["src/admin/endpoints/change-endpoint.ts", "if (wasPaused || wasShut) {", "if (wasPaused || !wasShut) {"],
  ),
  mutant(
    "the audit log grows for ever",
    ["test/integration/store/audit-log.test.ts"],
    ["src/store/access/audit-log.ts", "'MAXLEN', '~', most, '*'", "'*'"],
  ),
];
