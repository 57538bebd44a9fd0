import { mutant } from "./mutant.mjs";

const WHOLE = "src/pollers/reconcile/whole-reading.ts";
const SUSPECTS = "src/pollers/reconcile/confirm-suspects.ts";
const SCAN = "src/pollers/scan/scan.ts";

const lists = "test/integration/pollers/whole-lists.test.ts";
const rechecks = "test/integration/pollers/rechecks.test.ts";
const readings = "test/simulation/whole-readings.test.ts";

/** What is read whole each time. */
export const wholeMutants = [
  mutant(
    "a row that two lists show is doubted",
    [readings],
    [SCAN, "isWhole ? withoutShown(answer.page, run.shown) : answer.page", "answer.page"],
  ),
  mutant(
    "a first sync that went on in its middle misses what came before",
    [lists],
    ["src/pollers/scan/read-once.ts", "if (scanned.baseline) return", "if (false) return"],
  ),
  mutant(
    "who answers by id and is in no list is asked for at every poll",
    [lists],
    [SUSPECTS, 'if (isWhole && taken.kind === "done") await', "if (isWhole && lease.epoch < 0) await"],
  ),
  mutant(
    "who does not say in which list they belong is believed by their id",
    [lists],
    [SUSPECTS, "row !== undefined && saysAll(deps.resource, row)", "row !== undefined"],
  ),
  mutant(
    "who is in no list is never asked for again",
    [lists],
    [WHOLE, "at - askedAt >= ASKED_AGAIN_SECONDS", "at - askedAt >= Infinity"],
  ),
  mutant(
    "who is in no list is said to have been there longer than anybody knows",
    [lists],
    ["src/pollers/reconcile/unlisted.ts", "unlistedOf(state).get(id) ?? state.presentAt", "state.presentAt"],
  ),
  mutant(
    "what a cache shows of somebody is news",
    [lists],
    ["src/diff/adopt.ts", "if (isUnstamped && mayBeOlder(", "if (isUnstamped && !mayBeOlder("],
  ),
  mutant(
    "what a cache shows of a record that is gone brings it back",
    [lists],
    [
      "src/diff/adopt.ts",
      "if (deletedAt !== undefined && mayBeOlder(context, deletedAt, shown))",
      "if (deletedAt === 0)",
    ],
  ),
  mutant(
    "what a cache shows of a change without a stamp is news where it is read since when",
    [rechecks],
    [SCAN, "(isWhole || deps.asksById === true)", "isWhole"],
  ),
  mutant(
    "what a cache shows of what takes place soon is news",
    [rechecks],
    [WHOLE, 'takeOver(deps, lease, page, "sweep", Infinity)', 'takeOver(deps, lease, page, "sweep")'],
  ),
  mutant(
    "of what is doubted in one poll the first few are told alone",
    [rechecks],
    [
      "src/pollers/reconcile/reconcile.ts",
      "deps.rechecks?.add(deps.doubted ?? [], deps.watermark)",
      "void 0",
    ],
  ),
  mutant(
    "the second look waits for its tier",
    [lists],
    ["src/pollers/scan/poll-handler.ts", ", now() + soonMs)", ", Infinity)"],
  ),
  mutant(
    "hours that are gone with their record are not closed",
    [lists],
    [
      "src/diff/adopt.ts",
      "transitions: [projection.deletedAs, ...told]",
      "transitions: [projection.deletedAs]",
    ],
  ),
  mutant(
    "a list that is not there is read in another way",
    [lists],
    [
      "src/pollers/scan/choose-plan.ts",
      "if (isOwn || (await isAbsent(deps.client, resources[name], signal))) return;",
      "if (isOwn) return;",
    ],
  ),
];
