import { describe, expect } from "vitest";

import { RESOURCE_NAMES, resources } from "../../src/resources/registry.ts";
import { TABLE_NAMES, type TableName, specs } from "../../src/sandbox/tables/tables.ts";
import type { Look } from "../support/contract-stage.ts";
import {
  type Chapter,
  REFUSALS,
  RESOURCES,
  SPELLINGS,
  type Story,
  tellStory,
  writtenOf,
} from "../support/contract-story.ts";
import { test as base } from "../support/redis-test.ts";

/**
 * What every resource must stand, held by the sandbox's table of it on one side and what the service tells on the other.
 * Another resource is one more table there and one more definition here: nothing is added to this file.
 */
const test = base.extend(
  "story",
  { scope: "file" },
  async ({ address }): Promise<Story> => await tellStory(address),
);

type Words = Readonly<Record<string, readonly string[]>>;

/** What was owed, or told, of the records that a chapter is about. */
function wordsOf(chapter: Pick<Chapter, "trials">, name: TableName, said: Look["told"]): Words {
  const trials = chapter.trials.get(name) ?? [];
  return Object.fromEntries(trials.map(({ what, id }) => [what, said.get(id) ?? []]));
}

const NOTHING = new Map();

test("the service reads every resource that the sandbox plays", () => {
  const single = TABLE_NAMES.filter((name) => specs[name].single);
  // What is computed has no table.
  const computed = RESOURCE_NAMES.filter((name) => resources[name].isComputed);
  expect([...RESOURCES, ...single, ...computed].toSorted()).toEqual([...RESOURCE_NAMES].toSorted());
});

test("nothing is told but what is owed, of whatever record", ({ story }) => {
  const { changes, created, merge } = story;
  for (const { told, owed } of [changes, created, merge]) expect(told).toEqual(owed);
});

test("nothing is told of a first sync", ({ story }) => {
  expect(story.baseline.told).toEqual(NOTHING);
});

describe.each(RESOURCES)("%s", (name) => {
  test("everything that can happen to a record is told as what it is, and noise is not told", ({ story }) => {
    const { changes } = story;
    const told = wordsOf(changes, name, changes.told);
    expect(told).toEqual(wordsOf(changes, name, changes.owed));
    const once = Object.values(told).filter(({ length }) => length === 1).length;
    // A record of a single field has one trial.
    expect(once).toBeGreaterThanOrEqual(Math.min(2, Object.keys(told).length));
    expect(once).toBeGreaterThan(0);
  });

  test("a record that appears is told", ({ story: { created } }) => {
    const { create } = wordsOf(created, name, created.told);
    expect(create).toHaveLength(1);
    expect(create).toEqual(wordsOf(created, name, created.owed)["create"]);
  });

  test.for(Object.keys(SPELLINGS))(
    "the same values are nothing new with %s, and another is",
    (spelling, { story }) => {
      const { same, edited } = story.spelled.get(spelling) ?? {};
      expect(same?.told).toEqual(NOTHING);
      if (edited) expect(wordsOf(edited, name, edited.told)).toEqual(wordsOf(edited, name, edited.owed));
      expect(edited?.told.size).toBe(RESOURCES.length);
    },
  );

  test.for(Object.keys(REFUSALS))("a change is told where %s are refused", (refusal, { story }) => {
    const chapter = story.refused.get(refusal);
    if (chapter) expect(wordsOf(chapter, name, chapter.told)).toEqual(wordsOf(chapter, name, chapter.owed));
    expect(chapter?.told.size).toBe(RESOURCES.length);
  });

  test.for(["forbidden", "missing"] as const)(
    "while it is %s nothing is told, and afterwards what happened meanwhile",
    (trouble, { story }) => {
      const { during, after, notices } = story[trouble];
      expect(during.told).toEqual(NOTHING);
      const owed = wordsOf(during, name, during.owed);
      expect(Object.values(owed).flat()).toHaveLength(1);
      expect(wordsOf(during, name, after.told)).toEqual(owed);
      expect(notices).not.toEqual([]);
    },
  );

  test("what a merge moves is told", ({ story: { merge } }) => {
    expect(wordsOf(merge, name, merge.told)).toEqual(wordsOf(merge, name, merge.owed));
  });

  test("of a patient who was forgotten nothing is told that says who they are", ({ story: { forget } }) => {
    const { known, kept, before, after } = forget;
    const toldBefore = wordsOf(known, name, known.told);
    expect(toldBefore).toEqual(wordsOf(known, name, known.owed));
    // What was changed on other records is told; what was written of the patient is nothing any more, changed or not.
    const toldAfter = wordsOf(kept, name, kept.told);
    const isGone = Object.keys(toldAfter).every((column) => specs[name].personal?.includes(column));
    expect(toldAfter).toEqual(wordsOf(kept, name, isGone ? new Map() : kept.owed));
    const written = Object.keys(toldBefore).length > 0 ? writtenOf(name, "Grimsditch") : [];
    expect(written.filter((text) => !before.includes(text))).toEqual([]);
    expect(written.filter((text) => after.includes(text))).toEqual([]);
  });

  test("a name that the clinic takes away is told as that, and nothing of whose it was afterwards", ({
    story: { anonymity, changes },
  }) => {
    const { named, taken, unnamed, before, after } = anonymity;
    const { subject, columns, personal } = specs[name];
    const toldTaken = wordsOf(taken, name, taken.told);
    expect(toldTaken).toEqual(wordsOf(taken, name, taken.owed));
    const hasName = Object.hasOwn(columns, "patient_id");
    const words = [`${subject}.updated (anonymised, updated)`];
    expect(Object.values(toldTaken)).toEqual(hasName ? [words] : []);
    const toldAfter = wordsOf(unnamed, name, unnamed.told);
    // What is of two patients is the other one's still.
    const isOfOne = Object.values(columns).filter(({ to }) => to === "patients").length === 1;
    const isGone = isOfOne && Object.keys(toldAfter).every((column) => personal?.includes(column));
    expect(toldAfter).toEqual(wordsOf(unnamed, name, isGone ? new Map() : unnamed.owed));
    const written =
      hasName && Object.keys(wordsOf(named, name, named.told)).length > 0
        ? writtenOf(name, "Whittingstall")
        : [];
    expect(written.filter((text) => !before.includes(text))).toEqual([]);
    expect(written.filter((text) => after.includes(text))).toEqual([]);
    // Another name in its place is another matter.
    const another = wordsOf(changes, name, changes.told)["patient_id"];
    expect(another).toEqual(hasName ? [`${subject}.updated (updated)`] : undefined);
  });

  test("one that is gone for good is told, once that is certain, and one that a list leaves out is not", ({
    story: { removed },
  }) => {
    expect(removed.suspected.told).toEqual(NOTHING);
    const owed = wordsOf(removed, name, removed.suspected.owed);
    expect(Object.values(owed).flat()).toHaveLength(1);
    expect(wordsOf(removed, name, removed.told)).toEqual(owed);
    const left = removed.unlisted.get(name) ?? [];
    expect(left.map(({ id }) => removed.told.get(id))).toEqual([undefined]);
  });
});

test("a field or attribute that nobody knows is passed on with no record, and all others are", ({
  story: { passedOn },
}) => {
  expect([...passedOn]).toEqual(expect.arrayContaining(["starts_at", "number", "reflexive", "repeat_type"]));
  expect(passedOn).not.toContain("introduced_yesterday");
  expect(passedOn).not.toContain("introduced_today");
});
