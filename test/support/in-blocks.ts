import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, mostly by waiting: begun first, so that none of them is left alone at the end. */
const LONG = [
  "integration/standstills",
  "integration/clocks",
  "integration/demo-end",
  "integration/hanging-clinics",
  "integration/ops/hostile-requests",
  "integration/privacy/working-day",
  "integration/power-cut",
  "integration/state/failover",
  "integration/listen/killed",
  "integration/redis-permissions",
  "browser/accounts",
  "browser/every-page",
  "browser/endpoint",
  "simulation/busy-clinic",
  "simulation/naive-designs",
  "simulation/model",
];

/**
 * The unit tests first, then the other projects mixed: what computes (simulations, a browser) runs beside what waits for
 * clocks, sockets and processes, all the way to the end. Nothing hangs on the order.
 */
export class MixedOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = new Map<string, TestSpecification[]>();
    // oxlint-disable-next-line unicorn/no-array-sort -- no array's, but what vitest does without this class
    const sorted = await super.sort(files);
    for (const file of sorted) {
      const { name } = file.project;
      projects.set(name, [...(projects.get(name) ?? []), file]);
    }
    return [...projects]
      .flatMap(([name, all]) =>
        longFirst(all).map((file, index) => ({ file, at: name === "unit" ? 0 : (index + 0.5) / all.length })),
      )
      .toSorted((one, other) => one.at - other.at)
      .map(({ file }) => file);
  }
}

function longFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const rankOf = ({ moduleId }: TestSpecification): number => {
    const rank = LONG.findIndex((part) => moduleId.includes(`test/${part}`));
    return rank === -1 ? LONG.length : rank;
  };
  return files.toSorted((one, other) => rankOf(one) - rankOf(other));
}
