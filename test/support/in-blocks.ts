import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * A worker goes on with the next file of its own project, with all that is imported; for one of another project it ends, and
 * a new one begins. So a project's files follow each other.
 */
const BLOCKS = ["unit", "simulation", "contract", "browser", "integration"];

/**
 * The files that take longest: begun first in their block, so that none of them is left alone at the end. What mostly waits
 * stands among what computes.
 */
const LONG = [
  "simulation/busy-clinic",
  "simulation/naive-designs",
  "simulation/model",
  "browser/every-page",
  "browser/accounts",
  "browser/endpoint.",
  "browser/events",
  "browser/endpoints",
  "browser/hostile-texts",
  "integration/standstills",
  "integration/ops/api/api",
  "integration/pollers/enforcements",
  "integration/hanging-clinics",
  "integration/clocks",
  "integration/start-and-stop",
  "integration/state/emptied.",
  "integration/redis-permissions",
  "integration/power-cut",
  "integration/privacy/",
  "integration/ops/kept-bytes",
  "integration/dispatch/endpoint-worker",
  "integration/store/outbox-model",
  "integration/store/redis-kinds",
  "integration/demo-end",
  "integration/state/",
  "integration/ops/reading",
  "integration/listen/killed",
  "integration/detection/redis-outage",
];

/** Nothing hangs on the order. */
export class InBlocks extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's, but what vitest does without this class
    const sorted = await super.sort(files);
    return sorted.toSorted(by(placeOf)).toSorted(by(({ project }) => BLOCKS.indexOf(project.name)));
  }
}

function by(rankOf: (file: TestSpecification) => number) {
  return (one: TestSpecification, other: TestSpecification): number => rankOf(one) - rankOf(other);
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((part) => moduleId.includes(`test/${part}`));
  return place === -1 ? LONG.length : place;
}
