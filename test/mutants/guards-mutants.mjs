import { mutant } from "./mutant.mjs";

const CONFIRM = "src/pollers/confirm-suspects.ts";
const COUNT = "src/pollers/count-sweep.ts";

const sweeps = "test/unit/detection/sweeps.test.ts";
const witness = "test/integration/pollers/witness.test.ts";
const counts = "test/integration/pollers/counts.test.ts";

/** What is believed of rows that are missing, of rows that appear, and of counts. */
export const guardsMutants = [
  mutant(
    "no witness needed where no other record is left",
    [witness],
    [CONFIRM, "if (witness === undefined && !accepted) {", "if (false) {"],
  ),
  mutant(
    "the witness is asked before the suspects and not after",
    [witness],
    [CONFIRM, 'if (after !== "there") return after;', ""],
  ),
  mutant(
    "waves of disappearances are not added up",
    [witness],
    [CONFIRM, "if (!accepted && gone > mostGoneInADay(all)) {", "if (false) {"],
  ),
  mutant(
    "a count alone is evidence of what is missing",
    [counts],
    [
      COUNT,
      "isReliable = isPlausible(page, range.halves);",
      'isReliable = true; if (isMassive(range.ids.length - (page.totalEntries ?? 0), known.length)) return { kind: "guarded", guard: { kind: "mass_disappearance", missing: 1, known: 1 } };',
    ],
  ),
  mutant(
    "missing rows are suspected without a limit",
    [sweeps],
    [
      COUNT,
      "if (!deps.state.deletionsAccepted && isMassive(suspects.length, known.length)) {",
      "if (false) {",
    ],
  ),
];
