import { mutant } from "./mutant.mjs";

const SECTIONS = "src/diff/sections.ts";
const READ = "src/cliniko/read-single.ts";

const single = "test/contract/single-objects.test.ts";

/** The one object that is served in two places. */
export const singleMutants = [
  mutant(
    "who may not see the whole is shown nothing",
    [single],
    [READ, "if (!isRefused) return", "if (isRefused || !isRefused) return"],
  ),
  mutant(
    "an answer without any of it is believed",
    ["test/unit/cliniko/read-single.test.ts"],
    [READ, "names.every((name) => !Object.hasOwn(record, name))", "names.length === 0"],
  ),
  mutant(
    "what is left out is cleared",
    [single],
    [
      SECTIONS,
      "if (value !== null || isCleared) return value;",
      "if (value !== null || index >= 0) return value;",
    ],
  ),
  mutant(
    "what was never served is known to be empty",
    [single],
    [SECTIONS, "if (!former.has(name)) return UNSERVED;", "if (!former.has(name)) return null;"],
  ),
  mutant(
    "what one source leaves empty the other has cleared",
    [single],
    [SECTIONS, "(isOwn || former.get(name) === null)", "(isOwn || value === null)"],
  ),
  mutant(
    "it is forgotten which source a value is of",
    [single],
    [SECTIONS, "if (!isOwn) others.push(name);", "if (!isOwn) others.length = 0;"],
  ),
  mutant(
    "a record is told flat",
    [single],
    ["src/diff/event.ts", "publicly === undefined ? object : unflatten(object)", "object"],
  ),
];
