import { expect, test } from "vitest";

import { createFailedTries } from "../../../src/ops/api/failed-tries.ts";

test("the tenth failure of a minute closes the door until that minute is over, for this address alone", () => {
  let now = 0;
  const tries = createFailedTries(() => now);
  for (let count = 0; count < 9; count += 1) tries.note("10.0.0.1");
  expect(tries.blockedFor("10.0.0.1")).toBeUndefined();

  now = 20_000;
  tries.note("10.0.0.1");
  expect(tries.blockedFor("10.0.0.1")).toBe(40_000);
  expect(tries.blockedFor("10.0.0.2")).toBeUndefined();

  now = 60_000;
  expect(tries.blockedFor("10.0.0.1")).toBeUndefined();
  tries.note("10.0.0.1");
  expect(tries.blockedFor("10.0.0.1")).toBeUndefined();
});

test("no number of addresses fills the memory", () => {
  const tries = createFailedTries(() => 0);
  for (let count = 0; count < 10; count += 1) tries.note("first");
  expect(tries.blockedFor("first")).toBe(60_000);

  for (let number = 0; number < 10_000; number += 1) tries.note(`address ${number}`);

  expect(tries.blockedFor("first")).toBeUndefined();
});
