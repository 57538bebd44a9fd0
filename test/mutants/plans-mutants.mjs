import { mutant } from "./mutant.mjs";

const UPKEEP = "src/pollers/upkeep.ts";
const FAILING = "src/pollers/failing-step.ts";

const upkeepPauses = "test/integration/pollers/upkeep-pauses.test.ts";
const failingStep = "test/unit/pollers/failing-step.test.ts";

/** What the upkeep may not be kept from, and by which lists an account is read. */
export const plansMutants = [
  mutant(
    "a step of the upkeep that fails ends the upkeep",
    [upkeepPauses],
    [UPKEEP, "|| concernsAccount(result.failure)) {", "|| true) {"],
  ),
  mutant(
    "a step of the upkeep that fails is tried at every poll",
    [upkeepPauses],
    [UPKEEP, "before ? isPausing(before, now())", "before ? false"],
  ),
  mutant(
    "the upkeep waits for an answer as long as a scan does",
    [upkeepPauses],
    [UPKEEP, "listPage(resource, request, signal, timeoutMs)", "listPage(resource, request, signal)"],
  ),
  mutant(
    "a pause lasts until a clock that was wrong is reached",
    [failingStep],
    [FAILING, "return now < at || now - at >= intervalMs;", "return now - at >= intervalMs;"],
  ),
];
