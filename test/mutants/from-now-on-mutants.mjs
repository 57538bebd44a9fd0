import { mutant } from "./mutant.mjs";

const begun = "test/integration/pollers/from-now-on.test.ts";

/** Lists that begin now. */
export const fromNowOnMutants = [
  mutant(
    "many older records that change have the account held",
    [begun],
    [
      "src/pollers/reconcile/mass-limits.ts",
      "of.comesInBursts !== true && !fromNowOn",
      "of.comesInBursts !== true",
    ],
  ),
  mutant(
    "what changed in the second of the scan before is not told",
    [begun],
    [
      "src/diff/adopt.ts",
      "if (appearance.fromNowOn) return seen.updatedAt",
      "if (appearance.choice) return seen.updatedAt",
    ],
  ),
  mutant(
    "what was never read is counted",
    [begun],
    ["src/pollers/reconcile/sweep-times.ts", "!fromNowOn && elapsedMs(", "elapsedMs("],
  ),
  mutant(
    "an older record is not said to be first seen",
    [begun],
    ["src/diff/adopt.ts", "[...change.transitions, FIRST_SEEN]", "[...change.transitions]"],
  ),
  mutant(
    "a list begins now although nobody wants that",
    [begun],
    [
      "src/pollers/scan/read-once.ts",
      "state.firstSyncAt !== 0 || !state.fromNowOn",
      "state.firstSyncAt !== 0",
    ],
  ),
];
