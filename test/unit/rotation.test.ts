import * as fc from "fast-check";
import { expect, test } from "vitest";

import { createRotation } from "../../src/shared/rotation.ts";

test("all of them come in turn, so many at a time, wherever it begins", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (length, count, begin) => {
        const all = Array.from({ length }, (_, index) => index);
        const rotation = createRotation(
          () => all,
          count,
          () => begin,
        );
        const turns = Array.from({ length: Math.ceil(length / count) }, () => rotation.next());

        for (const turn of turns) expect(turn).toHaveLength(Math.min(count, length));
        expect(new Set(turns.flat())).toEqual(new Set(all));
      },
    ),
  );
});

test("what there is may change in between", () => {
  const all = ["a", "b", "c"];
  const rotation = createRotation(
    () => all,
    2,
    () => 0,
  );
  expect(rotation.next()).toEqual(["a", "b"]);
  all.splice(0, 2);
  expect(rotation.next()).toEqual(["c"]);
  all.length = 0;
  expect(rotation.next()).toEqual([]);
});
