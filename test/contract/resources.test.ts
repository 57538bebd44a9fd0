import { describe, expect } from "vitest";

import { RESOURCE_NAMES } from "../../src/cliniko/resources.ts";
import { specs, TABLE_NAMES } from "../../src/sandbox/tables/tables.ts";
import { type Look, openContractStage } from "../support/contract-stage.ts";
import { test as base } from "../support/redis-test.ts";
import { type Trial, planTrials } from "../support/trials.ts";

/** Resources that the service reads and the sandbox plays. */
const RESOURCES = TABLE_NAMES.filter((name) => specs[name].subject !== undefined);

interface Story {
  readonly baseline: Look;
  readonly trials: ReadonlyMap<string, readonly Trial[]>;
  readonly changes: Look;
}

const test = base.extend("story", { scope: "file" }, async ({ address }): Promise<Story> => {
  await using stage = await openContractStage(address);
  const { bench, readAll, look } = stage;
  const trials = new Map(RESOURCES.map((name) => [name, planTrials(bench.clinic, name)]));
  await look();
  await readAll(4);
  const baseline = await look();
  bench.tick(300_000);
  for (const trial of [...trials.values()].flat()) trial.run();
  bench.tick(5_000);
  await readAll();
  const changes = await look();
  return { baseline, trials, changes };
});

test("the service reads what the sandbox plays", () => {
  expect([...RESOURCES].toSorted()).toEqual([...RESOURCE_NAMES].toSorted());
});

describe.each(RESOURCES)("%s", (name) => {
  test("the first sync is silent", ({ story }) => {
    expect(story.baseline.told).toEqual(new Map());
  });

  test("everything that can happen to a record is told as what it is, and what is noise is not", ({
    story,
  }) => {
    const trials = story.trials.get(name) ?? [];
    const wordsOf = (map: Look["told"]) =>
      Object.fromEntries(trials.map(({ what, id }) => [what, map.get(id) ?? []]));
    expect(wordsOf(story.changes.told)).toEqual(wordsOf(story.changes.owed));
  });
});
