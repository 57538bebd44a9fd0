import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * A worker goes on with the next file of its own project, with all that is imported; for one of another project it ends, and
 * a new one begins. So a project's files follow each other. What waits most comes last, beside what computes.
 */
const BLOCKS = ["unit", "simulation", "contract", "browser", "integration"];

/** The files that take longest: begun first in their block, so that none of them is left alone at the end. */
const LONG = [
  "integration/ops/api/api",
  "integration/standstills",
  "integration/clocks",
  "integration/privacy/working-day",
  "integration/privacy/forget.",
  "integration/pollers/enforcements",
  "integration/redis-permissions",
  "integration/start-and-stop",
  "integration/demo-end",
  "integration/hanging-clinics",
  "integration/ops/hostile-requests",
  "integration/power-cut",
  "integration/state/failover",
  "integration/listen/killed",
  "browser/every-page",
  "browser/endpoints",
  "browser/endpoint.",
  "browser/accounts",
  "simulation/busy-clinic",
  "simulation/naive-designs",
  "simulation/model",
];

/** Nothing hangs on the order. */
export class InBlocks extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's, but what vitest does without this class
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => blockOf(one) - blockOf(other) || rankOf(one) - rankOf(other));
  }
}

function blockOf({ project }: TestSpecification): number {
  return BLOCKS.indexOf(project.name);
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((part) => moduleId.includes(`test/${part}`));
  return rank === -1 ? LONG.length : rank;
}
