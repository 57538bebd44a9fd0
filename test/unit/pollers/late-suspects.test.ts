import { expect, test } from "vitest";

import { type LateSuspects, createLateSuspects } from "../../../src/pollers/schedule/late-suspects.ts";

const MINUTE_MS = 60_000;
const LIVE = { account: "northside", resource: "patients" };
const DAILY = { account: "northside", resource: "taxes" };
const OTHER = { account: "southside", resource: "patients" };

function start(): { readonly suspects: LateSuspects; readonly pass: (ms: number) => void } {
  let at = 5_000;
  const suspects = createLateSuspects({
    targets: [LIVE, DAILY, OTHER],
    promiseMs: ({ resource }) => (resource === "taxes" ? 24 * 60 * MINUTE_MS : 20_000),
    elapsedMs: () => at,
  });
  return { suspects, pass: (ms) => (at += ms) };
}

test("what nobody is known to have read is suspected, what was read in time is not", () => {
  const { suspects, pass } = start();
  expect(suspects.accounts()).toEqual(["northside", "southside"]);

  for (const target of [LIVE, DAILY, OTHER]) suspects.scanned(target, true);
  expect(suspects.accounts()).toEqual([]);
  pass(79_000);
  expect(suspects.accounts()).toEqual([]);
  suspects.scanned(OTHER, true);
  pass(2_000);
  expect(suspects.accounts()).toEqual(["northside"]);
});

test("what another process reads is known from a look, and no look takes back what is known better", () => {
  const { suspects, pass } = start();
  suspects.looked(LIVE, 10_000);
  suspects.looked(DAILY, 60 * MINUTE_MS);
  suspects.looked(OTHER, undefined);
  expect(suspects.accounts()).toEqual(["southside"]);

  suspects.scanned(OTHER, true);
  suspects.looked(OTHER, 500_000);
  pass(69_000);
  expect(suspects.accounts()).toEqual([]);
  pass(2_000);
  expect(suspects.accounts()).toEqual(["northside"]);
});

test("what fails is looked at until it goes well, however long its promise", () => {
  const { suspects } = start();
  for (const target of [LIVE, DAILY, OTHER]) suspects.scanned(target, true);
  suspects.scanned(DAILY, false);
  expect(suspects.accounts()).toEqual(["northside"]);
  suspects.scanned(DAILY, true);
  expect(suspects.accounts()).toEqual([]);
});
