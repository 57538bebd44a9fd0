import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * A worker goes on with the next file of its own project, with all that is imported; for one of another project it ends, and
 * a new one begins. So a project's files follow each other.
 */
const BLOCKS = ["unit", "simulation", "contract", "browser", "integration"];

/** They mostly wait, for minutes: each stands among what computes. */
const WAITING = [
  "integration/standstills",
  "integration/hanging-clinics",
  "integration/clocks",
  "integration/demo-end",
  "integration/ops/kept-bytes",
  "integration/power-cut",
];

/** The files that take longest: begun first in their block, so that none of them is left alone at the end. */
const LONG = [
  "integration/ops/api/api",
  "integration/pollers/enforcements",
  "integration/start-and-stop",
  "integration/redis-permissions",
  "integration/privacy/",
  "integration/state/",
  "integration/listen/killed",
  "browser/every-page",
  "browser/endpoints",
  "browser/endpoint.",
  "simulation/busy-clinic",
  "simulation/naive-designs",
  "simulation/model",
];

/** Nothing hangs on the order. */
export class InBlocks extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's, but what vitest does without this class
    const sorted = await super.sort(files);
    const isWaiting = (file: TestSpecification): boolean => placeIn(WAITING, file) < WAITING.length;
    const waiting = sorted.filter(isWaiting).toSorted(by((file) => placeIn(WAITING, file)));
    const blocks = sorted
      .filter((file) => !isWaiting(file))
      .toSorted(by((file) => placeIn(LONG, file)))
      .toSorted(by(({ project }) => BLOCKS.indexOf(project.name)));
    const first = blocks.findIndex(({ project }) => project.name !== "unit");
    const last = blocks.findIndex(({ project }) => project.name === "integration");
    const [from, to] = [Math.max(first, 0), last === -1 ? blocks.length : last];
    return [
      ...blocks.map((file, index) => ({ file, at: index })),
      ...waiting.map((file, index) => ({ file, at: from - 0.5 + ((to - from) * index) / waiting.length })),
    ]
      .toSorted((one, other) => one.at - other.at)
      .map(({ file }) => file);
  }
}

function by(rankOf: (file: TestSpecification) => number) {
  return (one: TestSpecification, other: TestSpecification): number => rankOf(one) - rankOf(other);
}

function placeIn(list: readonly string[], { moduleId }: TestSpecification): number {
  const place = list.findIndex((part) => moduleId.includes(`test/${part}`));
  return place === -1 ? list.length : place;
}
