import { expect, test } from "vitest";

import { claimAhead } from "../../../src/dispatch/worker/claim-ahead.ts";

const FREE = { ordering: "none" } as const;

test.for([
  ["what it takes in a moment", { count: 8, sinceMs: 10 }, 16],
  ["not more than is worth it", { count: 64, sinceMs: 1 }, 64],
  ["as if a millisecond had passed where the clock shows none", { count: 2, sinceMs: 0 }, 40],
  ["nothing where it takes longer than that", { count: 1, sinceMs: 21 }, 0],
  ["nothing where nothing has ended", { count: 0, sinceMs: 5 }, 0],
  ["nothing more than is certain where the clock went back", { count: 1, sinceMs: -50 }, 20],
] as const)("an endpoint is claimed ahead for %s", ([_what, ended, ahead]) => {
  expect(claimAhead(FREE, { ...ended, allDelivered: true })).toBe(ahead);
});

test.for([
  ["fails", FREE, false],
  ["is paced", { ...FREE, rateLimit: 1_000 }, true],
  ["is given its events in order", { ordering: "subject" }, true],
] as const)("of an endpoint that %s nothing is claimed ahead", ([_how, settings, allDelivered]) => {
  const quick = { count: 16, sinceMs: 1 };
  expect(claimAhead(settings, { ...quick, allDelivered })).toBe(0);
  expect(claimAhead(FREE, { ...quick, allDelivered: true })).toBeGreaterThan(0);
});
