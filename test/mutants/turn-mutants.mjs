import { mutant } from "./mutant.mjs";

const SCRIPTS = "src/store/outbox/outbox-scripts.ts";
const KEEP_ORDER = "src/store/outbox/keep-order.ts";
const WORKER = "src/dispatch/worker/endpoint-worker.ts";
const BEGIN = "src/dispatch/worker/begin-deliveries.ts";
const OPENED = "src/store/events/opened-events.ts";
const CHECK_AGAIN = "src/dispatch/http/check-again.ts";

const ahead = "test/integration/dispatch/claimed-ahead.test.ts";
const turn = "test/integration/store/outbox-turn.test.ts";
const orderAskedFor = "test/integration/dispatch/order-asked-for.test.ts";
const opened = "test/unit/store/opened-events.test.ts";
const checkAgain = "test/unit/dispatch/check-again.test.ts";

/** What makes delivering fast, and must change nothing else. */
export const turnMutants = [
  mutant(
    "order that is asked for leaves what waits as it stands",
    [orderAskedFor],
    [WORKER, "if (isAsked) await outbox.keepOrder(run.worker, now());", ""],
  ),
  mutant(
    "what was begun before order was asked for is not waited for",
    [orderAskedFor],
    [WORKER, "if (isAsked && !run.inOrder && run.unsettled.size > 0) return false;", ""],
  ),
  mutant(
    "an attempt by hand takes a place among what waits",
    [orderAskedFor],
    [KEEP_ORDER, "if redis.call('ZSCORE', key, id) then waits = false end", ""],
  ),
  mutant(
    "a replaced worker's success leaves behind what waits for it",
    [orderAskedFor],
    [SCRIPTS, "if member == '' then member = cjson.decode(redis.call('HGET', heads, id))[6] end", ""],
  ),
  mutant(
    "what was claimed ahead is begun by a worker that was silent",
    [ahead],
    [BEGIN, "mayStart(deps, run) && !isStale(deps, run) &&", "mayStart(deps, run) &&"],
  ),
  mutant(
    "events in order are claimed ahead",
    [ahead, "test/unit/dispatch/claim-ahead.test.ts"],
    [
      "src/dispatch/worker/claim-ahead.ts",
      'if (rateLimit !== undefined || ordering === "subject") return 0;',
      "if (rateLimit !== undefined) return 0;",
    ],
  ),
  mutant(
    "a paused endpoint keeps what was claimed ahead",
    [ahead],
    [
      "src/dispatch/worker/endpoint-worker.ts",
      "isStale(deps, run)) giveBack(run);",
      "isStale(deps, run)) void run;",
    ],
  ),
  mutant(
    "first attempts are claimed ahead of a retry that is due",
    [turn],
    [SCRIPTS, " and redis.call('ZCOUNT', retry, '-inf', now) == 0 then", " then"],
  ),
  mutant(
    "what is given back counts as tried",
    [turn],
    [SCRIPTS, "if verdict == 'back' then", "if false then"],
  ),
  mutant(
    "an endpoint is given more where it is not",
    [turn, "test/integration/dispatch/route.test.ts"],
    [
      SCRIPTS,
      "(redis.call('HGET', positions, account) or '') ~= expected then return -1 end",
      "false then return -1 end",
    ],
  ),
  mutant(
    "what a person asked for once more stays where it stood when it is delivered",
    ["test/integration/store/delivery-log.test.ts", "test/integration/store/outbox-model.test.ts"],
    [
      SCRIPTS,
      "if not (owner and isUnderWay and ARGV[at + 5] == '0') then",
      "if not (owner and isUnderWay) then",
    ],
  ),
  mutant(
    "what another worker has taken over is delivered and due",
    ["test/integration/store/outbox.test.ts", "test/integration/store/outbox-model.test.ts"],
    [SCRIPTS, "if not (owner and isUnderWay and ARGV[at + 5] == '0') then", "if ARGV[at + 5] ~= '0' then"],
  ),
  mutant(
    "what a replaced worker delivered stays where it stood, too, when it is under way by hand",
    ["test/integration/store/outbox-model.test.ts"],
    [
      SCRIPTS,
      "if not (owner and isUnderWay and ARGV[at + 5] == '0') then",
      "if not (isUnderWay and ARGV[at + 5] == '0') then",
    ],
  ),
  mutant("an erased event is at hand", [opened], [OPENED, "&& !keyring.isErased(sealed)", ""]),
  mutant(
    "an event is taken for what it was before",
    [opened],
    [OPENED, "kept?.sealed.equals(sealed) && !keyring", "kept && !keyring"],
  ),
  mutant(
    "a head in doubt is sound when it comes again",
    ["test/unit/dispatch/parse-answer.test.ts"],
    [
      "src/dispatch/http/parse-answer.ts",
      "{ text: whole, head, regular };",
      "{ text: whole, head, regular: true };",
    ],
  ),
  mutant(
    "a URL that passed once passes for ever",
    [checkAgain],
    [CHECK_AGAIN, " && elapsedMs(at, known.at) < HOLDS_MS", ""],
  ),
  mutant(
    "what one policy let through passes another",
    [checkAgain],
    [CHECK_AGAIN, "known.policy === policy && ", ""],
  ),
  mutant(
    "a worker that cannot be told of more lingers",
    [ahead],
    [
      "src/dispatch/worker/endpoint-worker.ts",
      "(hasLingered || !deps.wakes?.hears())",
      "(hasLingered || !deps.wakes)",
    ],
  ),
  mutant(
    "a worker that was replaced keeps for itself what it is told",
    [ahead],
    ["src/dispatch/worker/take-turn.ts", "  run.stopListening();\n", ""],
  ),
  mutant(
    "what a replaced worker was told is for nobody",
    [ahead],
    ["src/dispatch/worker/take-turn.ts", "  await onLost?.(run.worker.endpoint);\n", ""],
  ),
  mutant(
    "nobody is told of what a job at work is to look at",
    ["test/integration/queues/deliveries.test.ts"],
    ["src/queues/queues.ts", "else await announceWake?.(data.endpoint);", ""],
  ),
  mutant(
    "rounds of one account are in each other's way",
    ["test/integration/dispatch/route.test.ts"],
    ["src/dispatch/routing/route.ts", "return oneAtATime(createRound(deps));", "return createRound(deps);"],
  ),
];
