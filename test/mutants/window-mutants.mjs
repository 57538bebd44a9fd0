import { mutant } from "./mutant.mjs";

const along = "test/integration/pollers/what-comes-along.test.ts";
const seen = "test/unit/diff/seen.test.ts";
const WITNESS = "src/pollers/scan/link-witness.ts";

/** What is ordinary at one resource, and what one record does to others. */
export const windowMutants = [
  mutant(
    "what moved no stamp is dated by that of an earlier change",
    ["test/unit/diff/adopt.test.ts"],
    ["src/diff/event.ts", "updatedAt > deletedAt && updatedAt >= shownFrom", "updatedAt > deletedAt"],
  ),
  mutant(
    "a movement of stock does not have its product read again",
    [along],
    ["src/pollers/scan/rereads-after.ts", "[...hanging, ...moved, ", "[...hanging, "],
  ),
  mutant(
    "what follows from a change waits for its turn",
    [along],
    [
      "src/resources/registry.ts",
      "...movedBy(name), ...resources[name].followedBy, ...standingOn(name)",
      "...movedBy(name)",
    ],
  ),
  mutant(
    "a bulk e-mail that is seen late holds the account",
    [along],
    ["src/pollers/reconcile/mass-limits.ts", " && of.comesInBursts !== true", ""],
  ),
  mutant(
    "a line that goes is no deletion if others come anywhere",
    [along],
    ["src/pollers/scan/replacements.ts", "(place) => !filled.has(place)", "() => filled.size === 0"],
  ),
  mutant(
    "a duplicate's relations are asked for by what is no filter",
    [along],
    ["src/pollers/scan/reread.ts", ".filter((name) => !unfiltered.includes(name))", ""],
  ),
  mutant(
    "every name that is not served is one that was taken away",
    [along],
    [
      WITNESS,
      "const left = open.filter(({ link }) => !found.some((row) => has(row, link)));",
      "const left: Gone[] = [];",
    ],
  ),
  mutant(
    "a forgotten patient comes back without a name",
    [along],
    ["src/pollers/scan/privacy-filter.ts", "if (isNobodys(row) || ", "if ("],
  ),
  mutant(
    "what was written stays when the name goes",
    [seen],
    ["src/diff/seen.ts", ": withoutPatient(projection, record);", ": record;"],
  ),
  mutant(
    "a message of a kind that is not said may be a code, and is told",
    [seen],
    ["src/diff/seen.ts", 'typeof kind === "number" && !among', "!among"],
  ),
  mutant(
    "a contact is a patient of the same number",
    [seen],
    ["src/diff/normalise.ts", ' && !value.includes("/")', ""],
  ),
];
