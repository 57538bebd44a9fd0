import { mutant } from "./mutant.mjs";

const TURNS = "src/store/detection/turn-store.ts";
const AHEAD = "src/pollers/scan/read-ahead.ts";
const HANDLER = "src/pollers/scan/poll-handler.ts";
const PACE = "src/pollers/schedule/pace.ts";

const quiet = "test/integration/pollers/quiet-poll.test.ts";
const turns = "test/integration/store/turn-store.test.ts";

/** What makes a poll that finds nothing cheap, and must change nothing else. */
export const quietMutants = [
  mutant(
    "each live resource is planned as if it were alone",
    ["test/unit/pollers/adaptive-schedule.test.ts"],
    [
      "src/pollers/schedule/adaptive-schedule.ts",
      "const roots = weeks.flat();",
      "const roots = weeks[0] ?? [];",
    ],
  ),
  mutant(
    "what can wait is planned with the live ones",
    ["test/unit/pollers/learnt-weeks.test.ts"],
    [
      "src/pollers/schedule/learnt-weeks.ts",
      "isLive(resource) ? (live.get(account) ?? []) : []",
      "live.get(account) ?? []",
    ],
  ),
  mutant(
    "the week of the others is not asked for",
    ["test/unit/pollers/pace.test.ts"],
    [PACE, "planTogether([weights, ...beside])", "planTogether([weights])"],
  ),
  mutant(
    "what an account has learnt is read for each of its resources",
    ["test/unit/pollers/pace.test.ts"],
    [PACE, "[resource, ...sharing].entries()", "[resource].entries()"],
  ),
  mutant(
    "a start reads all of an account before anything of the next",
    ["test/integration/ensure-polls.test.ts"],
    ["src/app/ensure-polls.ts", "byTurns(ofAccounts)", "ofAccounts.flat()"],
  ),
  mutant(
    "a first sync is counted as soon as it is read",
    [quiet],
    ["src/pollers/scan/read-once.ts", "if (scanned.baseline) return", "if (false) return"],
  ),
  mutant(
    "a script's text goes along with each call that a server did not know",
    ["test/integration/store/batch.test.ts"],
    ["src/store/redis/batch.ts", 'again.slice(0, 1), "with text");', 'again.splice(0), "with text");'],
  ),
  mutant(
    "a connection is taken for what it was",
    [turns, quiet],
    [TURNS, "if version ~= '' and current ~= version then", "if false then"],
  ),
  mutant(
    "what it takes to make sure that nothing is missing is not counted where requests are shared",
    [quiet],
    [HANDLER, "given.pace.spent(lease, step.requests);", ""],
  ),
  mutant(
    "whoever ends a turn gives back another's lease",
    [turns],
    [TURNS, "if held then redis.call", "if true then redis.call"],
  ),
  mutant(
    "what is read ahead is read again",
    [quiet],
    [AHEAD, "known.rest && isOurs(account, resource) ?", "false ?"],
  ),
  mutant(
    "what was said while a poll was under way is not answered",
    [quiet],
    [HANDLER, "connection: ended.version === connection.version ? connection : undefined", "connection"],
  ),
  mutant(
    "the hour's longest pause is worked out at each poll",
    [quiet],
    [PACE, "if (known?.hour === hour) return", "if (known?.hour === -1) return"],
  ),
  mutant(
    "the same ones are looked at in every round",
    ["test/unit/rotation.test.ts"],
    ["src/shared/rotation.ts", "place = from + count;", "place = from;"],
  ),
  mutant(
    "what fails is no suspect within its promise",
    ["test/unit/pollers/late-suspects.test.ts"],
    ["src/pollers/schedule/late-suspects.ts", "failing.get(target) ||", ""],
  ),
  mutant(
    "a look takes back what is known better",
    ["test/unit/pollers/late-suspects.test.ts"],
    ["src/pollers/schedule/late-suspects.ts", "Math.max(at, readAt.get(target) ?? at)", "at"],
  ),
  mutant(
    "the first of those that sleep long are looked at alone",
    ["test/integration/queues/polls.test.ts"],
    ["src/queues/wake-sleepers.ts", "places.set(queue.name, next);", ""],
  ),
  mutant(
    "nobody knows that a poll was taken over",
    ["test/integration/queues/polls.test.ts"],
    ["src/queues/workers.ts", "job.stalledCounter > (losses.get(job.id) ?? 0)", "false"],
  ),
  mutant(
    "a job that ended is not asked to bring the next one along",
    ["test/integration/queues/polls.test.ts"],
    ["src/queues/resting-worker.ts", "this.#mayBeMore = data !== undefined;", "this.#mayBeMore = false;"],
  ),
  mutant(
    "each clinic has connections of its own",
    ["test/integration/cliniko/client-manners.test.ts"],
    ["src/cliniko/client.ts", "options.connections ?? openConnections", "openConnections"],
  ),
  mutant(
    "what was taken ahead is sent twice",
    ["test/integration/cliniko/client-budget.test.ts"],
    ["src/cliniko/client.ts", "    ahead = undefined;\n", ""],
  ),
  mutant(
    "each command is a write of its own",
    ["test/integration/store/redis.test.ts"],
    ["src/store/redis/mend-client.ts", "stream.cork();", ""],
  ),
  mutant(
    "what was read of a source is believed while its poll runs on",
    ["test/integration/admin/kept-facts.test.ts"],
    ["src/admin/accounts/kept-facts.ts", "sleep === sleepNow && ", ""],
  ),
  mutant(
    "what was read of a source is believed for ever",
    ["test/integration/admin/kept-facts.test.ts"],
    ["src/admin/accounts/kept-facts.ts", "found.until > monotonicMs()", "found.until > 0"],
  ),
  mutant(
    "who waits to be told whose account it is looks again and again",
    ["test/integration/pollers/another-clinic.test.ts"],
    ["src/pollers/connection/connection-reports.ts", "    wakeWaiting(deps, name);\n", ""],
  ),
  mutant(
    "a turn whose lease was lost is believed",
    ["test/integration/pollers/guards.test.ts"],
    ["src/pollers/scan/poll-handler.ts", "ended.wasHeld ? done : ", "ended ? done : "],
  ),
  mutant(
    "what was found out before Redis was emptied is written down after it",
    ["test/integration/pollers/guards.test.ts"],
    [
      "src/pollers/connection/connection-keeper.ts",
      "        if (seen && read.version < seen.version) return;\n",
      "",
    ],
  ),
];
