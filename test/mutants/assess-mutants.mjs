import { mutant } from "./mutant.mjs";

const SOURCE = "src/admin/assess/assess-source.ts";
const ENDPOINT = "src/admin/assess/assess-endpoint.ts";

const source = "test/unit/admin/assess/assess-source.test.ts";
const things = "test/unit/admin/assess/assess-things.test.ts";
const metrics = "test/unit/ops/metrics.test.ts";
const trouble = "test/unit/dashboard/shell/find-trouble.test.ts";

/** Ways to call well what stands still. */
export const assessMutants = [
  mutant("a stamp is believed, whatever has moved", [source], [SOURCE, ", idleMs ?? 0);", ");"]),
  mutant(
    "a source without a job is judged by its age",
    [source],
    [SOURCE, 'if (job !== "missing" && job', "if (job"],
  ),
  mutant(
    "a sleeper is believed to wake in time",
    [source],
    [SOURCE, "judgeAge(sleepMs + stillMs", "judgeAge(stillMs"],
  ),
  mutant(
    "a guard holds the resource alone that it saw",
    [source],
    [SOURCE, "if (problem.quarantined)", "if (false)"],
  ),
  mutant(
    "what waits is no matter while nothing fails",
    [things],
    [ENDPOINT, "isServed ? LONG_WAIT_MS : UNDELIVERED_MS", "LONG_WAIT_MS * 1_000"],
  ),
  mutant(
    "a process that is connected is believed to work",
    [things],
    ["src/admin/assess/assess-work.ts", "if (alive === 0) {", "if (alive < 0) {"],
  ),
  mutant(
    "what has no age has no series",
    [metrics],
    [
      "src/ops/state-gauges.ts",
      "ageMs === undefined ? Number.POSITIVE_INFINITY : ageMs / 1_000",
      "(ageMs ?? 0) / 1_000",
    ],
  ),
  mutant(
    "nothing that could be read is nothing wrong",
    [metrics],
    ["src/ops/state-gauges.ts", 'state?.verdict.severity ?? "critical"', 'state?.verdict.severity ?? "ok"'],
  ),
  mutant(
    "the dashboard tells what it was given, and not what was left out",
    [trouble],
    ["dashboard/shell/trouble/find-trouble.ts", "if (left <= 0) return found;", "return found;"],
  ),
  mutant(
    "a process that hangs is well until it is gone",
    [things],
    ["src/admin/assess/assess-process.ts", "if (silentMs > SILENT_MS)", "if (silentMs > 2 * SILENT_MS)"],
  ),
  mutant(
    "a list shows a queue that nobody works on as draining",
    [things],
    ["src/admin/assess/assess-work.ts", "facts.workers === 0 &&", "facts.workers === -1 &&"],
  ),
  mutant(
    "the dashboard calls an endpoint healthy that gets nothing",
    ["test/unit/dashboard/endpoints/endpoint-health.test.ts"],
    [
      "dashboard/components/status/endpoint-health.ts",
      'case "delivery_overdue":',
      'case "delivery_overdue_never":',
    ],
  ),
];
