import { mutant } from "./mutant.mjs";

const resources = "test/contract/resources.test.ts";
const tables = "test/contract/sandbox-tables.test.ts";

/** What holds for every resource, whatever it is. */
export const contractMutants = [
  mutant(
    "the note on a place outlives the patient who is forgotten",
    [resources],
    [
      "src/resources/attendees.ts",
      'notes: personal(text("The note on this place.")),',
      'notes: text("The note on this place."),',
    ],
  ),
  mutant(
    "a sandbox shows what is hidden",
    [tables],
    [
      "src/sandbox/http/listing.ts",
      "hiddenMask: toHiddenMask(hiddenBy.filter((column) => !isNamed(column, conditions))),",
      "hiddenMask: toHiddenMask([]),",
    ],
  ),
];
