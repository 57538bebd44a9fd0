import { mutant } from "./mutant.mjs";

const RECONCILE = "src/pollers/reconcile/reconcile.ts";
const FAILING = "src/pollers/reconcile/failing-step.ts";

const CURRENT = "src/pollers/scan/current-plan.ts";
const PARSE = "src/cliniko/parse-page.ts";
const FIND = "src/pollers/scan/find-plan.ts";
const CONFIRM = "src/pollers/reconcile/confirm-suspects.ts";

const choosePlan = "test/unit/pollers/choose-plan.test.ts";
const enforcements = "test/integration/pollers/enforcements.test.ts";
const reconcilePauses = "test/integration/pollers/reconcile-pauses.test.ts";
const failingStep = "test/unit/pollers/failing-step.test.ts";

/** What reconciliation may not be kept from, and by which lists an account is read. */
export const plansMutants = [
  mutant(
    "what another way of asking would show is told as deleted",
    [enforcements],
    [CONFIRM, "if (hidden.rows.length > 0) return", "if (hidden.rows.length < 0) return"],
  ),
  mutant(
    "a step of reconciliation that fails ends reconciliation",
    [reconcilePauses],
    [RECONCILE, "|| concernsAccount(result.failure)) {", "|| true) {"],
  ),
  mutant(
    "a step of reconciliation that fails is tried at every poll",
    [reconcilePauses],
    [RECONCILE, "before ? isPausing(before, now())", "before ? false"],
  ),
  mutant(
    "reconciliation waits for an answer as long as a scan does",
    [reconcilePauses],
    [RECONCILE, "listPage(resource, request, signal, timeoutMs)", "listPage(resource, request, signal)"],
  ),
  mutant(
    "a pause lasts until a clock that was wrong is reached",
    [failingStep],
    [FAILING, "return now < at || now - at >= intervalMs;", "return now - at >= intervalMs;"],
  ),
  mutant(
    "the plan that has just failed is found again",
    [choosePlan],
    [CURRENT, ".set(plan, { at: now, detail: safeDetail(failure) })", ""],
  ),
  mutant(
    "a page that comes again is read for ever",
    [enforcements],
    [PARSE, "anchor.page > 1 && last?.id === anchor.last", "anchor.page > 1 && last === undefined"],
  ),
  mutant(
    "an order is accepted that nothing proves",
    [enforcements],
    [
      FIND,
      "const last = first.page.rows.at(-1);",
      "const last = first.page.rows.at(Number.MAX_SAFE_INTEGER);",
    ],
  ),
];
